"""How an epoch is painted in a list: two lines, its name, and what it holds. Pure painting."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lake_core.scene.model import TrainingEpoch
from studio.models.tables import EPOCH_ROLE, moment, title_of
from studio.painting import guarded
from studio.theme import THEME, icon, paint_icon, text_font

Index = QModelIndex | QPersistentModelIndex
CARD_HEIGHT: Final = 48


class EpochDelegate(QStyledItemDelegate):
    """Two lines: the epoch's name; its space, samples and date."""

    aimed = -1
    """The row that something is about to be dropped on."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All have one height."""
        return QSize(120, CARD_HEIGHT)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one epoch."""
        epoch: TrainingEpoch = index.data(EPOCH_ROLE)
        rect, selected = option.rect, bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(THEME.selection if selected else THEME.hover))
        if index.row() == self.aimed:
            painter.setPen(QPen(QColor(THEME.accent), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        quiet = THEME.quiet_selected if selected else THEME.text_quiet
        paint_icon(painter, icon("mdi6.layers-triple-outline", quiet), 14, rect.center().y(), 18)
        at = QRect(rect.left() + 44, rect.top() + 6, rect.width() - 56, 18)
        _line(
            painter,
            at,
            title_of(epoch),
            THEME.text_selected if selected else THEME.text,
            medium=True,
        )
        spaces = ", ".join(epoch.space_names or [epoch.space_name])
        made = moment(epoch.created_at or epoch.end_time)
        text = f"{spaces} · {epoch.sample_count:,} samples · {made}"
        _line(painter, at.translated(0, 19), text, quiet, pixels=12)


def _line(
    painter: QPainter, at: QRect, text: str, colour: str, *, medium: bool = False, pixels: int = 13
) -> None:
    painter.setFont(text_font(pixels, medium=medium))
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, at.width())
    painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
