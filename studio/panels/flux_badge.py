"""The mark of a flux position: its digit in its colour, ringed where it is sacred."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.painting import guarded
from studio.session import SACRED_FLUX
from studio.theme import SMALL_PX, THEME, flux_colour, text_font

SIZE: Final = 24


def paint_flux(painter: QPainter, at: QRectF, flux: int, *, pixels: int = SMALL_PX) -> None:
    """Draw the mark into a square."""
    colour = flux_colour(flux)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if flux in SACRED_FLUX:
        painter.setPen(QPen(colour, 1.3))
        painter.drawEllipse(at.adjusted(1, 1, -1, -1))
    painter.setFont(text_font(pixels, medium=flux in SACRED_FLUX))
    painter.setPen(colour)
    painter.drawText(at, Qt.AlignmentFlag.AlignCenter, str(flux))


class FluxBadge(QWidget):
    """One mark on a raised ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flux = 0
        self.setFixedSize(SIZE, SIZE)

    def show_flux(self, flux: int) -> None:
        """Show this position, 0-9."""
        self._flux = flux
        self.setToolTip(f"Flux position {flux}")
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        if self._flux not in SACRED_FLUX:
            painter.setPen(QPen(QColor(THEME.line_strong), 1))
            painter.drawEllipse(whole.adjusted(1, 1, -1, -1))
        paint_flux(painter, whole, self._flux, pixels=12)
