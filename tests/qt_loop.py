"""An event loop of Qt's for one test among many."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import qasync
from PySide6.QtWidgets import QApplication


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
