"""How changes look on the timeline: their density.

Paints from plain values; keeps no state and handles no input.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.models.change_history import ChangeHistory, Float64s
from studio.panels.timeline_paint import GUTTER
from studio.render.time_axis import TimeWindow
from studio.theme import THEME

COLUMN: Final = 2.0
"""Pixels a column of the density is wide."""
FEWEST: Final = 0.02
"""Changes a column must hold to be drawn; less is the long tail of a pause."""
LEAST: Final = 2.0
"""Pixels the lowest column is high that holds anything."""
PARTS: Final = 4
"""Parts of a second at which the busiest second may begin."""


def paint_changes(
    painter: QPainter, lane: QRectF, window: TimeWindow, history: ChangeHistory
) -> str:
    """How many changes came when, by the logarithm so that single ones are still seen.

    How many came in the busiest second, in words; "" where none came.
    """
    columns = int(window.width / COLUMN) + 1
    edges: Float64s = window.start + np.arange(columns + 1.0) * COLUMN * window.seconds_per_pixel
    counts = history.counts(edges)
    most = float(counts.max(initial=0.0))
    if most < FEWEST:
        return ""
    share = np.log1p(counts / FEWEST) / np.log1p(most / FEWEST)
    room = lane.height() - 8
    heights = np.where(counts >= FEWEST, np.maximum(room * share, LEAST), 0.0)
    _paint_columns(painter, lane, heights)
    rate = busiest(history, window, counts)
    return f"up to {rate:,.0f}/s" if rate >= 1 else f"up to {rate * 60:,.0f}/min"


def busiest(history: ChangeHistory, window: TimeWindow, counts: Float64s) -> float:
    """Changes a second in the busiest second shown, or the busiest column where that is longer.

    `counts` [n] are those of the columns. What came within milliseconds, as a batch does, is told
    as what it was, not by how much that would be if it went on for a second.
    """
    column = COLUMN * window.seconds_per_pixel
    if column > 1.0:
        return float(counts.max()) / column
    span = max(window.seconds, 1.0)
    first = math.floor((window.start + (window.seconds - span) / 2) * PARTS)
    stop = first + math.ceil(span * PARTS) + 2
    edges: Float64s = np.arange(first, stop) / PARTS  # the same seconds wherever one looks from
    sums = np.cumsum(np.concatenate([[0.0], history.counts(edges)]))
    return float((sums[PARTS:] - sums[:-PARTS]).max())


def _paint_columns(painter: QPainter, lane: QRectF, heights: Float64s) -> None:
    floor = lane.bottom() - 2
    fill, edge = QColor(THEME.accent), QColor(THEME.accent)
    fill.setAlpha(58)
    edge.setAlpha(190)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    starts = np.flatnonzero(np.diff(np.concatenate([[0], heights > 0, [0]]).astype(np.int8)))
    for first, last in starts.reshape(-1, 2).tolist():
        xs = GUTTER + np.arange(first, last) * COLUMN
        tops = floor - heights[first:last]
        stairs = [
            QPointF(x, y)
            for left, top in zip(xs.tolist(), tops.tolist(), strict=True)
            for x, y in ((left, top), (left + COLUMN, top))
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        ends = [QPointF(stairs[-1].x(), floor), QPointF(stairs[0].x(), floor)]
        painter.drawPolygon(QPolygonF([*stairs, *ends]))
        painter.setPen(QPen(edge, 1.0))
        painter.drawPolyline(QPolygonF(stairs))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
