"""Writing the lake: one transaction that takes rows of the log and what goes with them.

Rows go in by binary COPY, each packed here once. Which rows there are, and when a transaction
ends, is the writer's business.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import psycopg

from lake_core.errors import DatabaseUnavailable, WriterElsewhere
from lake_core.scene.change import Change
from lake_core.store.database import Connection
from lake_core.store.queries import SQL

_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
# Eight columns; then length and value of space_id, seq, recorded_at; a null client_time; length
# and value of kind and flux; the length of key.
_ROW: Final = struct.Struct(">hiiiqiqiihihi").pack
_TIMED_ROW: Final = struct.Struct(">hiiiqiqidihihi").pack  # the same with a client_time
_LENGTH: Final = struct.Struct(">i").pack
_EPOCH_OF_POSTGRESQL: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TRIES: Final = 3
_FLUSH_BYTES: Final = 1 << 18
ROW_WEIGHT: Final = 40
"""Bytes a row takes beside its key and its patch."""


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot to be stored; `metadata` is JSON."""

    space_id: int
    id: UUID
    seq: int
    recorded_at: datetime
    trigger: str
    metadata: str


class NewSpace(NamedTuple):
    """A space that was just made; one that is spread has its log on another server."""

    space_id: int
    is_spread: bool


@dataclass(frozen=True, slots=True)
class Head:
    """Where a space stands after a transaction."""

    space_id: int
    head_seq: int
    head_at: datetime
    entity_count: int
    connection_count: int
    newly_seen: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to a request with an idempotency key; `answer` is JSON."""

    key: str
    body_hash: bytes
    answer: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """What a session of operations has come to; `progress` is JSON."""

    session: str
    position: int
    progress: str


class WriteTransaction:
    """Rows, snapshots, heads and answers that become durable together, or not at all.

    A context manager: leaving it commits, an exception rolls back. A few rows alone are one
    COPY, which is a transaction by itself: a third of the round trips. Many rows are sent while
    more are still being made, so that PostgreSQL works at the same time as we do; when all are
    sent, `meanwhile` is called before the answer is awaited.
    """

    def __init__(
        self, connection: Connection, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self._connection = connection
        self._meanwhile = meanwhile
        self._cursor = connection.cursor()
        self._begun = False
        self._copying: Any = None
        self._copy: psycopg.Copy | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._abandon(kind, error, traceback)
            return
        try:
            self._end_copy()
            if self._begun:
                self._cursor.execute("COMMIT")
        except BaseException as failure:  # the connection must not stay in what has failed
            self._abandon(type(failure), failure, failure.__traceback__)
            raise

    def create_space(self, space_name: str) -> NewSpace:
        """A space that may be new, locked for this writer."""
        self._begin()
        self._end_copy()
        self._cursor.execute(SQL["create_space"], {"space_name": space_name})
        row = self._cursor.fetchone()
        assert row is not None  # RETURNING
        new = NewSpace(*row)
        lock_space(self._connection, new.space_id, space_name)
        if new.is_spread:  # what a crash left there of one that came to nothing
            self._cursor.execute(SQL["take_back"], {"space_id": new.space_id})
        return new

    def for_queries(self) -> Connection:
        """The connection, free for statements of its own."""
        if self._copy is not None:
            self._end_copy()
        return self._connection

    def find_answers(self, keys: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Body hash and answer of each idempotency key that was used before."""
        self.for_queries()
        rows = self._cursor.execute(SQL["find_answers"], {"keys": list(keys)}).fetchall()
        return {key: (bytes(body_hash), answer) for key, body_hash, answer in rows}

    def append(
        self,
        space_id: int,
        first_seq: int,
        recorded_at: datetime,
        changes: Sequence[Change],
        client_time: float | None = None,
    ) -> int:
        """Append rows to a space's log; how heavy they are."""
        at = (8, _microseconds(recorded_at), *((-1,) if client_time is None else (8, client_time)))
        row = _ROW if client_time is None else _TIMED_ROW
        weight = 0
        for seq, (kind, key, flux, patch) in enumerate(changes, first_seq):
            name = key.encode()
            head = row(8, 4, space_id, 8, seq, *at, 2, kind, 2, flux, len(name))
            tail = _LENGTH(len(patch)) + patch if patch else _NULL
            self._waiting += (head, name, tail)
            weight += len(patch) + len(name) + ROW_WEIGHT
        self._waiting_bytes += weight
        if self._waiting_bytes > _FLUSH_BYTES:
            self._begin()
            self._flush()
        return weight

    def finish(
        self,
        snapshots: Collection[SnapshotRow],
        heads: Collection[Head],
        answers: Collection[Answer],
        sessions: Collection[SessionRow] = (),
    ) -> None:
        """Store what speaks of the rows; after all of them."""
        if not (snapshots or heads or answers or sessions):
            return
        self._begin()
        self._end_copy()
        for name, rows in (
            ("add_snapshot", snapshots),
            ("move_head", heads),
            ("keep_session", sessions),
        ):
            parameters = [{slot: getattr(row, slot) for slot in row.__slots__} for row in rows]
            if len(parameters) == 1:
                self._cursor.execute(SQL[name], parameters[0])
            elif parameters:
                self._cursor.executemany(SQL[name], parameters)
        self._remember(answers)

    def _remember(self, answers: Collection[Answer]) -> None:
        if answers:
            columns = {
                slot: [getattr(answer, slot) for answer in answers] for slot in Answer.__slots__
            }
            self._cursor.execute(SQL["remember_answers"], columns)

    def _begin(self) -> None:
        """From here on, more than one statement makes up the transaction."""
        if not self._begun:
            self._cursor.execute("BEGIN")
            self._begun = True

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._copy is None:
            self._copying = self._cursor.copy(SQL["copy_changes"])
            self._copy = self._copying.__enter__()
            self._copy.write(_COPY_HEADER)
        self._copy.write(b"".join(self._waiting))
        self._waiting.clear()
        self._waiting_bytes = 0

    def _end_copy(self) -> None:
        self._flush()
        if self._copy is not None:
            self._copy.write(_COPY_TRAILER)
            self._meanwhile()
            copying, self._copying, self._copy = self._copying, None, None
            copying.__exit__(None, None, None)

    def _abandon(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._copying is not None:
                self._copying.__exit__(kind, error, traceback)
            self._connection.rollback()  # whatever BEGIN has begun
        except psycopg.Error:
            self._connection.close()


def lock_space(connection: Connection, space_id: int, space_name: str) -> None:
    """Make this connection the one writer of a space; raises WriterElsewhere."""
    wanted = {"space_id": space_id}
    row = connection.execute(SQL["lock_space"], wanted).fetchone()
    if row is not None and row[0]:
        return
    holder = connection.execute(SQL["space_lock_holder"], wanted).fetchone()
    who = f"{holder[0]} (PostgreSQL process {holder[1]})" if holder else "another writer"
    raise WriterElsewhere(
        f"space {space_name!r} is written by {who}: one space has one writer; "
        "stop it, or send this space's changes there"
    )


def take_back(connection: Connection, space_id: int) -> None:
    """Drop what a crash left in the log of a spread space beyond its head.

    Waits for whoever may still be committing there, and tries again where that one gets through.
    """
    for _ in range(_TRIES):
        try:
            connection.execute(SQL["take_back"], {"space_id": space_id})
        except psycopg.errors.UniqueViolation:
            continue
        return
    raise DatabaseUnavailable("someone else goes on writing to a log that is ours")


def forget_answers(connection: Connection) -> None:
    """Drop the answers of requests so old that no one sends them again."""
    connection.execute(SQL["forget_answers"])


def moment_of(connection: Connection, space_name: str, seq: int) -> datetime | None:
    """When a row of a space's log was recorded; None where there is no such row."""
    wanted = {"space_name": space_name, "seq": seq}
    row = connection.execute(SQL["moment_of"], wanted).fetchone()
    return row[0] if row else None


def _microseconds(moment: datetime) -> int:
    since = moment - _EPOCH_OF_POSTGRESQL
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
