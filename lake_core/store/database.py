"""Connections to PostgreSQL: the writer's one, and a small pool for readers.

Turns the driver's errors into the lake's own. Knows of connections, not of what runs on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool

from lake_core.errors import DatabaseUnavailable

Connection = psycopg.Connection[tuple[Any, ...]]
DatabaseError = psycopg.Error
"""Whatever PostgreSQL or the driver complains of."""

_APPLICATION = "eustress-lake"
_MOST_READERS = 8


class Database:
    """One PostgreSQL database, by its connection string."""

    def __init__(self, conninfo: str, holder: str = _APPLICATION) -> None:
        self._conninfo = conninfo
        self._holder = holder
        self._readers = psycopg_pool.ConnectionPool[Connection](
            conninfo,
            min_size=0,
            max_size=_MOST_READERS,
            timeout=10.0,
            kwargs={"application_name": f"{_APPLICATION} reader", "autocommit": True},
            open=False,
            # A reader that meets a dead server must not spend minutes on retrying.
            reconnect_timeout=5.0,
        )
        self._readers.open()

    def connect(self) -> Connection:
        """A connection of one's own, in autocommit; raises DatabaseUnavailable."""
        with translated():
            return psycopg.connect(
                self._conninfo,
                application_name=self._holder,
                connect_timeout=10,
                autocommit=True,
            )

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A pooled connection in autocommit; raises DatabaseUnavailable."""
        with translated(), self._readers.connection() as connection:
            yield connection

    def close(self) -> None:
        """Close the pool."""
        self._readers.close()


@contextmanager
def translated() -> Iterator[None]:
    """Tell what the driver says of a lost or refusing server as DatabaseUnavailable."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise DatabaseUnavailable(f"PostgreSQL does not answer: {reason[0]}") from error
