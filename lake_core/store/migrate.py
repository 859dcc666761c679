"""The schema's growth: numbered files, applied once, in order, under a lock, never edited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any, LiteralString

import psycopg

from lake_core.errors import DatabaseUnavailable, SettingsError
from lake_core.store.database import translated
from lake_core.store.partitions import make_partitions
from lake_core.store.queries import SQL

OLDEST_SERVER = 150000
_NO_RIGHT = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)
"""PostgreSQL passes over a schema one may not use, and then finds none to make tables in."""


def migrate(connection: psycopg.Connection[Any]) -> list[str]:
    """Bring the database to the newest schema; the names of the migrations that ran.

    The log has partitions for the months to come then.

    Raises SettingsError where the server is older than PostgreSQL 15 or does not give us the right
    to make tables, and DatabaseUnavailable where it goes away or takes no writes.
    """
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.parameter_status("server_version")
        raise SettingsError(f"PostgreSQL 15 or newer is needed, this server is {version}")
    with translated(), _rights_told(connection):
        with connection.transaction(), connection.cursor() as cursor:
            ran = _run_missing(cursor)
        make_partitions(connection)
    return ran


def _run_missing(cursor: psycopg.Cursor[Any]) -> list[str]:
    cursor.execute(SQL["lock_migrations"])
    cursor.execute(SQL["create_migrations"])
    applied = {number for (number,) in cursor.execute(SQL["applied_migrations"]).fetchall()}
    known = migrations()
    if applied - known.keys():
        raise DatabaseUnavailable(
            "this lake was written by a newer version: update eustress-lake-studio to open it"
        )
    ran = []
    for number, (name, statements) in known.items():
        if number not in applied:
            cursor.execute(statements)
            cursor.execute(SQL["record_migration"], {"number": number, "name": name})
            ran.append(name)
    return ran


@contextmanager
def _rights_told(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Tell a right that is missing as a SettingsError that says what gives it."""
    try:
        yield
    except _NO_RIGHT as error:
        row = connection.execute(SQL["whose_lake"]).fetchone()
        assert row is not None  # it selects from no table
        role, schema, owner = row
        remedy = (
            f"connect as role {owner}, whose lake it is, or let it run GRANT {owner} TO {role}"
            if owner
            else f"let the database's owner run GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
        )
        reason = str(error).strip().splitlines()[0]
        raise SettingsError(
            f"role {role} lacks the right to make or change the lake's tables ({reason}): {remedy}"
        ) from error


def migrations() -> dict[int, tuple[str, LiteralString]]:
    """Every migration there is: number -> (name, SQL), rising."""
    folder = resources.files("lake_core.store") / "sql" / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name
    )
    return {
        int(file.name.split("_", 1)[0]): (
            file.name.removesuffix(".sql"),
            file.read_text("utf-8"),
        )
        for file in files
    }
