"""How snapshots look on the timeline: a mark each where there is room, else their density.

Paints from plain values; keeps no state and handles no input. Knows the look of each trigger.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.models.snapshots import MANUAL, TRIGGERS, SnapshotTimeline
from studio.panels.timeline_paint import GUTTER
from studio.render.density import column_counts, density_image
from studio.render.time_axis import TimeWindow
from studio.theme import THEME

CLOSEST: Final = 5.0
"""Pixels a mark needs in the mean; where there are more, they are drawn as density."""
MANUAL_LIMIT: Final = 300
MARK_ROLES: Final = ("mark_manual", "mark", "mark_batch", "mark_schedule")
"""Of manual, threshold, batch, schedule, as THEME names them."""
LAYERS: Final = (3, 0, 2, 1)
"""Which lie over which, in the order of TRIGGERS: manual ones over all."""


def paint_snapshots(
    painter: QPainter,
    lane: QRectF,
    window: TimeWindow,
    timeline: SnapshotTimeline,
    chosen: NDArray[np.bool_],
    hovered: int,
) -> None:
    """The snapshots in view: marks where there is room for them, else density."""
    first, last = timeline.range_between(window.time_of(-10), window.time_of(window.width + 10))
    middle = round(lane.center().y())
    _paint_base(painter, lane, middle)
    if (last - first) * CLOSEST > window.width:
        _paint_density(painter, lane, window, timeline, chosen, (first, last))
        indices = _few_manual(timeline, first, last)
    else:
        indices = sorted(range(first, last), key=lambda at: LAYERS[int(timeline.triggers[at])])
    columns = GUTTER + (timeline.times - window.start) / window.seconds_per_pixel
    for index in indices:
        mark = int(timeline.triggers[index])
        pinned = timeline.summaries[index].pinned
        paint_mark(painter, float(columns[index]), middle, mark, bool(chosen[index]), pinned)
    if first <= hovered < last:
        _paint_halo(painter, float(columns[hovered]), middle)


def paint_mark(
    painter: QPainter, x: float, y: float, trigger: int, chosen: bool, pinned: bool = False
) -> None:
    """One snapshot. Manual ones are diamonds, batches squares, schedules discs, others ticks."""
    colour = QColor(THEME.accent if chosen else getattr(THEME, MARK_ROLES[trigger]))
    painter.setPen(QPen(QColor(THEME.ground), 1.5))
    painter.setBrush(colour)
    name = TRIGGERS[trigger]
    if name == "manual":
        size = 8.5 if chosen else 7.5
        corners = (x, y - size), (x + size, y), (x, y + size), (x - size, y)
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    elif name == "batch":
        size = 5.0 if chosen else 4.2
        painter.drawRoundedRect(QRectF(x - size, y - size, 2 * size, 2 * size), 1, 1)
    elif name == "schedule":
        painter.drawEllipse(QPointF(x, y), 4.4, 4.4)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        wide, tall = (1.5, 9.0) if chosen else (0.75, 5.5)
        painter.drawRoundedRect(QRectF(x - wide, y - tall, 2 * wide, 2 * tall), 1, 1)
    if chosen:
        painter.setPen(QPen(QColor(THEME.accent), 1.0))
        painter.drawLine(QPointF(x, y + 12), QPointF(x, y + 15))
    if pinned:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.text_quiet))
        painter.drawEllipse(QPointF(x, y - 13), 2.0, 2.0)


def _paint_base(painter: QPainter, lane: QRectF, middle: float) -> None:
    painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
    painter.drawLine(QPointF(lane.left(), middle + 0.5), QPointF(lane.right(), middle + 0.5))


def _paint_density(
    painter: QPainter,
    lane: QRectF,
    window: TimeWindow,
    timeline: SnapshotTimeline,
    chosen: NDArray[np.bool_],
    shown: tuple[int, int],
) -> None:
    part = slice(*shown)
    columns = (timeline.times[part] - window.start) / window.seconds_per_pixel
    width, height = int(window.width), min(int(lane.height()) - 14, 22)
    if height < 4:
        return
    counts = column_counts(columns, width)
    picked = column_counts(columns[chosen[part]], width)
    image = density_image(counts, picked, height, THEME.mark, THEME.accent)
    painter.drawImage(QPointF(lane.left(), round(lane.center().y() - height / 2)), image)


def _few_manual(timeline: SnapshotTimeline, first: int, last: int) -> list[int]:
    """Manual snapshots stand out of the density too, unless they are many themselves."""
    manual = first + np.flatnonzero(timeline.triggers[first:last] == MANUAL)
    return manual.tolist() if len(manual) <= MANUAL_LIMIT else []


def _paint_halo(painter: QPainter, x: float, y: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(THEME.text), 1.6))
    painter.drawEllipse(QPointF(x, y), 12.0, 12.0)
