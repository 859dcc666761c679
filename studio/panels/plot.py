"""A small plot of values over time: a line over a faint ground, and the value under the pointer.

`paint_line` draws one anywhere; `Plot` is a widget of one. They know points, no meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.models.series import Point, bounds, held_at
from studio.models.time_words import time_of_day
from studio.theme import SMALL_PX, THEME, text_font

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


class Plot(QWidget):
    """One series, from zero or from its least value, with the value under the pointer."""

    def __init__(
        self, words: Words, *, from_zero: bool = True, steps: bool = False, name: str = "Plot"
    ) -> None:
        super().__init__()
        self._words, self._from_zero, self._steps = words, from_zero, steps
        self._points: Sequence[Point] = ()
        self._span = (0.0, 1.0)
        self._pointer = -1.0
        self.setMouseTracking(True)
        self.setMinimumSize(80, 36)
        self.setAccessibleName(name)

    def show_points(self, points: Sequence[Point], span: tuple[float, float]) -> None:
        """Show these over this span of time."""
        self._points, self._span = points, span
        self.update()

    @property
    def told(self) -> str:
        """What is said of the point under the pointer; "" where there is none."""
        point = self._under_pointer()
        return f"{self._words(point[1])}  ·  {time_of_day(point[0])}" if point else ""

    def sizeHint(self) -> QSize:
        return QSize(220, 72)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().x()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = -1.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, box = QPainter(self), QRectF(self.rect()).adjusted(0.5, 16, -0.5, -1.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = bounds(self._points) if self._points else (0.0, 1.0)
        low = 0.0 if self._from_zero else low
        painter.setPen(QPen(QColor(THEME.line), 1.0))
        for y in (box.top(), box.bottom()):
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        paint_series(
            painter, box, self._points, self._span, (low, high), THEME.accent, steps=self._steps
        )
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(THEME.text_quiet))
        head = QRectF(0, 0, self.width(), 14)
        if any(value for _, value in self._points):
            painter.drawText(head, Qt.AlignmentFlag.AlignLeft, self._words(high))
        self._paint_pointer(painter, box, (low, high))
        painter.end()

    def _paint_pointer(self, painter: QPainter, box: QRectF, values: tuple[float, float]) -> None:
        point = self._under_pointer()
        if point is None:
            return
        place = _place(box, point, self._span, values)
        x = min(max(place.x(), box.left()), box.right())
        painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
        painter.drawLine(QPointF(self._pointer, box.top()), QPointF(self._pointer, box.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.text))
        painter.drawEllipse(QPointF(x, place.y()), 2.6, 2.6)
        painter.setPen(QColor(THEME.text))
        head = QRectF(0, 0, self.width(), 14)
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, self.told)

    def _under_pointer(self) -> Point | None:
        if self._pointer < 0 or not self._points or not self.width():
            return None
        start, stop = self._span
        return held_at(self._points, start + (stop - start) * self._pointer / self.width())
