"""Which snapshots are worth training on: rules over their summaries, and snapshots that repeat.

Pure and quick: it reads no scene, so that it can follow every movement of a slider. It must not
know where summaries come from or what becomes of the chosen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from lake_core.errors import InvalidInput
from lake_core.scene.model import SnapshotSummary

Change = Callable[[SnapshotSummary, SnapshotSummary], float]
"""How much of a scene changed from one snapshot to a later one; 0.01 is one in a hundred."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a snapshot must be to be chosen; as it stands, any is.

    Args:
        min_quality: Least quality score, 0 to 1.
        min_sacred_share: Least share of entities at 3, 6 or 9, 0 to 1.
        min_entities: Fewest entities.
        min_rating: Least rating; snapshots that nobody rated have none.
        apart: Least time since the last one chosen of the same space.
        min_change: The scene must have changed by more than this since the last one chosen of
            the same space; 0.01 is one in a hundred. None asks for nothing.
        distinct: Choose each state of a space once, however often it came back.
    """

    min_quality: float = 0.0
    min_sacred_share: float = 0.0
    min_entities: int = 0
    min_rating: int | None = None
    apart: timedelta = timedelta(0)
    min_change: float | None = None
    distinct: bool = False

    def __post_init__(self) -> None:
        for name, value in (
            ("quality", self.min_quality),
            ("sacred share", self.min_sacred_share),
        ):
            if not 0.0 <= value <= 1.0:
                raise InvalidInput(f"the least {name} must be 0 to 1, not {value}")
        if self.min_change is not None and not self.min_change >= 0.0:
            raise InvalidInput(f"the least change must be 0 or more, not {self.min_change}")
        if self.apart < timedelta(0):
            raise InvalidInput("snapshots cannot be less than no time apart")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One snapshot, and why it was not chosen; empty where it was.

    `rule` is the field of Rules that speaks against it, so that like reasons can be counted.
    """

    summary: SnapshotSummary
    against: str = ""
    rule: str = ""

    @property
    def chosen(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


def changes_logged(before: SnapshotSummary, after: SnapshotSummary) -> float:
    """Changes logged between two snapshots, for each entity there was: what summaries can tell.

    Never less than the share of entities that differ; more where one changed again and again.
    """
    return (after.seq - before.seq) / max(
        before.metadata.entity_count, after.metadata.entity_count, 1
    )


def judge(
    summaries: Iterable[SnapshotSummary], rules: Rules, change: Change = changes_logged
) -> list[Verdict]:
    """Every snapshot by the rules, oldest first within a space; the first that will do is taken."""
    last: dict[str, SnapshotSummary] = {}
    states: set[tuple[str, str]] = set()
    verdicts = []
    for summary in in_order(summaries):
        space = summary.space_name
        rule, against = _flaw(summary, rules)
        if not rule and (before := last.get(space)) is not None:
            rule, against = _too_near(before, summary, rules, change)
        state = _state(summary)
        if not rule and rules.distinct and state in states:
            rule, against = "distinct", "the same state is chosen already"
        if not rule:
            last[space] = summary
            states.add(state)
        verdicts.append(Verdict(summary, against, rule))
    return verdicts


def reasons(verdicts: Iterable[Verdict]) -> Counter[str]:
    """How many snapshots each rule speaks against, by its name; of several the first counts."""
    return Counter(verdict.rule for verdict in verdicts if verdict.rule)


def choose(
    summaries: Iterable[SnapshotSummary], rules: Rules, change: Change = changes_logged
) -> list[SnapshotSummary]:
    """The snapshots that pass the rules, oldest first within a space."""
    return [verdict.summary for verdict in judge(summaries, rules, change) if verdict.chosen]


def repeats(summaries: Iterable[SnapshotSummary]) -> list[list[SnapshotSummary]]:
    """Snapshots of a space with equal states, told by their hashes: groups of two and more."""
    groups: dict[tuple[str, str], list[SnapshotSummary]] = {}
    for summary in in_order(summaries):
        groups.setdefault(_state(summary), []).append(summary)
    return [group for group in groups.values() if len(group) > 1]


def without_repeats(summaries: Iterable[SnapshotSummary]) -> list[SnapshotSummary]:
    """The first snapshot of each state."""
    return choose(summaries, Rules(distinct=True))


def in_order(summaries: Iterable[SnapshotSummary]) -> list[SnapshotSummary]:
    """Snapshots by space, oldest first."""
    return sorted(summaries, key=lambda s: (s.space_name, s.timestamp, s.seq, s.id))


@dataclass(frozen=True, slots=True)
class ChoiceFigures:
    """A choice of snapshots at a glance, as far as summaries tell; for the rest, preview it."""

    snapshots: int
    spaces: int
    samples: int
    connections: int
    sacred_share: float
    distinct_states: int
    covered: timedelta  # from the first to the last snapshot of each space, added up


def figures(summaries: Sequence[SnapshotSummary]) -> ChoiceFigures:
    """The figures of a choice: `samples` and `sacred_share` are what its epoch will have."""
    samples = sum(s.metadata.entity_count for s in summaries)
    sacred = sum(s.metadata.sacred_entity_count for s in summaries)
    spaces = {s.space_name for s in summaries}
    times = [[s.timestamp for s in summaries if s.space_name == space] for space in spaces]
    return ChoiceFigures(
        snapshots=len(summaries),
        spaces=len(spaces),
        samples=samples,
        connections=sum(s.metadata.connection_count for s in summaries),
        sacred_share=sacred / samples if samples else 0.0,
        distinct_states=len({_state(s) for s in summaries}),
        covered=sum((max(of) - min(of) for of in times), timedelta(0)),
    )


def sacred_share(summary: SnapshotSummary) -> float:
    """Share of a snapshot's entities at 3, 6 or 9; 0 where there are none."""
    count = summary.metadata.entity_count
    return summary.metadata.sacred_entity_count / count if count else 0.0


def _state(summary: SnapshotSummary) -> tuple[str, str]:
    return summary.space_name, summary.metadata.state_hash


_Against = tuple[str, str]
"""The rule, and what it says; both empty where nothing is against it."""


def _flaw(summary: SnapshotSummary, rules: Rules) -> _Against:
    """What a snapshot lacks by itself."""
    metadata = summary.metadata
    if metadata.quality_score < rules.min_quality:
        return "min_quality", f"quality {metadata.quality_score:g} is below {rules.min_quality:g}"
    if (share := sacred_share(summary)) < rules.min_sacred_share:
        said = f"sacred share {_percent(share)} is below {_percent(rules.min_sacred_share)}"
        return "min_sacred_share", said
    if metadata.entity_count < rules.min_entities:
        said = f"{metadata.entity_count:,} entities are fewer than {rules.min_entities:,}"
        return "min_entities", said
    if rules.min_rating is not None and (summary.rating or 0) < rules.min_rating:
        return "min_rating", f"rated {summary.rating or 'by nobody'}, below {rules.min_rating}"
    return "", ""


def _too_near(
    before: SnapshotSummary, summary: SnapshotSummary, rules: Rules, change: Change
) -> _Against:
    """What a snapshot lacks beside the last one chosen."""
    gap = summary.timestamp - before.timestamp
    if gap < rules.apart:
        return "apart", (
            f"{gap.total_seconds():.3g} s after the last one chosen, "
            f"less than {rules.apart.total_seconds():g} s"
        )
    if rules.min_change is not None and (changed := change(before, summary)) <= rules.min_change:
        said = f"changed by {_percent(changed)} since, not more than {_percent(rules.min_change)}"
        return "min_change", said
    return "", ""


def _percent(share: float) -> str:
    """To the digit that tells it from a threshold, as far as three go."""
    return f"{math.floor(share * 1e5) / 1e3:g} %"
