"""The embedded PostgreSQL: made once a data directory, shared by whoever uses it, then stopped.

Owns who may start and stop the server. Every user holds a shared lock for as long as it lives,
and the kernel drops the lock of one that is killed; so whoever leaves last knows that it is last,
and a server whose users all died is found and adopted by the next. It must not know what is kept
in the database.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import psycopg

from lake_core.errors import DatabaseUnavailable
from lake_core.store.place import Place, prepare
from lake_core.store.postmaster import (
    ROLE,
    START_S,
    Postmaster,
    clean_environment,
    launch,
    log_tail,
    wait_until,
)

DATABASE = "lake"
# After a server was killed, its children need a moment to notice and let go of their memory.
_ORPHANS_S = 10.0
# What the system answers where a folder is no place to keep anything.
_NOT_A_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})


class EmbeddedPostgres:
    """One process's hold on the server of a data directory.

    Several processes, or several of these in one process, may hold the same server.
    """

    def __init__(self, place: Place, server: Postmaster, hold: IO[bytes]) -> None:
        self._place = place
        self._hold = hold
        self.url = server.conninfo(DATABASE)

    @classmethod
    def start(cls, data_dir: Path) -> EmbeddedPostgres:
        """Make the cluster if there is none, start its server if none runs, and hold it.

        Blocks for about half a second the first time, a tenth later; longer where the server
        must recover from a crash.

        Raises:
            DatabaseUnavailable: It cannot be started; the message says why, with the end of the
                server's log where there is one.
        """
        try:
            place = prepare(data_dir.expanduser().absolute())
            with _exclusive(place.root / "start.lock"):
                _make_cluster(place)
                server = _running_server(place)
                _make_database(server)
                return cls(place, server, _share(place.root / "users.lock"))
        except (OSError, psycopg.Error) as error:
            raise DatabaseUnavailable(_why_not(error)) from error

    def stop(self) -> None:
        """Let go of the server; the last to do so stops it, with every commit on disk.

        Raises:
            DatabaseUnavailable: The server does not stop, or its folder is gone.
        """
        if self._hold.closed:
            return
        try:
            with _exclusive(self._place.root / "start.lock"):
                self._hold.close()
                self._stop_if_last()
        except OSError as error:
            raise DatabaseUnavailable(
                f"the embedded PostgreSQL cannot be stopped: {error}"
            ) from error

    def _stop_if_last(self) -> None:
        server = Postmaster.find(self._place.data)
        if server is not None and not _is_held(self._place.root / "users.lock"):
            server.stop()


def _why_not(error: OSError | psycopg.Error) -> str:
    """What keeps it from starting; where it is the folder, what to do about that."""
    if isinstance(error, OSError) and error.errno in _NOT_A_PLACE and error.filename:
        return (
            f"nothing can be written at {error.filename} ({error.strerror}): choose another "
            "data directory with --data-dir, or make this one writable"
        )
    return f"the embedded PostgreSQL cannot be used: {error}"


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Keep every other process out of starting and stopping this cluster's server."""
    with path.open("ab") as lock:
        if not wait_until(lambda: _try_lock(lock, fcntl.LOCK_EX), START_S):
            raise DatabaseUnavailable(f"another process has been starting the server: {path}")
        yield


def _try_lock(lock: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _share(path: Path) -> IO[bytes]:
    lock = path.open("ab")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _is_held(path: Path) -> bool:
    with path.open("ab") as lock:
        return not _try_lock(lock, fcntl.LOCK_EX)


def _make_cluster(place: Place) -> None:
    """Run `initdb` beside and move the result into place: a cluster that exists is complete."""
    if place.data.exists():
        return
    for unfinished in place.root.glob("unfinished-*"):
        shutil.rmtree(unfinished)
    fresh = Path(tempfile.mkdtemp(prefix="unfinished-", dir=place.root))
    place.make_private(fresh)
    _run_initdb(place, fresh)
    fresh.rename(place.data)
    _sync(place.root)


def _run_initdb(place: Place, fresh: Path) -> None:
    # C.UTF-8 sorts by code point on every system and still knows the case of every letter.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    who = ["--auth=trust", f"--username={ROLE}"]  # the folder of the socket keeps others out
    done = subprocess.run(
        [place.programs / "initdb", "-D", fresh, "--encoding=UTF8", *locale, *who],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=place.root,
        env=clean_environment(),
        start_new_session=True,
        **place.account.process_options(),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        said = " / ".join(done.stderr.strip().splitlines()[-5:])
        raise DatabaseUnavailable(f"the database cannot be made in {place.root}: {said}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _running_server(place: Place) -> Postmaster:
    """The server of this cluster: the one that runs, if it answers, else a new one."""
    recorded = Postmaster.recorded(place.data)
    if recorded is not None:
        if recorded.answers() or _becomes_ready(recorded):
            return recorded
        _clear_the_way(recorded)
    return _launch_past_orphans(place)


def _becomes_ready(server: Postmaster) -> bool:
    """Whether a server that is there takes connections, recovery from a crash allowed for."""

    def settled() -> bool:
        now = Postmaster.find(server.data)
        return now is None or now.status == "ready" or now.answers()

    return wait_until(settled, START_S) and server.is_alive() and server.answers()


def _clear_the_way(recorded: Postmaster) -> None:
    """Stop a server that no longer answers, and tidy up after one that is gone.

    PostgreSQL drops stale lock files itself, except where their number belongs to another process
    of the same account by now, or still to a dead one whose parent has not taken note: then it
    would refuse to start, maybe for ever.
    """
    if recorded.is_alive():
        recorded.stop()
        return
    recorded.tidy()
    if psutil.pid_exists(recorded.pid):
        (recorded.data / "postmaster.pid").unlink(missing_ok=True)
        recorded.socket_lock.unlink(missing_ok=True)


def _launch_past_orphans(place: Place) -> Postmaster:
    started: list[Postmaster] = []

    def attempt() -> bool:
        try:
            started.append(launch(place))
        except DatabaseUnavailable:
            if "shared memory block" not in log_tail(place):
                raise
            return False
        return True

    if not wait_until(attempt, _ORPHANS_S):
        raise DatabaseUnavailable(f"PostgreSQL does not start: {log_tail(place)}")
    return started[0]


def _make_database(server: Postmaster) -> None:
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")  # a constant: nothing to quote
