"""Which window of time is shown: all of history up to the present, until a person moves it.

Owns the clock that makes the present advance, no faster than it moves a pixel. Knows times as
numbers; knows no snapshot, no mouse and no painting.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from studio.render.time_axis import TimeWindow

FIRST_SPAN: Final = 600.0
"""Seconds shown before there is anything to show."""
SHORTEST_SPAN: Final = 10.0
AHEAD: Final = 0.06
"""Room kept right of the present, as a share of the history shown."""
ARCHIVED: Final = 0.2
"""Room for what is archived, as a share of the history that is here."""
FASTEST_MS, SLOWEST_MS = 66, 1000
"""Between two paints of the present as it moves on: each costs some 4 ms."""


class TimeNavigator(QObject):
    """Holds `window`; emits `moved` when it or the present is elsewhere."""

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.window = TimeWindow(time.time() - 0.9 * FIRST_SPAN, FIRST_SPAN, 600.0)
        self.follows = True
        self.held = False  # while a hand is on it, it stands still
        self._oldest: float | None = None
        self._archived: float | None = None
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._advance)

    def run(self, running: bool) -> None:
        """Let the present advance, or not, such as while nobody sees it."""
        self._set_pace()
        if running:
            self._clock.start()
        else:
            self._clock.stop()

    def resize(self, width: float) -> None:
        """The axis has another width in pixels."""
        self.window = self.window.resized(width)

    def move(self, window: TimeWindow) -> None:
        """A person moved the window: the present is followed no longer."""
        self.window = window
        self.follows = False
        self._set_pace()
        self.moved.emit()

    def history_changed(self, oldest: float | None, archived: float | None = None) -> None:
        """History goes back to `oldest`, and what of it is archived to `archived`."""
        other = (oldest, archived) != (self._oldest, self._archived)
        self._oldest, self._archived = oldest, archived
        if self.follows and not self.held and (other or self._present_leaves()):
            self._show_all()

    def fit(self) -> None:
        """Show all of history that is here, and the present, and follow it from here on."""
        self.follows = True
        self._show_all()

    def _advance(self) -> None:
        if self.follows and not self.held and self._present_leaves():
            self._show_all()
        else:
            self.moved.emit()

    def _present_leaves(self) -> bool:
        return time.time() > self.window.stop - 0.02 * self.window.seconds

    def _show_all(self) -> None:
        now = time.time()
        oldest = now - FIRST_SPAN if self._oldest is None else self._oldest
        oldest = min(oldest, now - SHORTEST_SPAN)
        if self._archived is not None and self._archived < oldest:
            # What is here is what one works with: of a long archive only the near end is shown.
            oldest = max(self._archived, oldest - ARCHIVED * (now - oldest))
        self.window = self.window.showing(oldest, now + AHEAD * (now - oldest), 0.03)
        self._set_pace()
        self.moved.emit()

    def _set_pace(self) -> None:
        pause = int(min(max(self.window.seconds_per_pixel * 1000, FASTEST_MS), SLOWEST_MS))
        if self._clock.interval() != pause:
            self._clock.setInterval(pause)
