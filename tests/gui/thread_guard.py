"""Catches database, file and socket work that the Studio does on the window's thread.

Files and sockets are heard of through Python's audit events; PostgreSQL through the one method of
psycopg that waits for it, as libpq tells Python nothing; settings, which Qt writes by itself,
through QSettings' own methods. Work counts where a frame of `studio` is on the stack of the main
thread: what a test does itself is the test's own affair. Importing is passed over, as Python does
it once.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import psycopg
from PySide6.QtCore import QSettings

EVENTS: Final = frozenset(
    {
        *("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.truncate"),
        *("sqlite3.connect", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"),
        *("shutil.copyfile", "shutil.move", "shutil.rmtree", "glob.glob"),
    }
)
STUDIO: Final = str(Path(__file__).resolve().parents[2] / "studio")
HARMLESS: Final = (sys.prefix, sys.base_prefix, "/proc/")
"""What is installed is read as it is first used; the last is no disk, the kernel answers."""
IMPORTING: Final = ("<frozen importlib", "importlib/")

_found: list[str] | None = None


@contextmanager
def watched() -> Iterator[list[str]]:
    """What was caught while this lasts: an event and where it came from."""
    global _found
    found: list[str] = []
    _found = found
    try:
        yield found
    finally:
        _found = None


def _studio_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the Studio's; None where there is none, or something is imported."""
    ours: FrameType | None = None
    while frame is not None:
        file = frame.f_code.co_filename
        if any(word in file for word in IMPORTING):
            return None
        if ours is None and file.startswith(STUDIO):
            ours = frame
        frame = frame.f_back
    return ours


def _note(what: str, frame: FrameType) -> None:
    found = _found
    if found is None or threading.current_thread() is not threading.main_thread():
        return
    ours = _studio_frame(frame)
    if ours is not None:
        where = traceback.extract_stack(ours, limit=1)[0]
        found.append(f"{what} from {where.filename}:{where.lineno} in {where.name}")


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _found is not None and event in EVENTS and not _is_harmless(arguments):
        _note(f"{event} {arguments[:1]}", sys._getframe(1))


def _is_harmless(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments) and str(arguments[0]).startswith(HARMLESS)


_wait = psycopg.Connection.wait


def _waits(self: psycopg.Connection[Any], *arguments: Any, **named: Any) -> Any:
    if _found is not None:
        _note("waiting for PostgreSQL", sys._getframe(1))
    return _wait(self, *arguments, **named)


psycopg.Connection.wait = _waits  # type: ignore[method-assign]


def _noting(name: str) -> None:
    """Qt writes settings past Python: what leads to that is noted, in whichever call it happens."""
    method = getattr(QSettings, name)

    def call(self: QSettings, *arguments: Any) -> Any:
        if _found is not None:
            _note(f"QSettings.{name}", sys._getframe(1))
        return method(self, *arguments)

    setattr(QSettings, name, call)


for _name in ("setValue", "remove", "clear", "sync"):
    _noting(_name)
sys.addaudithook(_heard)
