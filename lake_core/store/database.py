"""Connections to PostgreSQL: the writer's one, and a small pool for readers.

Turns the driver's errors into the lake's own. Knows of connections, not of what runs on them.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import psycopg_pool

from lake_core.errors import DatabaseUnavailable, SettingsError
from lake_core.store.queries import SQL
from lake_core.store.waits import waiting

Connection = psycopg.Connection[tuple[Any, ...]]
DatabaseError = psycopg.Error
"""Whatever PostgreSQL or the driver complains of."""
SchemaError = psycopg.ProgrammingError
"""A right or a table is missing: no one's request is at fault."""

_APPLICATION = "eustress-lake"
# The pool warns of every attempt; that PostgreSQL is away is told once, by the writer.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

_MOST_READERS = 8
_CONNECT_S = 5
_SIGN_OF_LIFE_S = 2.0
"""For the answer to a statement of nothing, which asks no disk and no lock."""
_END_TRIES, _END_TRY_S = 50, 0.1
_TOO_MUCH = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)
"""A statement's own fault, of a server that is well: it would fail as often as it is tried."""
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # its disk is nearly full, or it stands by
    psycopg_pool.PoolTimeout,
)
_PASSING = ("starting up", "shutting down", "recovery", "too many", "reserved for")
"""What a server says that will have us in a while. libpq gives no code for a refusal."""


class _ClockedConnection(psycopg.Connection[tuple[Any, ...]]):
    """One whose waits for the server are counted for the thread that waits."""

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """The one place where the driver waits."""
        with waiting():
            return super().wait(*arguments, **options)


class Database:
    """One PostgreSQL database, by its connection string."""

    def __init__(self, conninfo: str, holder: str = _APPLICATION) -> None:
        self._conninfo = conninfo
        self._holder = holder
        self._readers = _pool(conninfo)
        self.is_away = False  # as the writer found it
        self.hung = 0.0  # seconds that it let the writer wait before it was found away
        self.on_failure: Callable[[], None] = lambda: None  # someone who reads met a lost line
        self._reading: set[Connection] = set()

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
        connection = self._dial()
        with translated(), self._cut_with_the_others(connection):
            _compile_nothing(connection)
        return connection

    def reach(self) -> None:
        """See whether a server takes connections; raises as `connect`.

        Nothing is asked of it, which might hang where no one is there to cut the line.
        """
        self._dial().close()

    def _dial(self) -> Connection:
        try:
            return _ClockedConnection.connect(
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

    def end(self, processes: Collection[int]) -> None:
        """See to it that server processes of ours are no more, whatever they were at.

        One whose line was cut lives until it notices, keeps its locks and may still commit.
        Raises DatabaseUnavailable where one is still there after a few seconds.
        """
        wanted = {"processes": list(processes), "holder": self._holder}
        with self.connect() as connection, translated(), self._cut_with_the_others(connection):
            for _ in range(_END_TRIES):
                if not connection.execute(SQL["end_processes"], wanted).fetchall():
                    return
                time.sleep(_END_TRY_S)
        raise DatabaseUnavailable("a process of ours is still at work in PostgreSQL")

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A pooled connection in autocommit; raises DatabaseUnavailable."""
        if self.is_away:  # who asks now need not wait to find out
            raise DatabaseUnavailable("PostgreSQL is away")
        try:
            with (
                translated(),
                self._readers.connection() as connection,
                self._cut_with_the_others(connection),
            ):
                yield connection
        except DatabaseUnavailable:
            self.on_failure()
            raise

    @contextmanager
    def _cut_with_the_others(self, connection: Connection) -> Iterator[None]:
        """Have `hang_up` cut its line while this lasts."""
        self._reading.add(connection)
        try:
            yield
        finally:
            self._reading.discard(connection)

    def answers(self, timeout: float) -> bool:
        """Whether PostgreSQL gives a sign of life within so many seconds."""
        try:
            with translated(), self._readers.connection(timeout) as connection:
                connection.execute("SELECT 1")
        except DatabaseUnavailable:
            self.on_failure()
            return False
        return True

    def hang_up(self) -> None:
        """Cut the lines of all who read: the server does not answer. From any thread."""
        for connection in tuple(self._reading):
            hang_up(connection)

    def close(self) -> None:
        """Close the pool."""
        self._readers.close()


def hang_up(connection: Connection) -> None:
    """Cut a connection's line, so that whoever waits for an answer meets an error."""
    with suppress(OSError, psycopg.Error):
        line = socket.fromfd(connection.fileno(), socket.AF_UNSPEC, socket.SOCK_STREAM)
        with line:
            line.shutdown(socket.SHUT_RDWR)


def _check_alive(connection: Connection) -> None:
    """Ask nothing of an idle line; raises OperationalError where no answer comes in time.

    The driver itself would wait for good, and a line that no one has yet no one would cut.
    """
    line = connection.pgconn
    line.send_query(b"")
    with selectors.DefaultSelector() as answers:
        answers.register(line.socket, selectors.EVENT_READ)
        deadline = time.monotonic() + _SIGN_OF_LIFE_S
        while line.is_busy():
            if not answers.select(deadline - time.monotonic()):
                connection.close()
                raise psycopg.OperationalError("no sign of life")
            line.consume_input()
    while line.get_result() is not None:
        pass


def _compile_nothing(connection: Connection) -> None:
    connection.execute(SQL["compile_nothing"])


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
        connection_class=_ClockedConnection,
        configure=_compile_nothing,
        # One handed out after PostgreSQL was restarted would be dead.
        check=_check_alive,
        # A reader that meets a dead server must not spend minutes on retrying.
        reconnect_timeout=5.0,
        open=True,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Tell what the driver says of a lost or refusing server as DatabaseUnavailable."""
    try:
        yield
    except _TOO_MUCH:
        raise
    except _AWAY as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    if isinstance(error, psycopg_pool.PoolTimeout):  # in the pool's words: no connection
        return DatabaseUnavailable("PostgreSQL does not answer")
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return DatabaseUnavailable(f"PostgreSQL does not answer: {reason[0]}")
