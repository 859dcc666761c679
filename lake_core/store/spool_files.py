"""What lies in the spools of a data directory, told without holding any of them.

For a person who looks, beside the processes that write there. It must not deliver anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lake_core.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request that was answered with a success and refused when it was delivered."""

    file: str
    number: int
    endpoint: str
    reason: str
    body: str


@dataclass(frozen=True, slots=True)
class SpoolReport:
    """One spool: what waits there, since when, and what was refused."""

    file: str
    waiting: int
    oldest: str | None  # ISO time
    bytes: int
    refused: list[RefusedRequest]


def spool_reports(data_dir: Path) -> list[SpoolReport]:
    """The spools of a data directory in which something is; raises DatabaseUnavailable."""
    told = [_report(path, database) for path, database in _opened(data_dir, "ro")]
    return [report for report in told if report.waiting or report.refused]


def forget_refused(data_dir: Path) -> int:
    """Drop what was refused from every spool; how many requests. Raises DatabaseUnavailable."""
    dropped = 0
    for _, database in _opened(data_dir, "rw"):
        dropped += database.execute("DELETE FROM refused").rowcount
        database.commit()
    return dropped


def _opened(data_dir: Path, mode: str) -> Iterator[tuple[Path, sqlite3.Connection]]:
    for path in sorted((data_dir / "spool").glob("spool-*.sqlite")):
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True)) as database:
                yield path, database
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"the spool {path} cannot be read: {error}") from error


def _report(path: Path, database: sqlite3.Connection) -> SpoolReport:
    waiting, oldest, size = database.execute(
        "SELECT count(*), min(recorded_at), coalesce(sum(length(body)), 0) FROM entries"
    ).fetchone()
    rows = database.execute("SELECT number, endpoint, reason, body FROM refused ORDER BY number")
    refused = [
        RefusedRequest(path.name, number, endpoint, reason, bytes(body).decode(errors="replace"))
        for number, endpoint, reason, body in rows
    ]
    return SpoolReport(path.name, waiting, oldest, size, refused)
