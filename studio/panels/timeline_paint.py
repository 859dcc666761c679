"""How the timeline looks: lanes, axis, epoch bands, the rubber band.

Paints from plain values; keeps no state and handles no input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from lake_core.scene.model import TrainingEpoch
from studio.models.tables import title_of
from studio.render.time_axis import TimeWindow, aligned, day_words, minor_step, ticks
from studio.theme import SMALL_PX, THEME, head_font, text_font

GUTTER: Final = 104
AXIS: Final = 26
BAND: Final = 20
MAX_BANDS: Final = 3
SCALE: Final = 14
CHANGES_SHARE: Final = 0.46
"""How much of the room below the epochs the changes take."""


@dataclass(frozen=True, slots=True)
class Band:
    """An epoch laid out: where it begins and ends in time, and in which row it is drawn."""

    epoch: TrainingEpoch
    start: float
    stop: float
    row: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where things are, in widget pixels; time runs to the right of `GUTTER`."""

    width: float
    height: float
    band_rows: int

    @property
    def axis(self) -> QRectF:
        """The strip of labelled times."""
        return QRectF(GUTTER, 0, self.width - GUTTER, AXIS)

    @property
    def epochs(self) -> QRectF:
        """The strip of epoch bands."""
        return QRectF(GUTTER, AXIS + 1, self.width - GUTTER, self.band_rows * BAND + 8)

    @property
    def snapshots(self) -> QRectF:
        """Below the epochs."""
        top = self.epochs.bottom() + 1
        room = max(self.height - top, 20.0)
        return QRectF(GUTTER, top, self.width - GUTTER, room * (1 - CHANGES_SHARE))

    @property
    def changes(self) -> QRectF:
        """At the bottom."""
        top = self.snapshots.bottom() + 1
        return QRectF(GUTTER, top, self.width - GUTTER, max(self.height - top, 8.0))


def laid_out(epochs: list[TrainingEpoch]) -> list[Band]:
    """Epochs in rows so that none overlaps another, as far as `MAX_BANDS` rows go."""
    ends = [-np.inf] * MAX_BANDS
    bands = []
    for epoch in sorted(epochs, key=lambda one: one.start_time):
        start, stop = epoch.start_time.timestamp(), epoch.end_time.timestamp()
        row = next((at for at, end in enumerate(ends) if start > end), MAX_BANDS - 1)
        ends[row] = max(ends[row], stop)
        bands.append(Band(epoch, start, stop, row))
    return bands


def band_box(lanes: Lanes, window: TimeWindow, band: Band) -> QRectF:
    """Where a band is drawn; at least a few pixels wide, so that it can be seen and hit."""
    left = max(GUTTER + window.x_of(band.start) - 4, GUTTER - 8)
    right = min(GUTTER + window.x_of(band.stop) + 4, lanes.width + 8)
    return QRectF(left, lanes.epochs.top() + 4 + band.row * BAND, right - left, BAND - 4)


def paint_frame(painter: QPainter, lanes: Lanes) -> None:
    """Grounds, lines between the lanes, and their heads in the gutter."""
    whole = QRectF(0, 0, lanes.width, lanes.height)
    painter.fillRect(whole, QColor(THEME.ground))
    painter.fillRect(QRectF(0, 0, GUTTER, lanes.height), QColor(THEME.panel))
    painter.setPen(QPen(QColor(THEME.line), 1.0))
    for y in (lanes.axis.bottom(), lanes.epochs.bottom(), lanes.snapshots.bottom()):
        painter.drawLine(QPointF(0, y + 0.5), QPointF(lanes.width, y + 0.5))
    painter.drawLine(QPointF(GUTTER - 0.5, 0), QPointF(GUTTER - 0.5, lanes.height))
    painter.setFont(head_font())
    painter.setPen(QColor(THEME.text_quiet))
    heads = (lanes.epochs, "Epochs"), (lanes.snapshots, "Snapshots"), (lanes.changes, "Changes")
    for lane, head in heads:
        box = QRectF(14, lane.top(), GUTTER - 16, lane.height())
        if lane == lanes.changes and lane.height() >= 2 * SCALE:
            box.translate(0, -SCALE / 2)  # its scale stands below
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, head)


def paint_scale(painter: QPainter, lane: QRectF, words: str) -> None:
    """What a lane's highest column stands for, under its head in the gutter, if there is room."""
    if lane.height() < 2 * SCALE:
        return
    painter.setFont(text_font(SMALL_PX))
    painter.setPen(QColor(THEME.text_quiet))
    box = QRectF(14, lane.center().y() + 1, GUTTER - 16, SCALE)
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)


def paint_axis(painter: QPainter, lanes: Lanes, window: TimeWindow) -> None:
    """Ticks, their labels, and the day in the gutter's corner."""
    _paint_minor_ticks(painter, window)
    painter.setFont(text_font(SMALL_PX))
    for tick in ticks(window):
        x = round(GUTTER + window.x_of(tick.time)) + 0.5
        painter.setPen(QPen(QColor(THEME.line), 1.0))
        painter.drawLine(QPointF(x, AXIS), QPointF(x, lanes.height))
        painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
        painter.drawLine(QPointF(x, AXIS - 7), QPointF(x, AXIS))
        painter.setPen(QColor(THEME.text if tick.major else THEME.text_quiet))
        box = QRectF(x + 5, 0, 90, AXIS - 3)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, tick.label)
    painter.fillRect(QRectF(0, 0, GUTTER - 1, AXIS), QColor(THEME.panel))
    painter.setPen(QColor(THEME.text_quiet))
    corner = QRectF(14, 0, GUTTER - 14, AXIS - 2)
    painter.drawText(corner, Qt.AlignmentFlag.AlignVCenter, day_words(window.start))


def paint_bands(
    painter: QPainter, lanes: Lanes, window: TimeWindow, bands: list[Band], hovered: int
) -> None:
    """Epochs as labelled bands; `hovered` is an index into them or -1."""
    font = text_font(SMALL_PX, medium=True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    for index, band in enumerate(bands):
        box = band_box(lanes, window, band)
        if box.right() < GUTTER or box.left() > lanes.width:
            continue
        lit = index == hovered
        painter.setPen(QPen(QColor(THEME.text_quiet if lit else THEME.line_strong), 1.0))
        painter.setBrush(QColor(THEME.band_lit if lit else THEME.band))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        room = box.intersected(lanes.epochs).width() - 14
        if room > 22:
            painter.setPen(QColor(THEME.text))
            left = max(box.left(), GUTTER) + 7
            label = metrics.elidedText(title_of(band.epoch), Qt.TextElideMode.ElideRight, room)
            text = QRectF(left, box.top(), room, box.height() - 1)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, label)


def paint_rubber(painter: QPainter, lane: QRectF, left: float, right: float) -> None:
    """The band drawn by a drag, over the height of the lane."""
    fill = QColor(THEME.accent)
    fill.setAlpha(38)
    painter.setBrush(fill)
    painter.setPen(QPen(QColor(THEME.accent), 1.0))
    low, high = max(min(left, right), lane.left()), max(left, right)
    painter.drawRect(QRectF(low, lane.top() + 3.5, high - low, lane.height() - 7))


def _paint_minor_ticks(painter: QPainter, window: TimeWindow) -> None:
    step = minor_step(window)
    if step is None:
        return
    painter.setPen(QPen(QColor(THEME.line), 1.0))
    columns = [round(GUTTER + window.x_of(time)) + 0.5 for time in aligned(window, step)]
    painter.drawLines([QLineF(x, AXIS - 4, x, AXIS) for x in columns])
