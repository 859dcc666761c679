"""What is said of a choice of snapshots: why some are out, what repeats, how large it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lake_core.scene.model import EpochDraft
from studio.models.vitals import size_words
from studio.render.time_axis import span_words

AGAINST: Final = {
    "min_quality": "of lesser quality",
    "min_sacred_share": "with fewer sacred",
    "min_entities": "with fewer entities",
    "min_rating": "rated lower or not at all",
    "apart": "too soon after another",
    "min_change": "changed too little",
    "distinct": "of a state chosen already",
}
FORMAT_NAMES: Final = {"parquet": "Parquet", "jsonl": "JSON Lines", "webdataset": "WebDataset"}


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What rules make of the snapshots there are: `reasons` counts those out by rule."""

    chosen: int
    total: int
    reasons: Mapping[str, int]

    @property
    def words(self) -> str:
        """`132 of 1,204 snapshots`."""
        return f"{self.chosen:,} of {count_words(self.total, 'snapshot')}"

    @property
    def why(self) -> str:
        """Why the rest is out, the most frequent reason first; "" where all are in."""
        ranked = sorted(self.reasons.items(), key=lambda item: -item[1])
        return "  ·  ".join(f"{count:,} {AGAINST[rule]}" for rule, count in ranked)


def count_words(count: int, noun: str) -> str:
    """`1 snapshot`, `1,204 snapshots`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def repeat_words(repeated: int, near: int) -> str:
    """How much of a choice tells nothing new."""
    parts = []
    if repeated:
        parts.append(f"{repeated:,} repeat{'s' if repeated == 1 else ''} a state")
    if near:
        parts.append(f"{near:,} differ{'s' if near == 1 else ''} by less than 1 %")
    return ", ".join(parts) or "none repeats another"


def size_line(sizes: Mapping[str, int]) -> str:
    """About how large an export is, by format."""
    return "   ".join(f"{FORMAT_NAMES[name]} {size_words(size)}" for name, size in sizes.items())


def stretch_words(start: datetime, end: datetime) -> str:
    """From when to when, in the person's own time, and how long that is."""
    start, end = start.astimezone(), end.astimezone()
    seconds = (end - start).total_seconds()
    if seconds <= 0.0:
        return f"{start:%d %b %Y, %H:%M:%S}"
    if start.date() == end.date():
        said = f"{start:%d %b %Y, %H:%M:%S} to {end:%H:%M:%S}"
    else:
        said = f"{start:%d %b %Y, %H:%M} to {end:%d %b %Y, %H:%M}"
    return f"{said}  ·  {span_words(seconds)}"


def draft_words(draft: EpochDraft) -> str:
    """What a draft holds and when it was touched: `Walk, 34 snapshots, 12 Nov 14:05`."""
    held = count_words(len(draft.snapshot_ids), "snapshot")
    parts = [draft.name, held] if draft.name else [held]
    if draft.updated_at is not None:
        parts.append(f"{draft.updated_at.astimezone():%d %b %H:%M}")
    return ", ".join(parts)


def most_frequent(counts: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    """The first `most` of counts that are in order; the rest as one, where it is more than one."""
    found = [(name or "(none)", count) for name, count in counts.items()]
    if len(found) <= most + 1:
        return found
    rest = found[most:]
    return [*found[:most], (f"{len(rest):,} others", sum(count for _, count in rest))]


def deepest_together(counts: Sequence[int], most: int) -> list[tuple[str, int]]:
    """Counts by depth; from `most` on as one."""
    named = [(str(depth), count) for depth, count in enumerate(counts)]
    if len(named) <= most:
        return named
    return [*named[: most - 1], (f"{most - 1}+", sum(counts[most - 1 :]))]
