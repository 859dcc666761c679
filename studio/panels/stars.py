"""Five stars to rate by: a click, an arrow or a digit. Emits the rating; keeps no snapshot."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.painting import guarded
from studio.theme import THEME, icon, paint_icon

MOST: Final = 5
STEP: Final = 24
STAR: Final = 20
DIGITS: Final = tuple(range(Qt.Key.Key_0, Qt.Key.Key_5 + 1))


def rating_of_key(key: int) -> int | None:
    """The rating a digit stands for, 0 for none; None where the key is no such digit."""
    return DIGITS.index(key) if key in DIGITS else None


class Stars(QWidget):
    """A rating of 1 to 5, or none."""

    rated = Signal(object)  # int, or None to take it away

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rating, self._hovered = 0, 0
        self.setFixedSize(QSize(STEP * MOST, STEP))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Click, or press 1 to 5; 0 or the same star takes the rating away")
        self.show_rating(None)

    @property
    def rating(self) -> int | None:
        """What is shown."""
        return self._rating or None

    def show_rating(self, rating: int | None) -> None:
        """Show this one."""
        self._rating = rating or 0
        self.setAccessibleName(f"Rating: {self._rating} of {MOST}" if rating else "Not rated")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would give."""
        self._hovered = self._star_at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Show what there is again."""
        self._hovered = 0
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Rate; the same star again takes it away."""
        star = self._star_at(event.position().x())
        self._rate(0 if star == self._rating else star)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit says it, arrows go up and down."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        digit = rating_of_key(event.key())
        if digit is not None:
            self._rate(digit)
        elif event.key() in steps:
            self._rate(min(max(self._rating + steps[Qt.Key(event.key())], 0), MOST))
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Full stars up to the rating, or to the pointer."""
        painter = QPainter(self)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(THEME.accent), 1.0))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)
        lit = self._hovered or self._rating
        for star in range(MOST):
            full = star < lit
            name = "mdi6.star" if full else "mdi6.star-outline"
            colour = THEME.text if full else THEME.text_quiet
            left = star * STEP + (STEP - STAR) / 2
            paint_icon(painter, icon(name, colour), left, self.height() / 2, STAR)
        painter.end()

    def _star_at(self, x: float) -> int:
        return min(max(int(x // STEP) + 1, 1), MOST)

    def _rate(self, rating: int) -> None:
        if rating != self._rating:
            self.show_rating(rating or None)
            self.rated.emit(rating or None)
