"""What the legend shows where colours are not those of flux: a ramp, or a list of kinds.

Draws a Key; knows no scene and no session.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.models.colouring import Key, Tints
from studio.painting import guarded
from studio.theme import SMALL_PX, THEME, text_font

ROW: Final = 21
BAR: Final = 9
LEFT: Final = 8


class LegendKey(QWidget):
    """One key, as high as it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tints: Tints | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def key(self) -> Key | None:
        """What is shown."""
        return None if self._tints is None else self._tints.key

    def show_tints(self, tints: Tints) -> None:
        """Show the key of these."""
        before, self._tints = self._tints, tints
        same = before is not None and np.array_equal(before.palette, tints.palette)
        if before is None or not same or before.key != tints.key:
            self.setFixedHeight(self.sizeHint().height())
            self.setAccessibleDescription(_told(tints.key))
            self.update()

    def sizeHint(self) -> QSize:
        key = self.key
        if key is None:
            return QSize(120, 0)
        ramp = 2 * ROW + (ROW if key.missing and key.high else -6)
        return QSize(120, len(key.kinds) * ROW + 4 if key.kinds else ramp)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self._tints is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(12))
        if self._tints.key.kinds:
            self._paint_kinds(painter, self._tints)
        else:
            self._paint_ramp(painter, self._tints)

    def _paint_kinds(self, painter: QPainter, tints: Tints) -> None:
        for at, kind in enumerate(tints.key.kinds):
            row = QRectF(LEFT, at * ROW, self.width() - 2 * LEFT, ROW)
            tint = tints.palette[kind.row].tolist()
            self._paint_row(painter, row, kind.name or "–", kind.count, tint)

    def _paint_row(
        self, painter: QPainter, row: QRectF, name: str, count: int, tint: list[int]
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*tint))
        painter.drawEllipse(QPointF(row.left() + 6, row.center().y()), 4.0, 4.0)
        figures = f"{count:,}"
        room = row.adjusted(21, 0, -painter.fontMetrics().horizontalAdvance(figures) - 8, 0)
        words = painter.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.setPen(QColor(THEME.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.setPen(QColor(THEME.text_quiet))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(row, middle, figures)

    def _paint_ramp(self, painter: QPainter, tints: Tints) -> None:
        key, colours = tints.key, tints.palette[:-1]
        bar = QRectF(LEFT, 6, self.width() - 2 * LEFT, BAR)
        shade = QLinearGradient(bar.topLeft(), bar.topRight())
        for at, colour in enumerate(colours.tolist()):
            shade.setColorAt(at / max(len(colours) - 1, 1), QColor(*colour))
        painter.setPen(Qt.PenStyle.NoPen)
        if key.high:
            painter.setBrush(shade)
            painter.drawRoundedRect(bar, 2.0, 2.0)
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(THEME.text_quiet))
        ends = QRectF(LEFT, 6 + BAR + 3, bar.width(), 16)
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, key.low or "No entity has it")
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight, key.high)
        if key.missing and key.high:
            row = QRectF(LEFT, 2 * ROW, bar.width(), ROW)
            self._paint_row(painter, row, "without", key.missing, tints.palette[-1].tolist())


def _told(key: Key) -> str:
    if key.kinds:
        return ", ".join(f"{kind.name} {kind.count:,}" for kind in key.kinds)
    return f"{key.title} from {key.low} to {key.high}"
