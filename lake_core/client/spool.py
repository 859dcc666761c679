"""What a client has still to deliver, on disk: requests in order, each with its idempotency key.

One SQLite file, which one living client holds. A request is here before it is first sent and until
it is answered, so that an engine that is killed goes on where it stopped, under the same keys.
Owns the file and its bound, and its own few lines of SQL; it must not know what a request does.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lake_core.errors import LakeError

_log = logging.getLogger(__name__)
# The lock that WAL mode takes with the first transaction is held until the file is closed, or its
# process is gone. NORMAL survives any end of the process; a power cut may cost the last moments.
_SCHEMA: Final = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 4194304;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    weight INTEGER NOT NULL,
    body BLOB NOT NULL
);
COMMIT;
"""
_PER_REQUEST: Final = 256
"""Bytes a request takes on disk beside its body."""
_SLICE: Final = 256 * 1024
_MOST_FILES: Final = 64
_UNWRITTEN: Final = 0
"""The number of a request that the disk did not take; those it did begin at 1."""


class SpoolTaken(LakeError):
    """Another living client holds this file."""


@dataclass(frozen=True, slots=True)
class Stowed:
    """One request that waits: `weight` is how many operations it stands for."""

    number: int
    key: str
    endpoint: str
    weight: int
    body: bytes | bytearray


class Spool:
    """Requests that wait, oldest first. Any thread may call; nothing here is called by a scene's.

    Args:
        path: The file; None keeps them in memory.
        limit_bytes: Most that may wait. One request is taken however large, if nothing waits.

    Raises:
        SpoolTaken: Another client has it.
        LakeError: It cannot be opened, or is something else.
    """

    def __init__(self, path: Path | None, limit_bytes: int) -> None:
        self.path, self._limit = path, limit_bytes
        self._turn = threading.Condition()
        self._ended = False
        self._done = 0  # up to this number all is answered, whether or not it could be deleted
        self._unwritten: Stowed | None = None
        self._database = _opened(path)
        row = self._database.execute(
            "SELECT coalesce(sum(weight), 0), coalesce(sum(length(body) + ?), 0) FROM requests",
            (_PER_REQUEST,),
        ).fetchone()
        self.operations, self._bytes = int(row[0]), int(row[1])

    def add(
        self, endpoint: str, weight: int, body: bytes | bytearray, key: str | None = None
    ) -> bool:
        """Keep a request; false, and nothing kept, where there is no room for it on disk.

        Where the disk takes nothing at all, one request is held in memory, so that a lake that is
        there is still told.
        """
        size, key = len(body) + _PER_REQUEST, key or str(uuid.uuid4())
        with self._turn:
            if self._bytes and self._bytes + size > self._limit:
                return False
            try:
                self._insert(key, endpoint, weight, body)
            except sqlite3.IntegrityError:
                return True  # taken over from another file before, and not removed there
            except sqlite3.Error as error:
                if self._bytes:
                    return False
                _log.warning("the spool %s cannot be written: %s", self.path, error)
                self._unwritten = Stowed(_UNWRITTEN, key, endpoint, weight, body)
            self.operations += weight
            self._bytes += size
            self._turn.notify_all()
            return True

    def first(self) -> Stowed | None:
        """The oldest request, as soon as there is one; None once the spool is ended."""
        with self._turn:
            while not self._ended:
                if self._unwritten is not None:
                    return self._unwritten
                row = self._database.execute(
                    "SELECT number, key, endpoint, weight FROM requests"
                    " WHERE number > ? ORDER BY number LIMIT 1",
                    (self._done,),
                ).fetchone()
                if row is not None:
                    number, key, endpoint, weight = row
                    return Stowed(number, key, endpoint, weight, self._body(number))
                self._turn.wait()
            return None

    def remove(self, stowed: Stowed) -> None:
        """Forget a request: it has been answered."""
        with self._turn:
            if stowed.number == _UNWRITTEN:
                self._unwritten = None
            else:
                self._done = stowed.number
                with contextlib.suppress(sqlite3.Error):  # sent again under its key, at worst
                    self._database.execute("DELETE FROM requests WHERE number <= ?", (self._done,))
            self.operations -= stowed.weight
            self._bytes -= len(stowed.body) + _PER_REQUEST
            self._turn.notify_all()

    def _insert(self, key: str, endpoint: str, weight: int, body: bytes | bytearray) -> None:
        """In slices: a large body copied at once would hold up every thread of Python."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            number = self._database.execute(
                "INSERT INTO requests (key, endpoint, weight, body) VALUES (?, ?, ?, zeroblob(?))",
                (key, endpoint, weight, len(body)),
            ).lastrowid
            assert number is not None
            with self._database.blobopen("requests", "body", number) as blob, memoryview(body) as b:
                for start in range(0, len(b), _SLICE):
                    blob.write(bytes(b[start : start + _SLICE]))
            self._database.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise

    def _body(self, number: int) -> bytearray:
        """Likewise."""
        body = bytearray()
        with self._database.blobopen("requests", "body", number, readonly=True) as blob:
            while piece := blob.read(_SLICE):
                body += piece
        return body

    def wait_for_room(self, seconds: float) -> None:
        """Until something has been removed, or the time is over."""
        with self._turn:
            self._turn.wait(seconds)

    def end(self) -> None:
        """Let whoever waits in `first` go."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()

    def close(self) -> None:
        """Let go of the file. Empty, it is removed; else it stays for the next client."""
        with self._turn:
            if self.path is not None and self._bytes == 0:
                # While it is still ours, and with nothing beside it that closing would remove.
                with contextlib.suppress(OSError, sqlite3.Error):
                    self._database.execute("PRAGMA journal_mode = DELETE")
                    self.path.unlink()
            self._database.close()


def spool_for(place: Path | bool, url: str, space_name: str, limit_bytes: int) -> Spool:
    """The spool a client is to use: a file of its own, the usual one (True), or memory (False)."""
    if place is False:
        return Spool(None, limit_bytes)
    if place is not True:
        return Spool(place, limit_bytes)
    stem = hashlib.sha256(f"{url.rstrip('/')}\n{space_name}".encode()).hexdigest()[:16]
    try:
        return _usual(usual_folder(), stem, limit_bytes)
    except (OSError, LakeError) as error:
        # An engine is not to fail for want of a home directory; what it loses by it is said.
        _log.warning("unsent changes are kept in memory alone: %s", error)
        return Spool(None, limit_bytes)


def usual_folder() -> Path:
    """Where clients keep what waits: `LAKE_SPOOL_DIR`, or the user's folder for state."""
    if given := os.environ.get("LAKE_SPOOL_DIR"):
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        state = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        state = home / "Library" / "Application Support"
    else:
        state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return state / "eustress-lake" / "unsent"


def _usual(folder: Path, stem: str, limit_bytes: int) -> Spool:
    """The first file of this lake and space that nobody holds, with what others left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    ours: Spool | None = None
    for number in range(1, _MOST_FILES):
        path = folder / f"{stem}-{number}.sqlite"
        if ours is not None and not path.exists():
            continue
        with contextlib.suppress(SpoolTaken):
            found = Spool(path, limit_bytes)
            if ours is None:
                ours = found
            else:
                _take_over(found, ours)
    if ours is None:
        raise LakeError(f"{_MOST_FILES} clients hold spools in {folder}")
    return ours


def _take_over(left: Spool, ours: Spool) -> None:
    """Move what a client that is gone left behind, under its keys, as far as there is room."""
    while left.operations:
        stowed = left.first()
        if stowed is None or not ours.add(stowed.endpoint, stowed.weight, stowed.body, stowed.key):
            break
        left.remove(stowed)
    left.close()


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(
            path or ":memory:", timeout=0.0, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise LakeError(f"the spool {path} cannot be opened: {error}") from None
    try:
        database.executescript(_SCHEMA)
    except sqlite3.Error as error:
        database.close()
        if "locked" in str(error):
            raise SpoolTaken(
                f"another client holds the spool {path}; give this one its own"
            ) from None
        raise LakeError(f"{path} is not a spool: {error}; move it away") from None
    if path is not None and not path.exists():  # its holder removed it as we came
        database.close()
        raise SpoolTaken(f"another client has just removed the spool {path}; try again")
    return database
