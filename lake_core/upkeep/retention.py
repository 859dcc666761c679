"""Which snapshots a retention policy lets go, and why each of the others stays.

Pure: candidates and the time are handed in. It decides and deletes nothing; whoever does must
look at the references once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from lake_core.errors import FieldError, InvalidInput
from lake_core.scene.model import Trigger

_ZERO: Final = datetime(2000, 1, 1, tzinfo=UTC)
AUTOMATIC: Final[tuple[Trigger, ...]] = ("threshold", "batch", "schedule")
Seconds = Annotated[float, Meta(ge=1.0, le=1e10)]


class Thinning(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Of snapshots younger than `until` seconds, one for each `every` seconds."""

    every: Seconds
    until: Seconds


class Retention(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is kept of a space's snapshots; whatever no rule keeps goes.

    The `newest` so many are kept (how many has to be said), all younger than `younger` seconds,
    and beyond that those which `thin` asks for, such as one an hour for a week and one a day for
    a year. Only snapshots taken for one of `triggers` ever go, and none that someone has marked:
    pinned, tagged, noted, rated, bookmarked or in an epoch. `grace` is how many seconds what was
    let go can be brought back; what is younger than that, or than `younger`, stays in the log.
    """

    newest: Annotated[int, Meta(ge=1)]
    younger: Annotated[float, Meta(ge=0.0, le=1e10)] = 0.0
    thin: tuple[Thinning, ...] = ()
    triggers: tuple[Trigger, ...] = AUTOMATIC
    grace: Annotated[float, Meta(ge=0.0, le=1e10)] = 7 * 86_400.0


class Candidate(Struct, kw_only=True, frozen=True):
    """A snapshot, and what holds it: "pinned", "in epoch ‘walk’" and the like."""

    id: UUID
    seq: int
    timestamp: datetime
    trigger: str
    held: tuple[str, ...] = ()


class Decision(Struct, kw_only=True, frozen=True):
    """One snapshot, and why it stays; empty where it goes."""

    snapshot: Candidate
    because: str

    @property
    def goes(self) -> bool:
        """Whether nothing keeps it."""
        return not self.because


def check_retention(retention: Retention) -> None:
    """Refuse a policy at odds with itself; raises InvalidInput with the field at fault."""
    before: Thinning | None = None
    for index, step in enumerate(retention.thin):
        if step.until <= (before.until if before else retention.younger):
            raise _at_fault(f"/thin/{index}/until", "each step must reach further than the last")
        if before is not None and step.every < before.every:
            raise _at_fault(f"/thin/{index}/every", "older snapshots cannot be kept more often")
        before = step


def decide(candidates: Sequence[Candidate], retention: Retention, now: datetime) -> list[Decision]:
    """What becomes of each snapshot of a space, oldest first.

    Of each stretch of `every` seconds the oldest snapshot is the one kept, and stretches are
    counted from a fixed moment: it stays the same one however often this is asked.
    """
    ordered = sorted(candidates, key=lambda each: (each.timestamp, each.seq, each.id))
    governed = [each for each in ordered if each.trigger in retention.triggers]
    newest = {each.id for each in governed[-retention.newest :]}
    first = [_first_of_each(governed, step) for step in retention.thin]
    return [
        Decision(snapshot=each, because=_reason(each, retention, now, newest, first))
        for each in ordered
    ]


def _reason(
    each: Candidate,
    retention: Retention,
    now: datetime,
    newest: set[UUID],
    first: Sequence[set[UUID]],
) -> str:
    if each.held:
        return ", ".join(each.held)
    if each.trigger not in retention.triggers:
        return "taken by hand" if each.trigger == "manual" else f"trigger {each.trigger}"
    if each.id in newest:
        return "newest" if retention.newest == 1 else f"among the newest {retention.newest:,}"
    age = now - each.timestamp
    if age < timedelta(seconds=retention.younger):
        return f"younger than {span(retention.younger)}"
    for step, chosen in zip(retention.thin, first, strict=True):
        if age < timedelta(seconds=step.until):
            return (
                f"the one of its {span(step.every).removeprefix('1 ')}" if each.id in chosen else ""
            )
    return ""


def _first_of_each(governed: Sequence[Candidate], step: Thinning) -> set[UUID]:
    """The oldest snapshot of each stretch of time."""
    length = timedelta(seconds=step.every)
    found: dict[int, UUID] = {}
    for each in governed:
        found.setdefault((each.timestamp - _ZERO) // length, each.id)
    return set(found.values())


def span(seconds: float) -> str:
    """A length of time in words: "5 minutes", "1 hour", "90 days"."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if (seconds >= length and seconds % length == 0) or unit == "second":
            count = seconds / length
            return f"{count:g} {unit}{'s' * (count != 1)}"
    raise AssertionError(seconds)


def _at_fault(pointer: str, reason: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {reason}", (FieldError(pointer, reason),))
