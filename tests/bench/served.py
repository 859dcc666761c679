"""A `lake-server` of one's own in a process of its own, for benchmarks that go over HTTP."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lake_core.store.embedded import EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its port, its process id, and the database behind it."""

    port: int
    pid: int
    database_url: str


@contextmanager
def scratch() -> Iterator[Path]:
    """A data directory that root's helper account can enter, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lake-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serve(*flags: str) -> Iterator[Served]:
    """Start `lake-server` on a free port over an empty embedded lake."""
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        command = [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(folder)]
        process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = urlsplit(line.removeprefix("listening on ").strip()).port
            assert port is not None, line
            yield Served(port, process.pid, database.url)
        finally:
            process.terminate()
            process.wait(30)
            database.stop()
