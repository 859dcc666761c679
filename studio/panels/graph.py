"""A small graph of one series over time, drawn by pyqtgraph, with the value under the pointer.

Knows points, no meaning: what a value is called is given as words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.models.series import Point, bounds, held_at
from studio.models.time_words import time_of_day
from studio.panels.chrome import quiet_label
from studio.theme import SMALL_PX, SWITCH, THEME, text_font

Words = Callable[[float], str]


class Graph(QWidget):
    """One series, from zero or from its least value; `steps` where values hold until the next."""

    def __init__(
        self, words: Words, *, from_zero: bool = True, steps: bool = False, name: str = "Graph"
    ) -> None:
        super().__init__()
        self._words, self._from_zero, self._steps = words, from_zero, steps
        self._points: Sequence[Point] = ()
        self._span = (0.0, 1.0)
        self.setAccessibleName(name)
        self._greatest, self._under = quiet_label(), QLabel()
        self.canvas = pg.PlotWidget(background=None)
        self._curve = self.canvas.plot()
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._dot = pg.ScatterPlotItem(size=6)
        self._build()
        self.restyle()
        SWITCH.changed.connect(self.restyle)

    def show_points(self, points: Sequence[Point], span: tuple[float, float]) -> None:
        """Show these over this span of time."""
        self._points, self._span = points, span
        low, high = bounds(points) if points else (0.0, 1.0)
        low = 0.0 if self._from_zero else low
        across, up = self._stairs() if self._steps else _columns(points)
        self._curve.setData(across, up, fillLevel=low)
        self.canvas.setXRange(*span, padding=0.0)
        self.canvas.setYRange(low, high, padding=0.02)
        self._greatest.setText(self._words(high) if any(up) else "")

    @property
    def told(self) -> str:
        """What is said of the point under the pointer; "" where there is none."""
        return self._under.text()

    def restyle(self) -> None:
        """Take on the theme's colours."""
        accent, ground = QColor(THEME.accent), QColor(THEME.accent)
        ground.setAlpha(34)
        self._curve.setPen(pg.mkPen(accent, width=1.4))
        self._curve.setBrush(pg.mkBrush(ground))
        self._line.setPen(pg.mkPen(THEME.line_strong, width=1))
        self._dot.setBrush(pg.mkBrush(THEME.text))
        self._dot.setPen(None)

    def sizeHint(self) -> QSize:
        return QSize(220, 72)

    def leaveEvent(self, event: QEvent) -> None:
        self._leave()

    def _build(self) -> None:
        self.setMinimumSize(80, 36)
        for label in (self._greatest, self._under):
            label.setFont(text_font(SMALL_PX))
        row = QHBoxLayout()
        row.addWidget(self._greatest)
        row.addStretch(1)
        row.addWidget(self._under)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        item = self.canvas.getPlotItem()
        for axis in ("left", "bottom"):
            item.hideAxis(axis)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.ctrlMenu.setParent(self.canvas, item.ctrlMenu.windowFlags())  # or nobody takes it down
        item.setMouseEnabled(x=False, y=False)
        item.setContentsMargins(0, 0, 0, 0)
        item.addItem(self._line, ignoreBounds=True)
        item.addItem(self._dot, ignoreBounds=True)
        self._curve.opts["antialias"] = True
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.canvas.scene().sigMouseMoved.connect(self._point_at)
        self._leave()

    def _stairs(self) -> tuple[list[float], list[float]]:
        """Each value until the next one, the last to the end of the span."""
        across: list[float] = []
        up: list[float] = []
        for time, value in self._points:
            if up:
                across.append(time)
                up.append(up[-1])
            across.append(time)
            up.append(value)
        if up:
            across.append(max(self._span[1], across[-1]))
            up.append(up[-1])
        return across, up

    def _point_at(self, place: QPointF) -> None:
        at = self.canvas.getPlotItem().vb.mapSceneToView(place).x()
        point = held_at(self._points, at)
        if point is None or not self.canvas.sceneBoundingRect().contains(place):
            self._leave()
            return
        self._under.setText(f"{self._words(point[1])}  ·  {time_of_day(point[0])}")
        self._line.setPos(at)
        self._dot.setData([max(point[0], self._span[0])], [point[1]])
        self._line.show()
        self._dot.show()

    def _leave(self) -> None:
        self._under.clear()
        self._line.hide()
        self._dot.hide()


def _columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [time for time, _ in points], [value for _, value in points]
