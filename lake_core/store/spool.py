"""The spool: where accepted requests rest, fsynced, while PostgreSQL is away.

An SQLite file in the data directory, one for each process that writes there. Keeps requests as
they came, in order, with what was said to them; knows nothing of what they do.
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from uuid import UUID, uuid4

from lake_core.errors import DatabaseUnavailable

_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    body BLOB NOT NULL,
    key TEXT,
    body_hash BLOB NOT NULL,
    trigger TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    snapshot_id TEXT,
    answer TEXT NOT NULL,
    doubtful_seq INTEGER
);
CREATE INDEX IF NOT EXISTS entries_key ON entries (key) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS refused (
    number INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, body BLOB NOT NULL, reason TEXT NOT NULL
);
"""
_MOST_FILES: Final = 100
MOST_BYTES: Final = 16 << 20
"""How much of the oldest is read at a time, bodies alone."""
_PER_ENTRY: Final = 256
"""Bytes an entry takes beside its body and answer."""


class SpoolFull(DatabaseUnavailable):
    """PostgreSQL is away and the spool holds all it may; nothing of this request was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolEntry:
    """One accepted request. `answer` is the JSON that was said to it.

    `doubtful_seq` is set where its commit was under way when PostgreSQL went: the place in the
    space's log that its last row has, if it got there.
    """

    endpoint: str
    body: bytes
    key: str | None
    body_hash: bytes
    trigger: str
    recorded_at: datetime
    snapshot_id: UUID | None
    answer: str
    doubtful_seq: int | None = None
    number: int = 0


class Spool:
    """One process's spool; `path` is its file."""

    def __init__(self, path: Path, lock: IO[bytes], limit_bytes: int) -> None:
        self.path = path
        self._lock = lock
        self._limit = limit_bytes
        # The lake thread owns it; it is opened by whoever opens the lake.
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self.count, self._bytes = self._measure()
        self.refused_count = 0
        self.count_refused()

    @classmethod
    def open(cls, folder: Path, limit_bytes: int) -> Spool:
        """A spool in the folder that no living process holds, leftovers first.

        Raises DatabaseUnavailable where there can be none.
        """
        with _usable():
            folder.mkdir(parents=True, exist_ok=True)
        if (spool := cls.leftover(folder, limit_bytes)) is not None:
            return spool
        for path in _places(folder):
            if (spool := cls._free(path, limit_bytes)) is not None:
                return spool
        raise DatabaseUnavailable(f"{_MOST_FILES} processes hold spools in {folder}")

    @classmethod
    def leftover(cls, folder: Path, limit_bytes: int) -> Spool | None:
        """A spool in which something rests that a process left when it ended."""
        for path in filter(Path.exists, _places(folder)):
            if (spool := cls._free(path, limit_bytes)) is not None:
                if spool.count:
                    return spool
                spool.close()
        return None

    @classmethod
    def _free(cls, path: Path, limit_bytes: int) -> Spool | None:
        """The spool of this file, held from now on; None where another process holds it."""
        with _usable(), contextlib.ExitStack() as undo:
            lock = undo.enter_context(path.with_suffix(".lock").open("ab"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            spool = cls(path, lock, limit_bytes)
            undo.pop_all()
            return spool

    def identity(self) -> str:
        """A name for this file that no other has, for keys made from entry numbers."""
        with _usable():
            row = self._database.execute("SELECT id FROM identity").fetchone()
            if row is None:
                row = (uuid4().hex,)
                self._database.execute("INSERT INTO identity VALUES (?)", row)
        return str(row[0])

    def append(self, entries: Sequence[SpoolEntry]) -> None:
        """Make entries durable, together; raises SpoolFull or DatabaseUnavailable with none."""
        weight = sum(_weight(entry) for entry in entries)
        if self._bytes + weight > self._limit:
            raise SpoolFull(
                f"PostgreSQL is away and the spool holds its limit of {self._limit} bytes; "
                "start PostgreSQL, or raise spool_bytes in lake.toml"
            )
        rows = [
            (
                e.endpoint, e.body, e.key, e.body_hash, e.trigger, e.recorded_at.isoformat(),
                str(e.snapshot_id) if e.snapshot_id else None, e.answer, e.doubtful_seq,
            )
            for e in entries
        ]  # fmt: skip
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(
                "INSERT INTO entries (endpoint, body, key, body_hash, trigger, recorded_at,"
                " snapshot_id, answer, doubtful_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise SpoolFull(
                f"PostgreSQL is away and the spool cannot be written: {error}"
            ) from error
        self.count += len(entries)
        self._bytes += weight

    def find_answers(self, keys: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Body hash and answer of each idempotency key that waits here."""
        found = {}
        for key in keys:
            with _usable():
                row = self._database.execute(
                    "SELECT body_hash, answer FROM entries WHERE key = ?", (key,)
                ).fetchone()
            if row is not None:
                found[key] = (bytes(row[0]), str(row[1]))
        return found

    def answers(self, endpoint: str) -> Iterator[str]:
        """What was said to the requests to an endpoint, oldest first."""
        rows = self._database.execute(
            "SELECT answer FROM entries WHERE endpoint = ? ORDER BY number", (endpoint,)
        )
        return (str(answer) for (answer,) in rows)

    def first(self, limit: int, after: int = 0, most_bytes: int = MOST_BYTES) -> list[SpoolEntry]:
        """The oldest entries behind that of a number: so many, or so heavy, and at least one."""
        with _usable():
            cursor = self._database.execute(
                "SELECT number, endpoint, body, key, body_hash, trigger, recorded_at, snapshot_id,"
                " answer, doubtful_seq FROM entries WHERE number > ? ORDER BY number LIMIT ?",
                (after, limit),
            )
            rows, size = [], 0
            for row in cursor:
                rows.append(row)
                if (size := size + len(row[2])) >= most_bytes:
                    break
            cursor.close()
        return [
            SpoolEntry(
                number=number,
                endpoint=endpoint,
                body=body,
                key=key,
                body_hash=body_hash,
                trigger=trigger,
                recorded_at=datetime.fromisoformat(recorded_at),
                snapshot_id=UUID(snapshot_id) if snapshot_id else None,
                answer=answer,
                doubtful_seq=doubtful_seq,
            )
            for number, endpoint, body, key, body_hash, trigger, recorded_at, snapshot_id,
            answer, doubtful_seq in rows
        ]  # fmt: skip

    def remove(self, entries: Sequence[SpoolEntry]) -> None:
        """Forget these: they are in PostgreSQL."""
        if not entries:
            return
        with _usable():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(
                    "DELETE FROM entries WHERE number BETWEEN ? AND ?",
                    _runs([entry.number for entry in entries]),
                )
                self._database.execute("COMMIT")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
        self.count -= len(entries)
        self._bytes -= sum(_weight(entry) for entry in entries)

    def refuse(self, entry: SpoolEntry, reason: str) -> None:
        """Set an entry aside that the lake, once back, could not take; kept to be looked at."""
        with _usable():
            done = self._database.execute(
                "INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?)",
                (entry.number, entry.endpoint, entry.body, reason),
            )
        self.refused_count += done.rowcount

    def count_refused(self) -> None:
        """Count them anew: a person may have dropped them."""
        with _usable():
            row = self._database.execute("SELECT count(*) FROM refused").fetchone()
        self.refused_count = int(row[0])

    def close(self) -> None:
        """Let go of the file; what is in it stays for the next start."""
        self._database.close()
        self._lock.close()

    def _measure(self) -> tuple[int, int]:
        row = self._database.execute(
            "SELECT count(*), coalesce(sum(length(body) + length(answer) + ?), 0) FROM entries",
            (_PER_ENTRY,),
        ).fetchone()
        return int(row[0]), int(row[1])


def _places(folder: Path) -> Iterator[Path]:
    return (folder / f"spool-{number}.sqlite" for number in range(1, _MOST_FILES))


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    """Tell what a full disk, or another who holds the file, refuses as DatabaseUnavailable."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnavailable(f"the spool cannot be used: {error}") from error


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers as stretches without a gap, first and last of each."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _weight(entry: SpoolEntry) -> int:
    return len(entry.body) + len(entry.answer) + _PER_ENTRY
