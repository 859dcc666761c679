"""How a difference looks: a mark of its kind, the entity's name and class, what became of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.models.comparison import Difference, Kind
from studio.models.diff_list import DIFFERENCE
from studio.models.plain_values import name_words, one_line
from studio.models.value_words import difference_words
from studio.painting import guarded
from studio.theme import SMALL_PX, THEME, icon, paint_icon, text_font

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT: Final = 40
KIND_ICONS: Final = {
    Kind.ADDED: "mdi6.plus",
    Kind.REMOVED: "mdi6.minus",
    Kind.REPARENTED: "mdi6.file-tree-outline",
    Kind.MOVED: "mdi6.arrow-all",
    Kind.CHANGED: "mdi6.pencil-outline",
    Kind.CONNECTED: "mdi6.vector-line",
}
KIND_WORDS: Final = {
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
    Kind.REPARENTED: "under another parent",
    Kind.MOVED: "moved",
    Kind.CHANGED: "changed",
    Kind.CONNECTED: "connections",
}


def kind_colour(kind: Kind) -> str:
    """New is good, gone is danger; the shape of the mark says the same without colour."""
    if kind is Kind.ADDED:
        return THEME.good
    return THEME.danger if kind is Kind.REMOVED else THEME.warning


class DiffDelegate(QStyledItemDelegate):
    """Two lines: name and class; the field that changed, before and after."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All have one height."""
        return QSize(120, ROW_HEIGHT)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one difference."""
        told: Difference = index.data(DIFFERENCE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(THEME.selection if selected else THEME.hover))
        kind = told.kinds[0]
        mark = icon(KIND_ICONS[kind], kind_colour(kind))
        paint_icon(painter, mark, rect.left() + 13, rect.top() + 14)
        quiet = THEME.quiet_selected if selected else THEME.text_quiet
        top = QRect(rect.left() + 38, rect.top() + 4, rect.width() - 50, 17)
        room = _draw(painter, top, told.class_type, quiet, SMALL_PX, at_right=True)
        top.setRight(top.right() - min(room + 8, top.width() // 2))
        _draw(
            painter,
            top,
            name_words(told.name, told.entity_id),
            THEME.text_selected if selected else THEME.text,
            13,
        )
        below = QRect(rect.left() + 38, rect.top() + 20, rect.width() - 50, 16)
        if kind not in (Kind.ADDED, Kind.REMOVED):
            _draw(painter, below, difference_words(told), quiet, 12)
        else:
            _draw(painter, below, KIND_WORDS[kind], quiet, 12)


def _draw(
    painter: QPainter, at: QRect, text: str, colour: str, pixels: int, *, at_right: bool = False
) -> int:
    """Draw elided text; how wide it came out."""
    painter.setFont(text_font(pixels))
    painter.setPen(QColor(colour))
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(one_line(text), Qt.TextElideMode.ElideRight, at.width())
    side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(at, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)
