"""What the arrays do not hold of each entity: its tags, its parameters, its scale.

Read from the canonical JSON when someone asks, many at a time, and kept until the entity changes.
Lives with one SceneArrays; pure of Qt, and never writes to the arrays.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from lake_core.scene.arrays import Float64s, Int32s, SceneArrays

SAMPLED: Final = 400
"""Entities looked at for the names of their parameters."""
COLUMNS_KEPT: Final = 4
CHUNK: Final = 10_000
"""Documents decoded in one go: some 4 ms."""
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


class Documents:
    """Reads the documents of one SceneArrays."""

    def __init__(self, arrays: SceneArrays) -> None:
        self._arrays = arrays
        self._columns: dict[str, Float64s] = {}
        self._tags: list[str] = []  # of the slots looked at so far

    def touch(self, slots: Int32s) -> None:
        """These entities changed."""
        for slot in slots.tolist():
            if slot < len(self._tags):
                self._tags[slot] = _marked(self.tags(slot))
        for name, column in self._columns.items():
            more = self._arrays.capacity - len(column)
            if more > 0:
                column = np.concatenate([column, np.full(more, np.nan)])
                self._columns[name] = column
            documents = self._arrays.documents
            column[slots] = _read(name, [documents[slot] for slot in slots.tolist()])

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

    def parameters(self, slot: int) -> dict[str, Any]:
        """An entity's parameters."""
        document = self._arrays.documents[slot]
        return _parameters(document).parameters if document else {}

    def numbers(self, name: str) -> Float64s:
        """[capacity] the parameter `name` of each, NaN where it is missing or no number."""
        if name not in self._columns:
            while len(self._columns) >= COLUMNS_KEPT:
                del self._columns[next(iter(self._columns))]
            self._columns[name] = _read(name, self._arrays.documents)
        return self._columns[name]

    def scales(self) -> Float64s:
        """[capacity] the largest side of each, in scene units."""
        return self.numbers(SCALE)

    def names(self) -> list[str]:
        """Names of parameters that are numbers, sorted; of a sample where there are many."""
        alive = np.flatnonzero(self._arrays.alive)
        sample = alive[:: max(len(alive) // SAMPLED, 1)].tolist()
        held = (self.parameters(slot).items() for slot in sample)
        return sorted({name for items in held for name, value in items if _is_number(value)})


def _read(name: str, documents: list[bytes]) -> Float64s:
    """One number of each document, NaN where it has none."""
    values = np.full(len(documents), np.nan)
    if name == SCALE:
        for start in range(0, len(documents), CHUNK):
            scales = _many_scales(_joined(documents[start : start + CHUNK]))
            values[start : start + CHUNK] = [
                np.nan if one is None else max(one.scale, default=1.0) for one in scales
            ]
        return values
    decode, key = _decoder(name), msgspec.json.encode(name) + b":"
    for start in range(0, len(documents), CHUNK):
        chunk = [one if key in one else b"" for one in documents[start : start + CHUNK]]
        if any(chunk):
            values[start : start + CHUNK] = [
                np.nan
                if one is None or not _is_number(one.parameters.value)
                else one.parameters.value
                for one in decode(_joined(chunk))
            ]
    return values


def _joined(documents: list[bytes]) -> bytes:
    """As one JSON array, null for those that are empty."""
    return b"[" + b",".join([one or b"null" for one in documents]) + b"]"


def _decoder(name: str) -> Any:
    """Decodes one parameter of each and skips the rest: twice as fast as all of them."""
    one = msgspec.defstruct("One", [("value", Any, None)], rename={"value": name}, gc=False)
    parameters = ("parameters", one, msgspec.field(default_factory=one))
    both = msgspec.defstruct("Both", [parameters], gc=False)
    return msgspec.json.Decoder(list[both | None]).decode  # type: ignore[valid-type]


def _marked(tags: list[str]) -> str:
    return f"{TAG_MARK}{TAG_MARK.join(tags)}{TAG_MARK}" if tags else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
