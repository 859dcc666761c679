"""What the arrays do not hold of each entity: its tags, its parameters, its scale.

Read from the canonical JSON when someone asks, many at a time, and kept until the entity changes.
Lives with one SceneArrays; pure of Qt, and never writes to the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import UNSET

from lake_core.scene.arrays import Bools, Float64s, Int32s, SceneArrays

SAMPLED: Final = 400
"""Entities looked at for the names of their parameters."""
COLUMNS_KEPT: Final = 4
COLUMNS_WARMED: Final = 2
"""Parameters made ready for a search before anyone asks."""
CHUNK: Final = 4_000
"""Documents decoded in one go: some 3 ms."""
TAG_MARK: Final = "\x01"
NO_TAGS: Final = b'"tags":[]'
SCALE: Final = "\u0000scale"
"""Stands for the largest side of an entity among the columns; no parameter can be named so."""


class _Tags(msgspec.Struct, gc=False):
    tags: list[str] = []


class _Parameters(msgspec.Struct):
    parameters: dict[str, Any] = {}


class _Scale(msgspec.Struct, gc=False):
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)


_tags = msgspec.json.Decoder(_Tags).decode
_many_tags = msgspec.json.Decoder(list[_Tags | None]).decode
_parameters = msgspec.json.Decoder(_Parameters).decode
_many_scales = msgspec.json.Decoder(list[_Scale | None]).decode


@dataclass(slots=True)
class Column:
    """One parameter of every slot; all [capacity]."""

    numbers: Float64s  # NaN where it is missing or no number
    present: Bools
    stale: Bools  # to be read again before it is used

    @classmethod
    def of(cls, count: int) -> Column:
        """Nothing of it is read yet."""
        return cls(np.full(count, np.nan), np.zeros(count, np.bool_), np.ones(count, np.bool_))

    def touch(self, slots: Int32s, capacity: int) -> None:
        """These changed; make room for more slots."""
        more = Column.of(max(capacity - len(self.numbers), 0))
        if len(more.numbers):
            self.numbers = np.concatenate([self.numbers, more.numbers])
            self.present = np.concatenate([self.present, more.present])
            self.stale = np.concatenate([self.stale, more.stale])
        self.stale[slots] = True

    def read(self, name: str, documents: list[bytes], most: int | None = None) -> bool:
        """Read what is stale, of at most so many; whether more is."""
        slots = np.flatnonzero(self.stale)
        for start in range(0, len(slots) if most is None else min(most, len(slots)), CHUNK):
            part = slots[start : start + CHUNK]
            self.numbers[part], self.present[part] = _read(
                name, [documents[slot] for slot in part.tolist()]
            )
            self.stale[part] = False
        return most is not None and len(slots) > most


class Documents:
    """Reads the documents of one SceneArrays."""

    def __init__(self, arrays: SceneArrays) -> None:
        self._arrays = arrays
        self._columns: dict[str, Column] = {}
        self._tags: list[str] = []  # of the slots looked at so far
        self._likely: tuple[int, list[str]] = (-1, [])  # at which capacity

    def touch(self, slots: Int32s) -> None:
        """These entities changed."""
        for slot in slots.tolist():
            if slot < len(self._tags):
                self._tags[slot] = _marked(self.tags(slot))
        for column in self._columns.values():
            column.touch(slots, self._arrays.capacity)

    def tags(self, slot: int) -> list[str]:
        """An entity's tags; none of one that is gone."""
        document = self._arrays.documents[slot]
        return [] if not document or NO_TAGS in document else _tags(document).tags

    def tag_texts(self) -> list[str]:
        """[capacity] the tags of each, every one between two `TAG_MARK`s; "" where it has none."""
        while self.warm():
            pass
        return self._tags

    def warm(self) -> bool:
        """Read on for some milliseconds, so that it need not be done later; false when done."""
        start = len(self._tags)
        if start >= self._arrays.capacity:
            return False
        chunk = self._arrays.documents[start : start + CHUNK]
        for one in _many_tags(_joined([b"" if NO_TAGS in each else each for each in chunk])):
            self._tags.append("" if one is None else _marked(one.tags))
        return len(self._tags) < self._arrays.capacity

    def warm_numbers(self) -> bool:
        """The same for some parameters that are numbers; false when they are all read."""
        capacity = self._arrays.capacity
        if self._likely[0] != capacity:
            self._likely = capacity, self.names()[:COLUMNS_WARMED]
        for name in self._likely[1]:
            if name not in self._columns and len(self._columns) < COLUMNS_KEPT:
                self._columns[name] = Column.of(capacity)
        documents = self._arrays.documents
        return any(self._columns[name].read(name, documents, CHUNK) for name in self._columns)

    def parameters(self, slot: int) -> dict[str, Any]:
        """An entity's parameters."""
        document = self._arrays.documents[slot]
        return _parameters(document).parameters if document else {}

    def numbers(self, name: str) -> Float64s:
        """[capacity] the parameter `name` of each, NaN where it is missing or no number."""
        return self._column(name).numbers

    def present(self, name: str) -> Bools:
        """[capacity] which have the parameter `name`, whatever it is."""
        return self._column(name).present

    def scales(self) -> Float64s:
        """[capacity] the largest side of each, in scene units."""
        return self.numbers(SCALE)

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            while len(self._columns) >= COLUMNS_KEPT:
                del self._columns[next(iter(self._columns))]
            self._columns[name] = Column.of(self._arrays.capacity)
        column = self._columns[name]
        column.read(name, self._arrays.documents)
        return column

    def names(self) -> list[str]:
        """Names of parameters that are numbers, sorted; of a sample where there are many."""
        alive = np.flatnonzero(self._arrays.alive)
        sample = alive[:: max(len(alive) // SAMPLED, 1)].tolist()
        held = (self.parameters(slot).items() for slot in sample)
        return sorted({name for items in held for name, value in items if _is_number(value)})


def _read(name: str, documents: list[bytes]) -> tuple[Float64s, Bools]:
    """One parameter of each document [k]: its number, and whether it is there at all."""
    if name == SCALE:
        scales = _many_scales(_joined(documents))
        sides = [np.nan if one is None else max(one.scale, default=1.0) for one in scales]
        return np.array(sides, np.float64), np.zeros(len(documents), np.bool_)
    key = msgspec.json.encode(name) + b":"
    having = [one if key in one else b"" for one in documents]
    if not any(having):
        return np.full(len(documents), np.nan), np.zeros(len(documents), np.bool_)
    decoded = _decoder(name)(_joined(having))
    values = [UNSET if one is None else one.parameters.value for one in decoded]
    kept = [value if type(value) is float or type(value) is int else np.nan for value in values]
    present = [value is not UNSET for value in values]
    return np.array(kept, np.float64), np.array(present, np.bool_)


def _joined(documents: list[bytes]) -> bytes:
    """As one JSON array, null for those that are empty."""
    return b"[" + b",".join([one or b"null" for one in documents]) + b"]"


@lru_cache(maxsize=32)
def _decoder(name: str) -> Any:
    """Decodes one parameter of each and skips the rest: twice as fast as all of them."""
    one = msgspec.defstruct("One", [("value", Any, UNSET)], rename={"value": name}, gc=False)
    parameters = ("parameters", one, msgspec.field(default_factory=one))
    both = msgspec.defstruct("Both", [parameters], gc=False)
    return msgspec.json.Decoder(list[both | None]).decode  # type: ignore[valid-type]


def _marked(tags: list[str]) -> str:
    return f"{TAG_MARK}{TAG_MARK.join(tags)}{TAG_MARK}" if tags else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
