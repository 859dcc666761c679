"""A database written to files and read back, by PostgreSQL's own `pg_dump` and `pg_restore`.

Runs those programs and tells what they complain of. Where the files are, and what else belongs to
a backup, is not known here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from lake_core.errors import LakeError
from lake_core.store.database import Connection
from lake_core.store.place import Account, find_programs
from lake_core.store.queries import SQL

JOBS: Final = 2
_ENVIRONMENT: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "options": "PGOPTIONS",
}


def dump(conninfo: str, folder: Path) -> None:
    """Write the database as it is now to a new folder, fsynced; raises LakeError."""
    _run("pg_dump", conninfo, "--format=directory", f"--jobs={JOBS}", f"--file={folder}", *_OURS)


def restore(conninfo: str, folder: Path) -> None:
    """Read a dump into an empty database: all of it, or nothing; raises LakeError."""
    _run("pg_restore", conninfo, "--single-transaction", "--dbname=", *_OURS, str(folder))


_OURS: Final = ("--no-owner", "--no-privileges")


def is_empty(connection: Connection) -> bool:
    """Whether there is no table of a lake yet."""
    row = connection.execute(SQL["has_lake"]).fetchone()
    return row is None or not row[0]


def is_spread(connection: Connection) -> bool:
    """Whether some of the log is on another server."""
    row = connection.execute(SQL["is_spread"]).fetchone()
    return row is not None and bool(row[0])


def heads(connection: Connection) -> list[tuple[str, int]]:
    """Every space and where its log ends, as one statement sees it."""
    return [(str(name), int(seq)) for name, seq in connection.execute(SQL["heads"])]


def _run(program: str, conninfo: str, *arguments: str) -> None:
    told = conninfo_to_dict(conninfo)
    # In the environment, not among the arguments, where other users would see a password.
    where = {_ENVIRONMENT[name]: str(told[name]) for name in _ENVIRONMENT if told.get(name)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    try:
        done = subprocess.run(
            [
                str(find_programs(Account()) / program),
                *(_database(each, told) for each in arguments),
            ],
            env=kept | where,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise LakeError(f"{program} cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise LakeError(f"{program} failed: {said[-1]}")


def _database(argument: str, told: Mapping[str, object]) -> str:
    return f"--dbname={told.get('dbname', '')}" if argument == "--dbname=" else argument
