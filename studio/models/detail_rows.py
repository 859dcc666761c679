"""An entity as the inspector lists it: every field, parameter and connection as one row each.

Pure: turns a detail into rows of plain text with a quiet type or unit beside each value. Knows
no Qt, and of other entities only what `name_of` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final, Protocol

from lake_core.curate.beam import beam_tensor
from studio.models.life import Life
from studio.models.plain_values import (
    colour_of,
    exact,
    parts_of,
    plain,
    short_numbers,
    type_name,
)
from studio.models.series import Point
from studio.models.time_words import clock_words

Path = tuple[str, ...]
NAMED_FIELDS: Final = frozenset(
    {"id", "name", "class_type", "position", "rotation", "scale", "tags", "parameters"}
)
FEW_TURNS: Final = 30
LONG_PLACE: Final = 24
"""Letters from which on a place is opened: in a line, the last of its numbers would be cut."""
UNITS: Final = {"position": "units", "rotation": "xyzw", "scale": "×"}
RULES: Final = {
    "digital_root_flux": "from the parameter digital_root_flux",
    "elp": "from ethos, logos, pathos",
    "position": "from the position",
}


class Detail(Protocol):
    """What the lake tells of one entity."""

    @property
    def document(self) -> Mapping[str, Any]:
        """The entity, unknown fields included."""

    @property
    def flux_position(self) -> int:
        """0-9."""

    @property
    def flux_rule(self) -> str:
        """Which rule gave it."""

    @property
    def depth(self) -> int:
        """0 at a root."""

    @property
    def parent_id(self) -> str | None:
        """None at a root."""

    @property
    def children(self) -> Sequence[str]:
        """Their ids."""

    @property
    def connections(self) -> Sequence[Mapping[str, Any]]:
        """Those that begin or end here."""


class Kind(Enum):
    """How a row looks."""

    SECTION = auto()
    FIELD = auto()
    LINK = auto()
    BARS = auto()
    TURN = auto()


@dataclass(frozen=True, slots=True)
class DetailRow:
    """One row. `path` names it for good, so that what is open stays open as values change."""

    kind: Kind
    path: Path
    label: str
    value: str = ""
    note: str = ""
    level: int = 0
    swatch: str = ""  # "#rrggbb"
    link: str = ""  # id of the entity it leads to
    is_open: bool | None = None  # None where there is nothing to open
    series: tuple[Point, ...] = ()  # the value over time, of a number
    bars: tuple[float, ...] = ()  # weights of the flux positions 1 to 9
    instant: datetime | None = None  # the time it leads to


class DetailRows:
    """Lays a detail out, with what was opened or shut by hand."""

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of
        self._toggled: set[Path] = set()
        self._life = Life()
        self._instant: datetime | None = None

    def toggle(self, path: Path) -> None:
        """Open what is shut, shut what is open."""
        self._toggled ^= {path}

    def tell_life(self, life: Life) -> None:
        """Show this beside the values from now on."""
        self._life = life

    def show_instant(self, instant: datetime | None) -> None:
        """Mark the change that the instant shown is after; None for the present."""
        self._instant = instant

    def lay_out(self, detail: Detail) -> list[DetailRow]:
        """All rows, in the order shown."""
        return [
            *self._place(detail),
            *self._transform(detail.document),
            *self._parameters(detail.document),
            *self._connections(detail),
            *self._beam(detail),
            *self._history(),
        ]

    def _section(self, title: str, note: str = "") -> tuple[DetailRow, bool]:
        is_open = (title,) not in self._toggled
        return DetailRow(Kind.SECTION, (title,), title, note=note, is_open=is_open), is_open

    def _place(self, detail: Detail) -> Iterator[DetailRow]:
        head, is_open = self._section("Place")
        yield head
        if not is_open:
            return
        if detail.parent_id is None:
            yield DetailRow(Kind.FIELD, ("Place", "parent"), "parent", "none", "root")
        else:
            name = self._name_of(detail.parent_id)
            yield DetailRow(Kind.LINK, ("Place", "parent"), "parent", name, link=detail.parent_id)
        yield DetailRow(Kind.FIELD, ("Place", "depth"), "depth", str(detail.depth))
        yield DetailRow(Kind.FIELD, ("Place", "children"), "children", f"{len(detail.children):,}")
        tags = detail.document.get("tags") or []
        yield DetailRow(Kind.FIELD, ("Place", "tags"), "tags", ", ".join(map(str, tags)) or "none")

    def _transform(self, document: Mapping[str, Any]) -> Iterator[DetailRow]:
        head, is_open = self._section("Transform")
        yield head
        for name, unit in UNITS.items() if is_open else ():
            if name in document:
                yield from self._numbers(("Transform", name), name, document[name], unit)

    def _numbers(self, path: Path, label: str, values: Any, unit: str) -> Iterator[DetailRow]:
        """In a line, rounded as much as it takes; under it, each with all its digits."""
        if not _are_numbers(values):
            yield DetailRow(Kind.FIELD, path, label, plain(values), unit)
            return
        words = short_numbers(values)
        is_open = (path in self._toggled) != (len(words) > LONG_PLACE)
        yield DetailRow(Kind.FIELD, path, label, words, unit, is_open=is_open)
        for axis, value in zip("xyzw", values, strict=False) if is_open else ():
            yield DetailRow(Kind.FIELD, (*path, axis), axis, exact(value), level=1)

    def _parameters(self, document: Mapping[str, Any]) -> Iterator[DetailRow]:
        parameters = document.get("parameters") or {}
        yield from self._mapping("Parameters", parameters, empty="none sent")
        others = {name: value for name, value in document.items() if name not in NAMED_FIELDS}
        if others:
            yield from self._mapping("Other fields", others)

    def _mapping(
        self, title: str, values: Mapping[str, Any], empty: str = ""
    ) -> Iterator[DetailRow]:
        head, is_open = self._section(title, f"{len(values):,}" if values else empty)
        yield head
        for name, value in values.items() if is_open else ():
            yield from self._value((title, name), name, value, 0)

    def _value(self, path: Path, label: str, value: Any, level: int) -> Iterator[DetailRow]:
        parts = parts_of(value)
        if parts is None:
            note, swatch = type_name(value), colour_of(label, value)
            series = self._life.held(label) if path[:1] == ("Parameters",) else ()
            yield DetailRow(
                Kind.FIELD, path, label, plain(value), note, level, swatch, series=series
            )
            return
        is_open = (path in self._toggled) != (level == 0 and len(parts) <= 8)
        note = type_name(value)
        yield DetailRow(Kind.FIELD, path, label, "", note, level, is_open=is_open)
        for name, part in parts if is_open else ():
            yield from self._value((*path, name), name, part, level + 1)

    def _connections(self, detail: Detail) -> Iterator[DetailRow]:
        own = str(detail.document.get("id", ""))
        head, is_open = self._section("Connections", f"{len(detail.connections):,}")
        yield head
        for index, connection in enumerate(detail.connections if is_open else ()):
            yield self._connection(index, own, connection)

    def _connection(self, index: int, own: str, connection: Mapping[str, Any]) -> DetailRow:
        source, target = str(connection["source_id"]), str(connection["target_id"])
        outward = source == own
        other = target if outward else source
        kind = str(connection.get("connection_type", ""))
        label = f"{'→' if outward else '←'} {kind or 'connected'}"
        strength = connection.get("strength", 1.0)
        about = [str(connection.get("label") or ""), "" if strength == 1.0 else plain(strength)]
        note = " · ".join(text for text in about if text)
        path = ("Connections", str(index))
        return DetailRow(Kind.LINK, path, label, self._name_of(other), note, link=other)

    def _beam(self, detail: Detail) -> Iterator[DetailRow]:
        """What a trainer takes of it: weights of the positions, and the three virtues."""
        head, is_open = self._section("Beam", "as trainers take it")
        yield head
        if not is_open:
            return
        parameters = detail.document.get("parameters") or {}
        beam = beam_tensor(str(detail.document.get("name", "")), detail.flux_position, parameters)
        yield DetailRow(Kind.BARS, ("Beam", "digits"), "digits", note="1 to 9", bars=beam.digits)
        for name in ("ethos", "logos", "pathos", "confidence"):
            note = "" if name in parameters else "default"
            path = ("Beam", name)
            yield DetailRow(Kind.FIELD, path, name, plain(getattr(beam, name)), note)

    def _history(self) -> Iterator[DetailRow]:
        """The changes, newest first; each leads to its time."""
        turns = self._life.turns
        if not turns:
            return
        more = "+" if self._life.is_cut else ""
        head, is_open = self._section("History", f"{len(turns):,}{more} changes")
        yield head
        shown = len(turns) if ("History", "all") in self._toggled else FEW_TURNS
        current = self._life.turn_at(self._instant)
        for turn in turns[:shown] if is_open else ():
            path, label = ("History", str(turn.seq)), clock_words(turn.at)
            note = "shown" if turn is current else ""
            yield DetailRow(Kind.TURN, path, label, turn.words, note, instant=turn.at)
        if is_open and shown < len(turns):
            words = f"{len(turns) - shown:,} more"
            yield DetailRow(Kind.FIELD, ("History", "all"), "", words, level=1, is_open=False)


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(one, int | float) for one in values)
