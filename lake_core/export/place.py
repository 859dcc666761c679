"""Where an export is written: beside its target, so that a directory that exists is complete.

Owns the partial directory `.NAME.partial-…`, its cleaning up, and the move into place. A live
export holds a lock on its partial directory; what is not locked was left by one that was killed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lake_core.errors import ExportFailed
from lake_core.export.shards import make_durable


@contextmanager
def written_beside(target: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A partial directory to write to, and a function that moves it to `target`.

    What is left of it when the block ends without the move is removed. Raises ExportFailed where
    the target exists or its parent is not a directory one can write to.
    """
    target = Path(os.path.abspath(target))
    _refuse_existing(target)
    _refuse_missing_parent(target.parent)
    clean_leftovers(target)
    partial = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    lock = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        partial.chmod(0o777 & ~_umask())
        yield partial, lambda: _move(partial, target)
    finally:
        os.close(lock)
        shutil.rmtree(partial, ignore_errors=True)


def clean_leftovers(target: Path) -> None:
    """Remove partial directories that exports to `target` left when they were killed."""
    for leftover in target.parent.iterdir():
        if leftover.name.startswith(_prefix(target)) and not _in_use(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def write_text(path: Path, text: bytes) -> None:
    """A small file, durable when this returns."""
    with path.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _prefix(target: Path) -> str:
    return f".{target.name}.partial-"


def _in_use(partial: Path) -> bool:
    """Whether an export holds its lock; not ours to touch is in use too."""
    try:
        descriptor = os.open(partial, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _move(partial: Path, target: Path) -> None:
    for folder in (path for path in partial.iterdir() if path.is_dir()):
        make_durable(folder)
    make_durable(partial)
    _refuse_existing(target)
    partial.rename(target)
    make_durable(target.parent)


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise ExportFailed(f"{target} exists already; choose a new name, or remove it first")


def _refuse_missing_parent(parent: Path) -> None:
    if not parent.is_dir():
        raise ExportFailed(f"{parent} is not a directory; make it first")


def _umask() -> int:
    """The process's umask; it can only be read by setting it, which other threads might see.

    /proc says it without that; elsewhere the usual one is taken.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0o022
    return next(
        (int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")),
        0o022,
    )
