"""The schema's growth: numbered files, applied once, in order, under a lock, never edited."""

from __future__ import annotations

from importlib import resources
from typing import Any, LiteralString

import psycopg

from lake_core.errors import DatabaseUnavailable, SettingsError
from lake_core.store.partitions import make_partitions
from lake_core.store.queries import SQL

OLDEST_SERVER = 150000


def migrate(connection: psycopg.Connection[Any]) -> list[str]:
    """Bring the database to the newest schema; the names of the migrations that ran.

    The log has partitions for the months to come then.

    Raises SettingsError where the server is older than PostgreSQL 15.
    """
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.parameter_status("server_version")
        raise SettingsError(f"PostgreSQL 15 or newer is needed, this server is {version}")
    ran = []
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["lock_migrations"])
        cursor.execute(SQL["create_migrations"])
        applied = {number for (number,) in cursor.execute(SQL["applied_migrations"]).fetchall()}
        known = migrations()
        if applied - known.keys():
            raise DatabaseUnavailable(
                "this lake was written by a newer version: update eustress-lake-studio to open it"
            )
        for number, (name, statements) in known.items():
            if number not in applied:
                cursor.execute(statements)
                cursor.execute(SQL["record_migration"], {"number": number, "name": name})
                ran.append(name)
    make_partitions(connection)
    return ran


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
