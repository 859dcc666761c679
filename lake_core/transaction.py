"""What a group of requests needs of a transaction, and one that stores nothing.

The one that stores is `store.log.WriteTransaction`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from lake_core.errors import DatabaseUnavailable
from lake_core.scene.change import Change
from lake_core.spools import Spools
from lake_core.store.database import Connection
from lake_core.store.log import Answer, Head, NewSpace, SessionRow, SnapshotRow


class Transaction(Protocol):
    """What a group needs of a transaction; `WriteTransaction` is the one that stores."""

    def create_space(self, space_name: str) -> NewSpace:
        """A space that may be new, locked for this writer."""
        ...

    def for_queries(self) -> Connection:
        """The connection, free for statements of its own."""
        ...

    def find_answers(self, keys: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Body hash and answer of each idempotency key that was used before."""
        ...

    def append(
        self,
        space_id: int,
        first_seq: int,
        recorded_at: datetime,
        changes: Sequence[Change],
        client_time: float | None = None,
    ) -> int:
        """Append rows to a space's log; how heavy they are."""
        ...

    def finish(
        self,
        snapshots: Collection[SnapshotRow],
        heads: Collection[Head],
        answers: Collection[Answer],
        sessions: Collection[SessionRow] = (),
    ) -> None:
        """Store what speaks of the rows; after all of them."""
        ...


class NoTransaction:
    """Takes what a group would store and stores nothing: the request itself is kept instead."""

    def __init__(self, spools: Spools) -> None:
        self._spools = spools

    def create_space(self, space_name: str) -> NewSpace:
        """Raises DatabaseUnavailable."""
        raise DatabaseUnavailable(f"whether there is a space {space_name!r} cannot be known now")

    def for_queries(self) -> Connection:
        """Raises DatabaseUnavailable."""
        raise DatabaseUnavailable("PostgreSQL is away")

    def find_answers(self, keys: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Of keys whose requests rest in the spool."""
        return self._spools.find_answers(keys)

    def append(
        self,
        space_id: int,
        first_seq: int,
        recorded_at: datetime,
        changes: Sequence[Change],
        client_time: float | None = None,
    ) -> int:
        """Nothing is stored."""
        return 0

    def finish(
        self,
        snapshots: Collection[SnapshotRow],
        heads: Collection[Head],
        answers: Collection[Answer],
        sessions: Collection[SessionRow] = (),
    ) -> None:
        """Nothing is stored."""
