"""Rows of the log on their way into PostgreSQL: a few by one statement, many by binary COPY.

Which rows there are, and when a transaction begins and ends, is not known here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

import psycopg

from lake_core.scene.change import Change
from lake_core.store import few_rows
from lake_core.store.database import Connection
from lake_core.store.queries import SQL

_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_SHORT: Final = struct.Struct(">h").pack
_INT: Final = struct.Struct(">i").pack
_LONG: Final = struct.Struct(">q").pack
_DOUBLE: Final = struct.Struct(">d").pack
# Eight columns; then length and value of space_id, seq, recorded_at; a null client_time; length
# and value of kind and flux; the length of key.
_ROW: Final = struct.Struct(">hiiiqiqiihihi").pack
_TIMED_ROW: Final = struct.Struct(">hiiiqiqidihihi").pack  # the same with a client_time
_EPOCH_OF_POSTGRESQL: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FLUSH_BYTES: Final = 1 << 18
ROW_WEIGHT: Final = 40
"""Bytes a row takes beside its key and its patch."""


class RowSender:
    """Takes rows, each packed once, and has PostgreSQL take them.

    Many rows are sent while more are still being made, so that PostgreSQL works at the same time
    as we do; `begin` is called before, since what follows may be more than one statement. When
    all of these are sent, `meanwhile` is called before the answer is awaited.
    """

    def __init__(
        self, connection: Connection, begin: Callable[[], None], meanwhile: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._begin = begin
        self._meanwhile = meanwhile
        self._few: list[few_rows.Value] = []
        self._few_left = few_rows.MOST
        self._pieces: list[bytes] = []  # of what goes by COPY
        self._bytes = 0  # that wait, one way or the other
        self._copying: Any = None
        self._copy: psycopg.Copy | None = None

    @property
    def is_copying(self) -> bool:
        """Whether a COPY is under way, so that the connection takes nothing else."""
        return self._copy is not None

    def append(
        self,
        space_id: int,
        first_seq: int,
        recorded_at: datetime,
        changes: Sequence[Change],
        client_time: float | None,
    ) -> int:
        """Take rows of one space's log; how heavy they are."""
        moment = _microseconds(recorded_at)
        self._few_left -= len(changes)
        if self._few_left >= 0:
            weight = self._add_few(space_id, first_seq, moment, changes, client_time)
        else:
            self._take_few()
            weight = self._pack(space_id, first_seq, moment, changes, client_time)
        self._bytes += weight
        if self._bytes > _FLUSH_BYTES:
            self._begin()
            self._take_few()
            self._flush()
        return weight

    def send(self) -> None:
        """Have PostgreSQL take all that wait, and await its answer. Raises psycopg.Error."""
        if self._few:
            few, self._few, self._bytes = self._few, [], 0
            few_rows.insert(self._connection, few)
        self._flush()
        if self._copy is not None:
            self._copy.write(_COPY_TRAILER)
            self._meanwhile()
            self.abandon(None, None, None)

    def abandon(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End a COPY that is under way, without what was copied where there is an error."""
        copying, self._copying, self._copy = self._copying, None, None
        if copying is not None:
            copying.__exit__(kind, error, traceback)

    def _add_few(
        self,
        space_id: int,
        first_seq: int,
        moment: int,
        changes: Sequence[Change],
        client_time: float | None,
    ) -> int:
        space, at = _INT(space_id), _LONG(moment)
        sent = None if client_time is None else _DOUBLE(client_time)
        weight = 0
        for seq, (kind, key, flux, patch) in enumerate(changes, first_seq):
            name = key.encode()
            self._few += (space, _LONG(seq), at, sent, _SHORT(kind), _SHORT(flux), name)
            self._few.append(patch or None)
            weight += len(patch) + len(name) + ROW_WEIGHT
        return weight

    def _take_few(self) -> None:
        """Those that were few are among many, and so will be all that follow."""
        self._few_left = -1
        for number, value in enumerate(self._few):
            if number % few_rows.COLUMNS == 0:
                self._pieces.append(_SHORT(few_rows.COLUMNS))
            self._pieces.append(_NULL if value is None else _INT(len(value)) + value)
        self._few.clear()

    def _pack(
        self,
        space_id: int,
        first_seq: int,
        moment: int,
        changes: Sequence[Change],
        client_time: float | None,
    ) -> int:
        at = (8, moment, *((-1,) if client_time is None else (8, client_time)))
        row = _ROW if client_time is None else _TIMED_ROW
        weight = 0
        for seq, (kind, key, flux, patch) in enumerate(changes, first_seq):
            name = key.encode()
            head = row(8, 4, space_id, 8, seq, *at, 2, kind, 2, flux, len(name))
            tail = _INT(len(patch)) + patch if patch else _NULL
            self._pieces += (head, name, tail)
            weight += len(patch) + len(name) + ROW_WEIGHT
        return weight

    def _flush(self) -> None:
        if not self._pieces:
            return
        if self._copy is None:
            self._copying = self._connection.cursor().copy(SQL["copy_changes"])
            self._copy = self._copying.__enter__()
            self._copy.write(_COPY_HEADER)
        self._copy.write(b"".join(self._pieces))
        self._pieces.clear()
        self._bytes = 0


def _microseconds(moment: datetime) -> int:
    since = moment - _EPOCH_OF_POSTGRESQL
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
