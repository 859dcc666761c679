"""What says that the window does not show the present: a badge over the scene, a frame around all.

Follows the session's instant by itself. Knows no lake; is told how much has changed since.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from studio.models.time_words import ago_words, clock_words
from studio.painting import guarded
from studio.panels.chrome import quiet_label
from studio.session import Session
from studio.theme import ICON_SIZE, THEME, icon, styled, text_font

FRAME: Final = 3
"""Pixels of colour around the window."""
SOON_MS: Final = 40
"""A hand moves faster than anyone reads: the badge is brought up to date no more often."""
NARROW: Final = 620
"""In less room than this the badge says only the time."""


class PastBadge(QFrame):
    """PAST, the time, how long ago, what changed since, and the way back."""

    resized = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._changes = 0
        self._is_narrow = self._is_reading = False
        self._word, self._time = QLabel("PAST"), QLabel()
        self._ago, self._news = quiet_label(), quiet_label()
        self.live = QToolButton()
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._tell)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._tell)
        self._build()
        session.instant_changed.connect(self._show_instant)
        self.hide()

    @property
    def words(self) -> str:
        """All it says."""
        parts = (self._word, self._time, self._ago, self._news)
        return "  ".join(part.text() for part in parts if part.text())

    def show_changes_since(self, count: int) -> None:
        """How many changes the lake has taken in since the instant shown."""
        words = f"{count:,} change{'' if count == 1 else 's'} since" if count > 0 else ""
        if words != self._news.text():
            self._news.setText(words)
            self._refit()

    def show_reading(self, is_reading: bool) -> None:
        """Whether the scene shown is yet to become that of the time said."""
        if is_reading != self._is_reading:
            self._is_reading = is_reading
            self._tell()

    def fit_into(self, width: int) -> None:
        """Say less where there is little room."""
        self._is_narrow = width < NARROW
        self._refit()

    def _build(self) -> None:
        self.setObjectName("PastBadge")
        styled(
            self,
            lambda: (
                f"#PastBadge {{ background: {THEME.panel}; border: 1px solid {THEME.past};"
                " border-radius: 8px; }"
            ),
        )
        self._word.setFont(text_font(11, medium=True))
        styled(
            self._word,
            lambda: (
                f"background: {THEME.past}; color: {THEME.ground}; border-radius: 4px;"
                " padding: 2px 7px;"
            ),
        )
        self._time.setFont(text_font(14, medium=True))
        styled(self._time, lambda: f"color: {THEME.past};")
        self.live.setText("Go live")
        self.live.setIcon(icon("mdi6.skip-forward", THEME.text))
        self.live.setIconSize(ICON_SIZE)
        self.live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.live.setToolTip("Back to the present  (End)")
        self.live.setCursor(Qt.CursorShape.ArrowCursor)
        self.live.clicked.connect(lambda: self._session.show_instant(None))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 4, 4)
        row.setSpacing(10)
        for widget in (self._word, self._time, self._ago, self._news, self.live):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def _show_instant(self, instant: datetime | None) -> None:
        if instant is None:
            self.hide()
            self._clock.stop()
            self._news.clear()
            self._is_reading = False
        elif not self.isVisible():
            self._tell()
            self.show()
        elif not self._soon.isActive():
            self._soon.start()

    def _tell(self) -> None:
        instant = self._session.instant
        if instant is None:
            return
        self._time.setText(clock_words(instant))
        ago = "reading\u2026" if self._is_reading else ago_words(instant, datetime.now(UTC))
        self._ago.setText(ago)
        self._refit()
        self._clock.start()

    def _refit(self) -> None:
        self._ago.setVisible(not self._is_narrow)
        self._news.setVisible(bool(self._news.text()) and not self._is_narrow)
        wanted = self.sizeHint()
        if wanted != self.size():
            self.resize(wanted)
            self.resized.emit()


class PastFrame(QWidget):
    """A line of the past's colour around a whole window; lets every click through."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        window.installEventFilter(self)
        session.instant_changed.connect(self._show_instant)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._surround()
        return False

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """All of it that the mask leaves."""
        QPainter(self).fillRect(self.rect(), QColor(THEME.past))

    def _show_instant(self, instant: datetime | None) -> None:
        if instant is None:
            self.hide()
        elif not self.isVisible():
            self._surround()
            self.show()
            self.raise_()

    def _surround(self) -> None:
        """Only the rim is there at all, so that what is inside repaints without it."""
        whole = QRect(0, 0, self._window.width(), self._window.height())
        self.setGeometry(whole)
        inner = whole.adjusted(FRAME, FRAME, -FRAME, -FRAME)
        self.setMask(QRegion(whole).subtracted(QRegion(inner)))
