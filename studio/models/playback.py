"""Plays the past: moves the session's instant on with the clock, at a chosen rate.

Knows the session and time; reads nothing, but is told when the next change comes, and passes over
longer times without any. Whoever shows instants may lag: only the latest counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from studio.session import Session

RATES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
TICK_MS: Final = 40
LONGEST_WAIT: Final = 1.0
"""Seconds of playing without a change; where there would be more, the rest is passed over."""
LEAD: Final = 0.5
"""Seconds of playing that are left before the next change, then."""


class Playback(QObject):
    """Plays from the instant shown up to the present, and there stops."""

    changed = Signal()  # it plays or not, or at another rate
    next_wanted = Signal(object)  # datetime: `tell_next` is to say when a change comes after it
    skipped = Signal(float)  # seconds without changes that were passed over

    def __init__(
        self,
        session: Session,
        first_instant: Callable[[], datetime | None],
        parent: QObject | None = None,
    ) -> None:
        """`first_instant` says where to begin for someone who looks at the present."""
        super().__init__(parent)
        self._session, self._first_instant = session, first_instant
        self._rate = 1.0
        self._ticked = 0.0
        self._asked: datetime | None = None  # after when the next change was asked for
        self._quiet: tuple[datetime, datetime | None] | None = None  # up to the next change
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        session.instant_changed.connect(self._instant_changed)

    @property
    def is_playing(self) -> bool:
        """Whether time moves."""
        return self._timer.isActive()

    @property
    def rate(self) -> float:
        """Seconds of the past a second."""
        return self._rate

    def toggle(self) -> None:
        """Play, or stop."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def play(self) -> None:
        """Play on from the instant shown; from the beginning where that is the present."""
        start = self._session.instant or self._first_instant()
        if start is None or not self._session.space_name:
            return
        self._ticked = time.monotonic()
        self._asked = self._quiet = None
        self._timer.start()
        self._session.show_instant(start)
        self.changed.emit()

    def stop(self) -> None:
        """Stay at the instant shown."""
        if self.is_playing:
            self._timer.stop()
            self.changed.emit()

    def set_rate(self, rate: float) -> None:
        """Play at this rate from now on."""
        if rate != self._rate:
            self._rate = rate
            self.changed.emit()

    def shift_rate(self, by: int) -> None:
        """The next faster rate, or slower ones for a negative `by`."""
        at = RATES.index(self._rate) + by
        self.set_rate(RATES[min(max(at, 0), len(RATES) - 1)])

    def _tick(self) -> None:
        now = time.monotonic()
        passed, self._ticked = now - self._ticked, now
        instant = self._session.instant
        if instant is None:
            self.stop()
            return
        further = self._beyond_quiet(instant + timedelta(seconds=passed * self._rate))
        is_past = further is not None and further < datetime.now(UTC)
        self._session.show_instant(further if is_past else None)

    def tell_next(self, asked: datetime, found: datetime | None) -> None:
        """The first change after `asked` comes then; None where none came until now."""
        if asked == self._asked:
            self._asked, self._quiet = None, (asked, found)

    def _beyond_quiet(self, instant: datetime) -> datetime | None:
        """The same instant, or where to go on when nothing changes for long; None: now."""
        start, stop = self._quiet or (instant, instant)
        end = stop or datetime.now(UTC)
        if not start <= instant < end:
            if self._asked is None:
                self._asked = instant
                self.next_wanted.emit(instant)
            return instant
        if end - instant <= timedelta(seconds=LONGEST_WAIT * self._rate):
            return instant
        beyond = None if stop is None else stop - timedelta(seconds=LEAD * self._rate)
        self.skipped.emit(((beyond or end) - instant).total_seconds())
        return beyond

    def _instant_changed(self, instant: datetime | None) -> None:
        if instant is None:
            self.stop()
