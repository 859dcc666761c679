"""One PostgreSQL server process: started, found again by its pid file, asked, and stopped.

Owns the command line and the settings of the embedded server. It must not know who shares the
server or when it should stop; that is `embedded`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from lake_core.errors import DatabaseUnavailable
from lake_core.store.place import Place

ROLE = "lake"
PORT = 5432
POLL_S = 0.02
# Crash recovery of a full write-ahead log on a slow disk takes minutes.
START_S = 300.0
STOP_S = 60.0
# `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero among them.
_SOCKET_PATH_BYTES = 103
_TEMPORARY = "eustress-lake-socket-"

_SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "max_connections": "50",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    # A failed statement can hold megabytes of a scene; its error is enough.
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server process, as its `postmaster.pid` describes it."""

    pid: int
    data: Path
    socket_dir: Path
    status: str  # "starting", "ready", "stopping", "standby"

    @classmethod
    def recorded(cls, data: Path) -> Postmaster | None:
        """The server that the pid file of `data` speaks of, living or dead."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        try:
            return cls(int(lines[0]), data, Path(lines[4]), lines[7].strip())
        except (IndexError, ValueError):  # caught while it was being written
            return None

    @classmethod
    def find(cls, data: Path) -> Postmaster | None:
        """The living server of the data directory `data`, or None."""
        found = cls.recorded(data)
        return found if found is not None and found.is_alive() else None

    def is_alive(self) -> bool:
        """Whether the process is a server of this data directory, not one that got its number."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return os.path.samefile(process.cwd(), self.data)
        except (psutil.Error, OSError):
            return False

    @property
    def socket_lock(self) -> Path:
        """The file that holds its number beside its socket."""
        return self.socket_dir / f".s.PGSQL.{PORT}.lock"

    def conninfo(self, database: str) -> str:
        """The connection string of one of its databases."""
        return make_conninfo(host=str(self.socket_dir), port=PORT, user=ROLE, dbname=database)

    def answers(self) -> bool:
        """Whether it takes connections now."""
        try:
            psycopg.connect(self.conninfo("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Shut down with every commit on disk; connections that are open are closed.

        Raises:
            DatabaseUnavailable: It does not stop, not even when told to drop everything.
        """
        # SIGINT: fast shutdown. SIGQUIT: at once; the next start recovers from the log.
        for request in (signal.SIGINT, signal.SIGQUIT):
            try:
                os.kill(self.pid, request)
            except ProcessLookupError:
                break
            if wait_until(lambda: not self.is_alive(), STOP_S):
                break
        else:
            raise DatabaseUnavailable(f"PostgreSQL (process {self.pid}) does not stop")
        self.tidy()

    def tidy(self) -> None:
        """After it ended: remove the folder that was made for its socket alone."""
        if self.socket_dir.name.startswith(_TEMPORARY):
            shutil.rmtree(self.socket_dir, ignore_errors=True)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll `condition`; whether it came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def launch(place: Place) -> Postmaster:
    """Start a server on the place's cluster and wait until it takes connections.

    Raises:
        DatabaseUnavailable: It ended or did not get ready; the message ends with its log.
    """
    socket_dir = _make_socket_dir(place)
    process = _spawn(place, socket_dir)
    # Someone must read the exit code of a child, or it stays in the process table.
    threading.Thread(target=process.wait, name="postgres-exit", daemon=True).start()
    server = Postmaster(process.pid, place.data, socket_dir, "starting")
    ended_or_ready = wait_until(lambda: process.poll() is not None or server.answers(), START_S)
    if process.poll() is not None:
        raise DatabaseUnavailable(f"PostgreSQL does not start: {log_tail(place)}")
    if not ended_or_ready:
        raise DatabaseUnavailable(
            f"PostgreSQL is still not ready after {START_S:.0f} s; it goes on: try again later"
        )
    return server


def _spawn(place: Place, socket_dir: Path) -> subprocess.Popen[bytes]:
    settings = _SERVER_SETTINGS | {
        "unix_socket_directories": str(socket_dir),
        "log_directory": str(place.logs),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (place.root / "start.log").open("wb") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [place.programs / "postgres", "-D", place.data, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=place.root,
            env=clean_environment(),
            # Out of our process group: Ctrl+C must reach us, and not the server before we commit.
            start_new_session=True,
            **place.account.process_options(),  # type: ignore[call-overload]
        )
    return process


def clean_environment() -> dict[str, str]:
    """An environment in which no PG* variable of the user's bends the server."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _make_socket_dir(place: Place) -> Path:
    """A folder for the socket: in the cluster if the path is short and plain, else temporary."""
    beside = place.root / "socket"
    path = str(beside / f".s.PGSQL.{PORT}")
    # A comma separates hosts in a connection string and folders in the server's setting.
    if len(os.fsencode(path)) > _SOCKET_PATH_BYTES or any(mark in path for mark in ',"\\'):
        beside = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir="/tmp"))
    place.make_private(beside)
    return beside


def log_tail(place: Place, lines: int = 5) -> str:
    """The last lines the server wrote, on one line."""
    logs = (place.root / "start.log", *place.logs.glob("*.log"))
    written = [path for path in logs if path.exists() and path.stat().st_size]
    if not written:
        return "it wrote no log"
    newest = max(written, key=lambda path: path.stat().st_mtime)
    text = newest.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"{' / '.join(text[-lines:])} ({newest})"
