"""A line of values over time on a faint ground, small enough for a row of a table.

Paints where it is told to; knows points, no meaning. A graph of its own is `Graph`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.models.series import Point

MOST_POINTS: Final = 4000
Words = Callable[[float], str]


def paint_series(
    painter: QPainter,
    box: QRectF,
    points: Sequence[Point],
    span: tuple[float, float],
    values: tuple[float, float],
    colour: str,
    *,
    steps: bool = False,
) -> None:
    """The points in a box, from `span` in time and `values` up; `steps` where values hold."""
    if not points or span[1] <= span[0]:
        return
    places = [_place(box, point, span, values) for point in _thinned(points)]
    if steps:
        places = _stepped(places, box.right())
    line = QPolygonF(places)
    fill = QColor(colour)
    fill.setAlpha(34)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    floor = [QPointF(places[-1].x(), box.bottom()), QPointF(places[0].x(), box.bottom())]
    painter.drawPolygon(QPolygonF([*places, *floor]))
    painter.setPen(QPen(QColor(colour), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(line)


def _place(
    box: QRectF, point: Point, span: tuple[float, float], values: tuple[float, float]
) -> QPointF:
    across = (point[0] - span[0]) / (span[1] - span[0])
    up = (point[1] - values[0]) / ((values[1] - values[0]) or 1.0)
    return QPointF(box.left() + across * box.width(), box.bottom() - up * box.height())


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """No more than can be told apart."""
    every = len(points) // MOST_POINTS + 1
    return points if every == 1 else [*list(points)[::every], points[-1]]


def _stepped(places: list[QPointF], right: float) -> list[QPointF]:
    stairs = [places[0]]
    for place in places[1:]:
        stairs += [QPointF(place.x(), stairs[-1].y()), place]
    return [*stairs, QPointF(max(right, stairs[-1].x()), stairs[-1].y())]
