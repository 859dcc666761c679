"""Rows that were turned into Arrow or JSON before, kept to be handed out again.

From one snapshot to the next most samples are the same objects. Turning an object into columns
costs microseconds, taking a row that is already there a fraction of one: a pool turns each once,
for as long as it has room. It must not know what the rows mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
from msgspec import Struct

MOST_BYTES: Final = 24 << 20
"""Past this a pool begins anew, so that memory stays flat however long the epoch."""

_encode: Final = msgspec.json.Encoder().encode


class RowPool:
    """Rows by the identity of the immutable objects they were made of."""

    def __init__(self, convert: Callable[[Sequence[Any]], pa.RecordBatch]) -> None:
        self._convert = convert
        self._batch: pa.RecordBatch = None
        self._items: list[Any] = []
        self._places: dict[int, int] = {}

    def rows(self, items: Sequence[Any]) -> pa.RecordBatch:
        """The rows of `items`, of which there is at least one, in their order."""
        if self._batch is not None and self._batch.nbytes > MOST_BYTES:
            self._forget()
        keys = list(map(id, items))
        places = list(map(self._places.get, keys))
        if None in places:
            self._add([item for item, place in zip(items, places, strict=True) if place is None])
            places = list(map(self._places.get, keys))
        return self._batch.take(pa.array(places, pa.int64()))

    def _add(self, fresh: Sequence[Any]) -> None:
        unique = list({id(item): item for item in fresh}.values())
        first = len(self._items)
        self._items += unique  # held, so that no other object can take on their identity
        self._places |= {id(item): first + index for index, item in enumerate(unique)}
        batch = self._convert(unique)
        self._batch = batch if self._batch is None else pa.concat_batches([self._batch, batch])

    def _forget(self) -> None:
        self._batch, self._items, self._places = None, [], {}


class TextPool:
    """JSON of rows by the identity of the immutable objects they were made of."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Struct, bytes]] = {}  # the object is held: see RowPool
        self._bytes = 0

    def lines(self, seen: Struct, rows: Sequence[Struct]) -> Iterator[bytes]:
        """Each row and `seen` as one JSON object on one line; they have no field in common."""
        end, texts = b"," + _encode(seen)[1:] + b"\n", self._texts
        for row in rows:
            known = texts.get(id(row))
            yield (self._begin(row) if known is None else known[1]) + end

    def _begin(self, row: Struct) -> bytes:
        if self._bytes > MOST_BYTES:
            self._texts.clear()
            self._bytes = 0
        text = _encode(row)[:-1]
        self._texts[id(row)] = (row, text)
        self._bytes += len(text)
        return text
