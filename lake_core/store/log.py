"""Writing the lake: one transaction that takes rows of the log and what goes with them.

Which rows there are, and when a transaction ends, is the writer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import UUID

import psycopg

from lake_core.errors import DatabaseUnavailable, WriterElsewhere
from lake_core.scene.change import Change
from lake_core.store import few_rows
from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.store.rows import RowSender

_TRIES: Final = 3


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
    head_at: datetime | None
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

    A context manager: leaving it commits, an exception rolls back. Rows alone are one statement,
    which is a transaction by itself: a third of the round trips. `meanwhile` is called when
    many are sent and the answer is still to come.
    """

    def __init__(
        self, connection: Connection, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self._connection = connection
        self._begun = False
        self._rows = RowSender(connection, self._begin, meanwhile)

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
            self._rows.send()
            if self._begun:
                self._connection.execute("COMMIT")
        except BaseException as failure:  # the connection must not stay in what has failed
            self._abandon(type(failure), failure, failure.__traceback__)
            raise

    def create_space(self, space_name: str) -> NewSpace:
        """A space that may be new, locked for this writer."""
        self._begin()
        self._rows.send()
        named = {"space_name": space_name}
        row = self._connection.execute(SQL["create_space"], named).fetchone()
        assert row is not None  # RETURNING
        new = NewSpace(*row)
        lock_space(self._connection, new.space_id, space_name)
        if new.is_spread:  # what a crash left there of one that came to nothing
            self._connection.execute(SQL["take_back"], {"space_id": new.space_id})
        return new

    def for_queries(self) -> Connection:
        """The connection, free for statements of its own."""
        if self._rows.is_copying:
            self._rows.send()
        return self._connection

    def find_answers(self, keys: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Body hash and answer of each idempotency key that was used before."""
        self.for_queries()
        rows = self._connection.execute(SQL["find_answers"], {"keys": list(keys)}).fetchall()
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
        return self._rows.append(space_id, first_seq, recorded_at, changes, client_time)

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
        self._rows.send()
        for name, rows in (
            ("add_snapshot", snapshots),
            ("move_head", heads),
            ("keep_session", sessions),
        ):
            parameters = [{slot: getattr(row, slot) for slot in row.__slots__} for row in rows]
            if len(parameters) == 1:
                self._connection.execute(SQL[name], parameters[0])
            elif parameters:
                self._connection.cursor().executemany(SQL[name], parameters)
        self._remember(answers)

    def _remember(self, answers: Collection[Answer]) -> None:
        if answers:
            columns = {
                slot: [getattr(answer, slot) for answer in answers] for slot in Answer.__slots__
            }
            self._connection.execute(SQL["remember_answers"], columns)

    def _begin(self) -> None:
        """From here on, more than one statement makes up the transaction."""
        if not self._begun:
            self._connection.execute("BEGIN")
            self._begun = True

    def _abandon(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._rows.abandon(kind, error, traceback)
            self._connection.rollback()  # whatever BEGIN has begun
            few_rows.forget(self._connection)
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


def unlock_space(connection: Connection, space_id: int) -> None:
    """Undo one `lock_space` of this connection."""
    connection.execute(SQL["unlock_space"], {"space_id": space_id})


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
