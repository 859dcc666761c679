"""An event loop of Qt's for one test among many."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import qasync
from PySide6.QtWidgets import QApplication

_closed: Final[list[qasync.QEventLoop]] = []
"""Kept for good. Whatever still waited when a loop was closed is a timer of Qt's that goes on: a
loop that a worker's turn of the garbage collector destroyed meanwhile took the process down.
"""


@contextmanager
def qt_loop(app: QApplication) -> Iterator[qasync.QEventLoop]:
    """The loop of this thread while this lasts."""
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.close()
        asyncio.set_event_loop(None)
        _closed.append(loop)
