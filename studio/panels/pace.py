"""When a view draws what changed by itself: in a turn of its own, and after a rest.

The rest is as long as the drawing took, so that a huge scene in motion leaves the window half of
its time. What a hand does is not to wait for it. Knows no view.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer


class Pace(QTimer):
    """`timeout` when it is time to draw."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent, singleShot=True)

    def ask(self) -> None:
        """Something changed by itself; `timeout` comes in another turn of the event loop."""
        if not self.isActive():
            self.start(0)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While something is drawn; then the rest begins."""
        began = time.perf_counter()
        yield
        self.start(int((time.perf_counter() - began) * 1000))
