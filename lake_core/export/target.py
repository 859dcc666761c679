"""Whether an export can go where a person wants it, told beforehand in words that say what to do.

Owns the reading of a typed path and the look at the disk. It must not write an export.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lake_core.errors import ExportFailed, InvalidInput

LEAST_FREE: Final = 1 << 20
"""Bytes below which a disk counts as full: an export's own description takes some."""
_WORDS: Final = {
    errno.ENOSPC: "the disk is full: free some space, or choose a folder on another disk",
    errno.EDQUOT: "your quota is used up: free some space, or choose a folder on another disk",
    errno.EROFS: "the disk can only be read: choose a folder on another one",
    errno.EACCES: "you may not write there: choose another folder, such as one of your own",
    errno.EPERM: "you may not write there: choose another folder, such as one of your own",
    errno.ENAMETOOLONG: "the name is too long: choose a shorter one",
    errno.ENOENT: "nothing can be made there: choose another folder",
    errno.ENOTDIR: "a file is in the way: choose another folder",
    errno.EEXIST: "a file is in the way: choose another folder",
}


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """What a look at the disk said of a path as it was typed.

    `problem` is "" where nothing speaks against it, `nearest` the deepest folder of it that is
    there, `free` the bytes that its disk has room for; both None where they could not be told.
    `tried` is whether something was written there, too.
    """

    text: str
    problem: str = ""
    nearest: Path | None = None
    free: int | None = None
    tried: bool = False


def named_target(text: str) -> Path:
    """The directory that a typed text means, `~` being one's own; raises InvalidInput."""
    text = text.strip()
    if not text:
        raise InvalidInput("name a folder")
    try:
        directory = Path(text).expanduser()
    except RuntimeError:
        raise InvalidInput(f"{Path(text).parts[0]} is nobody's folder here") from None
    if "\0" in text or not directory.is_absolute():
        raise InvalidInput(f"write the whole path, such as {Path('~/lake-exports/walk')}")
    return directory


def check_target(text: str, *, really: bool = False) -> TargetCheck:
    """Look whether an export could be written there; `really` makes its parents, and tries.

    Blocks as long as the disk does.
    """
    return replace(_looked(text, really=really), tried=really)


def make_parent(directory: Path) -> None:
    """Have the folder that an export is to stand in, and try it; raises ExportFailed."""
    parent = directory.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        os.rmdir(tempfile.mkdtemp(prefix=f".{directory.name}.partial-", dir=parent))
    except OSError as error:
        raise ExportFailed(f"nothing can be written to {parent}: {why(error)}") from error


def why(error: Exception) -> str:
    """What went wrong with a file, and what to do about it."""
    said = _WORDS.get(error.errno or 0) if isinstance(error, OSError) else None
    return said or str(error)


def _looked(text: str, *, really: bool) -> TargetCheck:
    try:
        directory = named_target(text)
    except InvalidInput as error:
        return TargetCheck(text, str(error))
    nearest = None
    try:
        if _is_there(directory):
            return TargetCheck(text, "it exists already, and an export makes its own: add a name")
        nearest = _nearest(directory.parent)
        problem = _problem(nearest)
        if really and not problem:
            make_parent(directory)
        return TargetCheck(text, problem, nearest, shutil.disk_usage(nearest).free)
    except (OSError, ExportFailed) as error:
        return TargetCheck(text, why(error), nearest if nearest and nearest.is_dir() else None)


def _is_there(path: Path) -> bool:
    """Unlike `exists`, true for a link that leads nowhere; raises OSError where it cannot tell."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _nearest(path: Path) -> Path:
    """The deepest of a folder and those that hold it that is there."""
    return next(one for one in (path, *path.parents) if _is_there(one))


def _problem(nearest: Path) -> str:
    """What speaks against making something in what is there; "" for nothing."""
    if not nearest.is_dir():
        return f"{nearest} is a file, not a folder: choose another folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        read_only = bool(os.statvfs(nearest).f_flag & os.ST_RDONLY)
        return f"in {nearest} {_WORDS[errno.EROFS if read_only else errno.EACCES]}"
    disk = shutil.disk_usage(nearest)
    is_full = disk.total > 0 and disk.free < LEAST_FREE  # some tell of no size at all
    return _WORDS[errno.ENOSPC] if is_full else ""
