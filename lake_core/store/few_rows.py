"""A few rows put into the log by one statement: one round trip where COPY takes two.

What engines send one by one comes to a few rows a commit, and there the driver's own work is most
of the cost. So the statement, prepared once for each number of rows, is sent through libpq itself:
a quarter of the processor time, two thirds of the wait. Which rows there are is not known here.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn

from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.store.waits import waiting

MOST: Final = 64
"""Rows that are few; so many statements may be prepared."""
Value = bytes | None
COLUMNS: Final = 8
_FORMATS: Final = (*(Format.BINARY,) * 6, Format.TEXT, Format.TEXT)

_prepared: Final[WeakKeyDictionary[Connection, set[int]]] = WeakKeyDictionary()


def insert(connection: Connection, values: Sequence[Value], meanwhile: Callable[[], None]) -> None:
    """Insert rows, told value after value as PostgreSQL sends them, key and patch as text.

    `meanwhile` is called before the answer is awaited. Raises psycopg.Error.
    """
    rows = len(values) // COLUMNS
    name = b"lake_rows_%d" % rows
    line = connection.pgconn
    known = _prepared.setdefault(connection, set())
    if rows not in known:
        line.send_prepare(name, _statement(rows))
        _await(line)
        known.add(rows)
    line.send_query_prepared(name, values, _FORMATS * rows)
    line.flush()
    meanwhile()
    try:
        _await(line)
    except psycopg.errors.InvalidSqlStatementName as error:
        # The driver rolled something back of which we do not know: no fault of the rows, and
        # what was begun is lost. A new line has none of it.
        connection.close()
        raise psycopg.OperationalError(str(error)) from error


def forget(connection: Connection) -> None:
    """After a rollback: the driver mostly drops what is prepared then, and ours with it."""
    if _prepared.pop(connection, None):
        connection.execute("DEALLOCATE ALL")


def _await(line: PGconn) -> None:
    """Wait for the answer to what was sent. The driver's lines never block by themselves."""
    wanted = select.poll()
    with waiting():
        while line.flush():
            wanted.register(line.socket, select.POLLIN | select.POLLOUT)
            wanted.poll()
            line.consume_input()
        wanted.register(line.socket, select.POLLIN)
        while line.is_busy():
            wanted.poll()
            line.consume_input()
    result = line.get_result()
    while line.get_result() is not None:
        pass  # the end of the answer
    if result is None or line.status == ConnStatus.BAD:
        raise psycopg.OperationalError(line.get_error_message())
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def _statement(rows: int) -> bytes:
    numbers = range(1, rows * COLUMNS + 1)
    places = [f"${number}" for number in numbers]
    told = [f"({', '.join(places[at : at + COLUMNS])})" for at in range(0, len(places), COLUMNS)]
    return (SQL["insert_changes"].removesuffix(";") + " VALUES " + ", ".join(told)).encode()
