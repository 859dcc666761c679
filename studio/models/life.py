"""The life of one entity as the inspector shows it: its numbers over time, and what changed when.

Pure: made of the lake's EntityMoments, oldest first, in whichever thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from msgspec import UNSET

from lake_core.scene.life import EntityMoment
from studio.models.comparison import FieldChange, field_changes
from studio.models.series import Point
from studio.models.value_words import change_words, moved_by

AXES: Final = ("x", "y", "z")
LONGEST: Final = 5000
"""How many of an entity's latest changes are looked at."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One change: when, where in the log, and what it did in a few words."""

    seq: int
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Life:
    """Numeric parameters by name, over seconds since 1970, and the changes, newest first."""

    entity_id: str = ""
    series: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    is_cut: bool = False
    """Whether there is more before the oldest of them."""

    @property
    def span(self) -> tuple[float, float]:
        """From the first change to the last, in seconds since 1970."""
        if not self.turns:
            return 0.0, 0.0
        return self.turns[-1].at.timestamp(), self.turns[0].at.timestamp()

    def turn_at(self, instant: datetime | None) -> Turn | None:
        """The last change at or before an instant; None for the present."""
        if instant is None:
            return None
        return next((turn for turn in self.turns if turn.at <= instant), None)

    def held(self, name: str) -> tuple[Point, ...]:
        """A number's way up to the last change of the entity; empty where it never changed."""
        points = self.series.get(name, ())
        if points and self.span[1] > points[-1][0]:
            return (*points, (self.span[1], points[-1][1]))
        return points


def life_of(entity_id: str, moments: Iterable[EntityMoment], *, is_cut: bool = False) -> Life:
    """The life that these moments, oldest first, tell."""
    series: dict[str, list[Point]] = {}
    turns = []
    for moment in moments:
        changes = list(field_changes(moment.changed))
        at = moment.recorded_at.timestamp()
        for change in changes:
            for name, value in _numbers(change):
                series.setdefault(name, []).append((at, value))
        turns.append(Turn(moment.seq, moment.recorded_at, turn_words(moment, changes)))
    kept = {name: tuple(points) for name, points in series.items() if len(points) > 1}
    return Life(entity_id, kept, tuple(reversed(turns)), is_cut)


def turn_words(moment: EntityMoment, changes: list[FieldChange]) -> str:
    """What a change did, shortly."""
    if moment.kind != "changed":
        return moment.kind
    if not changes:
        return f"flux {moment.flux_position}"
    first, rest = changes[0], len(changes) - 1
    more = f"  +{rest}" if rest else ""
    if moved := moved_by(first):
        return f"{first.name} by {moved}{more}"
    if first.before is not UNSET and first.after is not UNSET:
        return f"{first.name}  {change_words(first)}{more}"
    return f"{', '.join(one.name for one in changes[:3])}{'…' if rest > 2 else ''}"


def _numbers(change: FieldChange) -> Iterable[tuple[str, float]]:
    """The numbers a field holds from now on: itself, or the three of a place."""
    value: Any = change.after
    if isinstance(value, list) and change.name == "position" and len(value) == len(AXES):
        yield from ((f"position {axis}", float(v)) for axis, v in zip(AXES, value, strict=True))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            yield change.name, float(value)
        except OverflowError:
            return
