"""The row of one flux position in the legend, and its mark as the scene draws it.

Draws and emits clicks; knows no session.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QSizePolicy,
    QWidget,
)

from studio.painting import guarded
from studio.theme import (
    SACRED_NAMES,
    THEME,
    flux_colour,
    text_font,
)

ROW_HEIGHT: Final = 21
WIDTH: Final = 172


def paint_flux_mark(
    painter: QPainter, centre: QPointF, position: int, radius: float = 4.0, *, on: bool = True
) -> None:
    """The mark of a flux position as the scene draws it: a disc, ringed where sacred."""
    colour = flux_colour(position)
    painter.setPen(Qt.PenStyle.NoPen if on else QPen(QColor(THEME.line_strong), 1.2))
    painter.setBrush(colour if on else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius, radius)
    if position in SACRED_NAMES:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour if on else QColor(THEME.line_strong), 1.1))
        painter.drawEllipse(centre, radius + 2.6, radius + 2.6)


class FluxRow(QAbstractButton):
    """One position: mark, digit, name, count. Checked means shown."""

    isolate_requested = Signal(int)

    def __init__(self, position: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.position = position
        self.count = 0
        self.setCheckable(True)
        self.setChecked(True)
        self.setFixedHeight(ROW_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Flux {position} {SACRED_NAMES.get(position, '')}".strip())
        self.setToolTip("Click to hide or show.  Alt-click or double-click for this one alone.")

    def set_count(self, count: int) -> None:
        """How many entities hold this position."""
        if count != self.count:
            self.count = count
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 16, ROW_HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.isolate_requested.emit(self.position)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.isolate_requested.emit(self.position)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        on = self.isChecked()
        paint_flux_mark(painter, QPointF(14, self.height() / 2), self.position, on=on)
        self._paint_texts(painter, on and self.count > 0)
        painter.end()

    def _paint_texts(self, painter: QPainter, strong: bool) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        quiet = QColor(THEME.text_quiet)
        painter.setFont(text_font(12, medium=self.position in SACRED_NAMES))
        painter.setPen(QColor(THEME.text) if strong else quiet)
        painter.drawText(self.rect().adjusted(29, 0, 0, 0), middle, str(self.position))
        painter.drawText(
            self.rect().adjusted(44, 0, 0, 0), middle, SACRED_NAMES.get(self.position, "")
        )
        painter.setFont(text_font(12))
        painter.setPen(quiet)
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(self.rect().adjusted(0, 0, -8, 0), right, f"{self.count:,}")
