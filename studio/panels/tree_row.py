"""How one row of the hierarchy looks: guides, chevron, icon of its class, name, flux, glow.

Paints from a FlatTreeModel's roles; keeps no state. What changed just now glows and fades;
what a comparison found removed is struck out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.models.comparison import Kind
from studio.models.diff_marks import DiffMarks
from studio.models.flat_tree import Role
from studio.models.visibility import Visibility
from studio.painting import guarded
from studio.panels.class_icons import class_icon
from studio.panels.diff_row import KIND_ICONS, kind_colour
from studio.panels.flux_badge import paint_flux
from studio.theme import THEME, flux_colour, icon, paint_icon

ROW_HEIGHT: Final = 25
INDENT: Final = 15
LEFT: Final = 10
CHEVRON: Final = 16
DEEPEST_INDENT: Final = 14
FLUX_ROOM, MARK_ROOM = 34, 22
"""Pixels at the right for the flux, and for each mark before it."""
GLOW_ALPHA: Final = 70
"""Of 255, where a glow is at its brightest."""
GONE_OPACITY: Final = 0.45
"""Of the flux of what is gone: its name is struck out, and stays legible."""


def indent_of(level: int) -> int:
    """Pixels left of a node's chevron."""
    return LEFT + min(level, DEEPEST_INDENT) * INDENT


class RowDelegate(QStyledItemDelegate):
    """Paints one node: chevron, icon of its class, name, flux badge."""

    def __init__(
        self,
        glow_of: Callable[[int], float],
        visibility: Visibility,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._glow_of, self._visibility = glow_of, visibility
        self.diff: DiffMarks | None = None

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows have one height."""
        return QSize(120, ROW_HEIGHT)

    @guarded
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, rect, selected, bool(state & QStyle.StateFlag.State_MouseOver))
        node = index.data(Role.NODE)
        _paint_glow(painter, rect, index.data(Role.FLUX), self._glow_of(node))
        kind = None
        if self.diff is not None and self.diff.kinds:
            kind = self.diff.kinds.get(index.data(Role.ENTITY_ID))
        _paint_kind(painter, rect, kind)
        level = index.data(Role.LEVEL)
        _paint_guides(painter, rect, level)
        left = rect.left() + indent_of(level)
        if index.data(Role.HAS_CHILDREN):
            name = "mdi6.chevron-down" if index.data(Role.IS_OPEN) else "mdi6.chevron-right"
            paint_icon(painter, icon(name), left + 1, rect.center().y() + 1, 14)
        free = rect.adjusted(left + CHEVRON + 2 - rect.left(), 0, 0, 0)
        free.setRight(rect.right() - FLUX_ROOM - (MARK_ROOM if kind is not None else 0))
        self._paint_name(painter, free, index, selected)
        painter.setOpacity(1.0 if node >= 0 else GONE_OPACITY)
        _paint_flux(painter, rect, index.data(Role.FLUX))

    def _paint_name(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
        selected: bool,
    ) -> None:
        """What it is or was and is called; at the right end, whether it was hidden."""
        node = index.data(Role.NODE)
        is_gone = node < 0
        clear = index.data(Role.IS_MATCH) and not is_gone and self._visibility.shows(node)
        hidden = self._visibility.is_hidden_itself(index.data(Role.ENTITY_ID))
        colour = THEME.text_selected if selected else THEME.text if clear else THEME.text_quiet
        mark = class_icon(index.data(Role.CLASS_TYPE), colour if selected else THEME.text_quiet)
        paint_icon(painter, mark, rect.left(), rect.center().y() + 1)
        at = rect.adjusted(21, 0, -MARK_ROOM if hidden else 0, 0)
        if hidden:
            eye = icon("mdi6.eye-off-outline")
            paint_icon(painter, eye, rect.right() - 14, rect.center().y() + 1, 14)
        metrics, mode = painter.fontMetrics(), Qt.TextElideMode.ElideRight
        text = metrics.elidedText(index.data(Qt.ItemDataRole.DisplayRole), mode, at.width())
        painter.setPen(QColor(colour))
        if is_gone:
            font = painter.font()
            font.setStrikeOut(True)
            painter.setFont(font)
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _paint_ground(painter: QPainter, rect: QRect, selected: bool, hovered: bool) -> None:
    if selected or hovered:
        painter.fillRect(rect, QColor(THEME.selection if selected else THEME.hover))
    if selected:
        painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), QColor(THEME.accent))


def _paint_kind(painter: QPainter, rect: QRect, kind: Kind | None) -> None:
    """What a comparison found of the entity: a stripe at the left and a mark by its flux."""
    if kind is None:
        return
    colour = kind_colour(kind)
    painter.fillRect(QRect(rect.left(), rect.top() + 3, 3, rect.height() - 6), QColor(colour))
    mark = icon(KIND_ICONS[kind], colour)
    paint_icon(painter, mark, rect.right() - 50, rect.center().y() + 1, 13)


def _paint_glow(painter: QPainter, rect: QRect, flux: int, level: float) -> None:
    """A breath of the entity's own colour from the right, where its flux stands."""
    if level <= 0.0:
        return
    colour = flux_colour(flux)
    colour.setAlpha(int(GLOW_ALPHA * level))
    wash = QLinearGradient(rect.right(), 0.0, rect.left(), 0.0)
    wash.setColorAt(0.0, colour)
    colour.setAlpha(0)
    wash.setColorAt(0.85, colour)
    painter.fillRect(rect, wash)


def _paint_guides(painter: QPainter, rect: QRect, level: int) -> None:
    painter.setPen(QPen(QColor(THEME.line), 1))
    for one in range(min(level, DEEPEST_INDENT)):
        x = rect.left() + indent_of(one) + CHEVRON // 2
        painter.drawLine(x, rect.top(), x, rect.bottom() + 1)


def _paint_flux(painter: QPainter, rect: QRect, flux: int) -> None:
    """The same mark as in the inspector, in the colour of the scene."""
    paint_flux(painter, QRectF(rect.right() - 27, rect.center().y() - 8, 18, 18), flux)
