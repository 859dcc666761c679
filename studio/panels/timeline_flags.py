"""Bookmarks on the timeline: a small flag each on the axis, and which one is under a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lake_core.scene.model import Bookmark
from studio.panels.timeline_paint import AXIS, GUTTER, Lanes
from studio.render.time_axis import TimeWindow
from studio.theme import THEME

REACH: Final = 7.0
"""Pixels around a flag within which a click means it."""


def paint_flags(
    painter: QPainter,
    lanes: Lanes,
    window: TimeWindow,
    bookmarks: Sequence[Bookmark],
    hovered: int,
) -> None:
    """A flag on a thin pole through all lanes."""
    for at, bookmark in enumerate(bookmarks):
        x = GUTTER + window.x_of(bookmark.at.timestamp())
        if not GUTTER - 10 <= x <= lanes.width:
            continue
        pole = QColor(THEME.warning)
        pole.setAlpha(255 if at == hovered else 110)
        painter.setPen(QPen(pole, 1.0))
        painter.drawLine(QPointF(x, AXIS - 12), QPointF(x, lanes.height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.warning))
        corners = (x, AXIS - 13), (x + 9, AXIS - 9.5), (x, AXIS - 5)
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def flag_at(lanes: Lanes, window: TimeWindow, bookmarks: Sequence[Bookmark], at: QPointF) -> int:
    """Index of the bookmark whose flag is under a point; -1 where there is none."""
    if not lanes.axis.contains(at) or at.y() < AXIS - 16:
        return -1
    near = [
        (abs(GUTTER + window.x_of(one.at.timestamp()) + 4 - at.x()), index)
        for index, one in enumerate(bookmarks)
    ]
    away, index = min(near, default=(REACH + 1, -1))
    return index if away <= REACH else -1
