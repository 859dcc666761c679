"""How the inspector's rows look: quiet label, value, its way over time, quiet type at the right."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.models.detail_model import ROW_ROLE
from studio.models.detail_rows import DetailRow, Kind
from studio.models.plain_values import one_line
from studio.models.series import bounds
from studio.painting import guarded
from studio.panels.sparkline import paint_series
from studio.theme import (
    SMALL_PX,
    THEME,
    flux_colour,
    head_font,
    icon,
    paint_icon,
    text_font,
)

Index = QModelIndex | QPersistentModelIndex
FIELD_HEIGHT: Final = 24
SECTION_HEIGHT: Final = 34
BARS_HEIGHT: Final = 54
LEFT: Final = 14
LABEL_SHARE: Final = 0.36
SPARK_WIDTH: Final = 76
SPARK_ROOM: Final = 270
SPARK_NOTE: Final = 44
"""Pixels kept for the type right of a sparkline, so that all of them stand in one column."""


def row_height(row: DetailRow) -> int:
    """Pixels a row is high."""
    match row.kind:
        case Kind.SECTION:
            return SECTION_HEIGHT
        case Kind.BARS:
            return BARS_HEIGHT
    return FIELD_HEIGHT


def spark_box(rect: QRect) -> QRectF:
    """Where a row that fills `rect` draws its value over time; empty where there is no room."""
    if rect.width() < SPARK_ROOM:
        return QRectF()
    right = rect.right() - 14 - SPARK_NOTE
    return QRectF(right - SPARK_WIDTH, rect.top() + 5, SPARK_WIDTH, rect.height() - 10)


class DetailDelegate(QStyledItemDelegate):
    """Paints a row: quiet label, value, quiet type at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Sections are higher."""
        return QSize(100, row_height(index.data(ROW_ROLE)))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the row."""
        row: DetailRow = index.data(ROW_ROLE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pointed = row.instant is not None and option.state & QStyle.StateFlag.State_MouseOver
        if pointed or option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(option.rect, _colour("hover"))
        if row.kind is Kind.SECTION:
            self._paint_section(painter, option.rect, row, index.row() == 0)
        elif row.kind is Kind.BARS:
            self._paint_bars(painter, option.rect, row)
        else:
            self._paint_field(painter, option.rect, row)

    def _paint_section(self, painter: QPainter, rect: QRect, row: DetailRow, first: bool) -> None:
        if not first:
            painter.fillRect(QRect(rect.left(), rect.top() + 3, rect.width(), 1), _colour("line"))
        at = rect.adjusted(LEFT, 5, -10, 0)
        width = _text(painter, at, row.label, THEME.text_quiet, head_font())
        _text(painter, at.adjusted(width + 8, 0, -18, 0), row.note, THEME.text_quiet)
        name = "mdi6.chevron-down" if row.is_open else "mdi6.chevron-right"
        paint_icon(painter, icon(name), rect.right() - 27, rect.center().y() + 3, 14)

    def _paint_field(self, painter: QPainter, rect: QRect, row: DetailRow) -> None:
        indent = LEFT + row.level * 14
        value_left = max(int(rect.width() * LABEL_SHARE), 96)
        if row.is_open is not None:
            name = "mdi6.chevron-down" if row.is_open else "mdi6.chevron-right"
            paint_icon(painter, icon(name), indent - 14, rect.center().y() + 1, 13)
        label = QRect(indent, rect.top(), value_left - indent - 8, rect.height())
        _text(painter, label, row.label, THEME.text_quiet)
        value = QRect(value_left, rect.top(), rect.width() - value_left - 14, rect.height())
        if row.swatch:
            _swatch(painter, value, row.swatch)
            value.setLeft(value.left() + 20)
        note_width = self._paint_note(painter, value, row.note, bool(row.value))
        value.setRight(value.right() - note_width)
        if row.series and not spark_box(rect).isEmpty():
            value.setRight(self._paint_spark(painter, rect, row))
        _text(painter, value, row.value, THEME.accent if row.link else THEME.text)

    def _paint_spark(self, painter: QPainter, rect: QRect, row: DetailRow) -> int:
        """The value over its life; where it begins, in pixels."""
        box, points = spark_box(rect), row.series
        span = (points[0][0], points[-1][0])
        paint_series(painter, box, points, span, bounds(points), THEME.accent, steps=True)
        return round(box.left()) - 8

    def _paint_bars(self, painter: QPainter, rect: QRect, row: DetailRow) -> None:
        """Nine bars in the colours of their positions, each over its digit."""
        label = QRect(LEFT, rect.top(), rect.width(), FIELD_HEIGHT)
        _text(painter, label, row.label, THEME.text_quiet)
        left = max(int(rect.width() * LABEL_SHARE), 96)
        step = (rect.width() - left - 14) / len(row.bars)
        most = max(row.bars) or 1.0
        painter.setFont(text_font(SMALL_PX))
        for at, weight in enumerate(row.bars):
            x, high = left + at * step, 28.0 * weight / most
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(flux_colour(at + 1))
            painter.drawRect(QRectF(x + 2, rect.top() + 34 - high, step - 4, max(high, 1.0)))
            painter.setPen(QColor(THEME.text_quiet))
            digit = QRectF(x, rect.top() + 36, step, 14)
            painter.drawText(digit, Qt.AlignmentFlag.AlignCenter, str(at + 1))

    def _paint_note(self, painter: QPainter, at: QRect, note: str, at_right: bool) -> int:
        if not note:
            return 0
        font = text_font(SMALL_PX)
        painter.setFont(font)
        side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(THEME.text_quiet))
        painter.drawText(at, side | Qt.AlignmentFlag.AlignVCenter, note)
        return painter.fontMetrics().horizontalAdvance(note) + 10


def _colour(name: str) -> QColor:
    return QColor(getattr(THEME, name))


def _text(painter: QPainter, at: QRect, text: str, colour: str, font: QFont | None = None) -> int:
    """Draw elided text; how wide it came out."""
    painter.setFont(font or text_font())
    painter.setPen(QColor(colour))
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(one_line(text), Qt.TextElideMode.ElideRight, at.width())
    painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


def _swatch(painter: QPainter, at: QRect, colour: str) -> None:
    painter.setPen(QColor(THEME.line_strong))
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(at.left() + 0.5, at.center().y() - 5.5, 12, 12), 3, 3)
