"""When a view draws what changed by itself: in a turn of its own, and after a rest.

The rest is as long as the drawing took, so that a huge scene in motion leaves the window half of
its time. What a hand does is not to wait for it. Knows no view.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Signal


class Pace(QObject):
    """`due` when it is time to draw."""

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self, singleShot=True)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._turn.start)
        self._turn.timeout.connect(self.due)

    def ask(self) -> None:
        """Something changed by itself; `due` comes in another turn of the event loop.

        It is not the turn in which the rest ends: what other panels then want painted is painted
        in between, and not together with what is drawn here.
        """
        if not (self._rest.isActive() or self._turn.isActive()):
            self._rest.start(0)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While something is drawn; then the rest begins."""
        began = time.perf_counter()
        yield
        self._rest.start(int((time.perf_counter() - began) * 1000))
