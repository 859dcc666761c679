"""An entity as the inspector lists it: every field, parameter and connection as one row each.

Pure: turns a detail into rows of plain text with a quiet type or unit beside each value. Knows
no Qt, and of other entities only what `name_of` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Protocol

Path = tuple[str, ...]
NAMED_FIELDS: Final = frozenset(
    {"id", "name", "class_type", "position", "rotation", "scale", "tags", "parameters"}
)
INLINE_NUMBERS: Final = 4
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


class DetailRows:
    """Lays a detail out, with what was opened or shut by hand."""

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of
        self._toggled: set[Path] = set()

    def toggle(self, path: Path) -> None:
        """Open what is shut, shut what is open."""
        self._toggled ^= {path}

    def lay_out(self, detail: Detail) -> list[DetailRow]:
        """All rows, in the order shown."""
        return [
            *self._place(detail),
            *self._transform(detail.document),
            *self._parameters(detail.document),
            *self._connections(detail),
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
                path = ("Transform", name)
                yield DetailRow(Kind.FIELD, path, name, plain(document[name]), unit)

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
        parts = _parts(value)
        if parts is None:
            note, swatch = type_name(value), _colour(label, value)
            yield DetailRow(Kind.FIELD, path, label, plain(value), note, level, swatch)
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


def plain(value: Any) -> str:
    """A value as text: numbers with all the digits that matter, up to seven."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.7g}".replace("-", "\N{MINUS SIGN}", value < 0)
        case int():
            return str(value).replace("-", "\N{MINUS SIGN}")
        case list() | tuple():
            return ", ".join(plain(part) for part in value) or "empty"
        case dict():
            return "empty" if not value else ""
    return str(value)


def type_name(value: Any) -> str:
    """What kind of value it is, in a word."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case list() | tuple():
            return f"list of {len(value)}"
        case dict():
            return f"{len(value)} field{'' if len(value) == 1 else 's'}"
    return "text"


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """What can be opened in a value; None where it is shown in one line."""
    if isinstance(value, dict) and value:
        return list(value.items())
    if isinstance(value, list) and not _is_inline(value):
        return [(str(index), part) for index, part in enumerate(value)]
    return None


def _is_inline(value: list[Any]) -> bool:
    simple = all(isinstance(part, int | float) for part in value)
    return not value or (simple and len(value) <= INLINE_NUMBERS)


def _colour(label: str, value: Any) -> str:
    """`#rrggbb` where the value is a colour by its name and its shape, else ""."""
    lower = label.casefold()
    if not ("color" in lower or "colour" in lower) or not isinstance(value, list):
        return ""
    if len(value) not in (3, 4) or not _is_inline(value):
        return ""
    scale = 255 if all(0 <= part <= 1 for part in value) else 1
    channels = [min(255, max(0, round(part * scale))) for part in value[:3]]
    return "#" + "".join(f"{channel:02x}" for channel in channels)
