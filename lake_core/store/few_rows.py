"""A few rows put into the log by one statement: one round trip where COPY takes two.

What engines send one by one comes to a few rows a commit, and there the driver's own work is most
of the cost. So the statement, prepared once for each number of rows, goes through libpq itself, by
one call that returns with the answer: while it waits others have the interpreter, and it asks to
have that back once, not at each step. Which rows there are is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.store.waits import waiting

MOST: Final = 64
"""Rows that are few; so many statements may be prepared."""
Value = bytes | None
COLUMNS: Final = 8
_FORMATS: Final = (*(Format.BINARY,) * 6, Format.TEXT, Format.TEXT)

_prepared: Final[WeakKeyDictionary[Connection, set[int]]] = WeakKeyDictionary()


def insert(connection: Connection, values: Sequence[Value]) -> None:
    """Insert rows, told value after value as PostgreSQL sends them, key and patch as text.

    Raises psycopg.Error.
    """
    rows = len(values) // COLUMNS
    name = b"lake_rows_%d" % rows
    line = connection.pgconn
    known = _prepared.setdefault(connection, set())
    with waiting():
        if rows not in known:
            _check(line, line.prepare(name, _statement(rows)))
            known.add(rows)
        # Its annotation forgets that a value may be NULL.
        result = line.exec_prepared(name, values, _FORMATS * rows)  # type: ignore[arg-type]
    try:
        _check(line, result)
    except psycopg.errors.InvalidSqlStatementName as error:
        # The driver rolled something back of which we do not know: no fault of the rows, and
        # what was begun is lost. A new line has none of it.
        connection.close()
        raise psycopg.OperationalError(str(error)) from error


def forget(connection: Connection) -> None:
    """After a rollback: the driver mostly drops what is prepared then, and ours with it."""
    if _prepared.pop(connection, None):
        connection.execute("DEALLOCATE ALL")


def _check(line: PGconn, result: PGresult) -> None:
    """Raise psycopg.Error unless it went well."""
    if line.status == ConnStatus.BAD:
        raise psycopg.OperationalError(line.get_error_message())
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def _statement(rows: int) -> bytes:
    numbers = range(1, rows * COLUMNS + 1)
    places = [f"${number}" for number in numbers]
    told = [f"({', '.join(places[at : at + COLUMNS])})" for at in range(0, len(places), COLUMNS)]
    return (SQL["insert_changes"].removesuffix(";") + " VALUES " + ", ".join(told)).encode()
