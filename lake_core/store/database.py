"""Connections to PostgreSQL: the writer's one, and a small pool for readers.

Turns the driver's errors into the lake's own. Knows of connections, not of what runs on them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool

from lake_core.errors import DatabaseUnavailable, SettingsError

Connection = psycopg.Connection[tuple[Any, ...]]
DatabaseError = psycopg.Error
"""Whatever PostgreSQL or the driver complains of."""

_APPLICATION = "eustress-lake"
# The pool warns of every attempt; that PostgreSQL is away is told once, by the writer.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

_MOST_READERS = 8
_CONNECT_S = 5
_PASSING = ("starting up", "shutting down", "recovery", "too many", "reserved for")
"""What a server says that will have us in a while. libpq gives no code for a refusal."""


class Database:
    """One PostgreSQL database, by its connection string."""

    def __init__(self, conninfo: str, holder: str = _APPLICATION) -> None:
        self._conninfo = conninfo
        self._holder = holder
        self._readers = _pool(conninfo)

    def move(self, conninfo: str) -> None:
        """The same database is now to be found elsewhere."""
        if conninfo != self._conninfo:
            self._readers.close()
            self._conninfo, self._readers = conninfo, _pool(conninfo)

    def connect(self) -> Connection:
        """A connection of one's own, in autocommit.

        Raises DatabaseUnavailable where no server answers, and SettingsError where one does and
        will not have us: wrong password, no such database. Waiting would not help then.
        """
        try:
            return psycopg.connect(
                self._conninfo,
                application_name=self._holder,
                connect_timeout=_CONNECT_S,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            reason = str(error).strip()
            if "FATAL" in reason and not any(passing in reason for passing in _PASSING):
                raise SettingsError(f"PostgreSQL refuses the connection: {reason}") from error
            raise _unavailable(error) from error

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A pooled connection in autocommit; raises DatabaseUnavailable."""
        with translated(), self._readers.connection() as connection:
            yield connection

    def close(self) -> None:
        """Close the pool."""
        self._readers.close()


def _pool(conninfo: str) -> psycopg_pool.ConnectionPool[Connection]:
    return psycopg_pool.ConnectionPool[Connection](
        conninfo,
        min_size=0,
        max_size=_MOST_READERS,
        timeout=10.0,
        kwargs={
            "application_name": f"{_APPLICATION} reader",
            "autocommit": True,
            "connect_timeout": _CONNECT_S,
        },
        # One handed out after PostgreSQL was restarted would be dead.
        check=psycopg_pool.ConnectionPool[Connection].check_connection,
        # A reader that meets a dead server must not spend minutes on retrying.
        reconnect_timeout=5.0,
        open=True,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Tell what the driver says of a lost or refusing server as DatabaseUnavailable."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout) as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return DatabaseUnavailable(f"PostgreSQL does not answer: {reason[0]}")
