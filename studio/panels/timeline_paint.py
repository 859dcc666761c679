"""How the timeline looks: axis, epoch bands, snapshot marks, density, gaps, the line of now.

Paints from plain values; keeps no state and handles no input. Knows the look of each trigger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from lake_core.scene.model import TrainingEpoch
from studio.models.snapshots import MANUAL, TRIGGERS, SnapshotTimeline
from studio.render.density import column_counts, density_image
from studio.render.time_axis import TimeWindow, aligned, day_words, minor_step, span_words, ticks
from studio.theme import SMALL_PX, THEME, head_font, text_font

GUTTER: Final = 104
AXIS: Final = 26
BAND: Final = 20
MAX_BANDS: Final = 3
SINGLES_LIMIT: Final = 700
"""Up to so many snapshots in view each is drawn as a mark; beyond, as density."""
MANUAL_LIMIT: Final = 300
GAP_TIMES: Final = 8.0
"""A pause this many times the usual one is shown as a gap."""
GAP_PIXELS: Final = 96.0
MARK_COLOURS: Final = ("#f2f5fa", "#7d8797", "#6fb6c9", "#a598d8")
"""Of manual, threshold, batch, schedule."""
LAYERS: Final = (3, 0, 2, 1)
"""Which lie over which, in the order of TRIGGERS: manual ones over all."""
DENSITY_COLOUR: Final = "#8391a6"


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
        """All that is left below."""
        top = self.epochs.bottom() + 1
        return QRectF(GUTTER, top, self.width - GUTTER, max(self.height - top, 20.0))


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
    for y in (lanes.axis.bottom(), lanes.epochs.bottom()):
        painter.drawLine(QPointF(0, y + 0.5), QPointF(lanes.width, y + 0.5))
    painter.drawLine(QPointF(GUTTER - 0.5, 0), QPointF(GUTTER - 0.5, lanes.height))
    painter.setFont(head_font())
    painter.setPen(QColor(THEME.text_quiet))
    for lane, head in ((lanes.epochs, "Epochs"), (lanes.snapshots, "Snapshots")):
        box = QRectF(14, lane.top(), GUTTER - 16, lane.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, head)


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
        painter.setPen(QPen(QColor("#5b6880" if lit else THEME.line_strong), 1.0))
        painter.setBrush(QColor("#2a3342" if lit else "#202733"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        room = box.intersected(lanes.epochs).width() - 14
        if room > 22:
            painter.setPen(QColor(THEME.text))
            left = max(box.left(), GUTTER) + 7
            name = band.epoch.name or "Unnamed epoch"
            label = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            text = QRectF(left, box.top(), room, box.height() - 1)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, label)


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
    _paint_gaps(painter, lane, window, timeline, (first, last), middle)
    if last - first > SINGLES_LIMIT:
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
    colour = QColor(THEME.accent if chosen else MARK_COLOURS[trigger])
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
        wide, tall = (1.5, 11.0) if chosen else (1.0, 8.0)
        painter.drawRoundedRect(QRectF(x - wide, y - tall, 2 * wide, 2 * tall), 1, 1)
    if chosen:
        painter.setPen(QPen(QColor(THEME.accent), 1.0))
        painter.drawLine(QPointF(x, y + 16), QPointF(x, y + 21))
    if pinned:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.text_quiet))
        painter.drawEllipse(QPointF(x, y - 15), 2.0, 2.0)


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


def _paint_base(painter: QPainter, lane: QRectF, middle: float) -> None:
    painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
    painter.drawLine(QPointF(lane.left(), middle + 0.5), QPointF(lane.right(), middle + 0.5))


def _paint_gaps(
    painter: QPainter,
    lane: QRectF,
    window: TimeWindow,
    timeline: SnapshotTimeline,
    shown: tuple[int, int],
    middle: float,
) -> None:
    """Long pauses: the base line breaks off, and their length is written into the break."""
    first, last = max(shown[0] - 1, 0), min(shown[1] + 1, len(timeline))
    pauses = np.diff(timeline.times[first:last])
    if not len(pauses):
        return
    wide = pauses / window.seconds_per_pixel > GAP_PIXELS
    gaps = np.flatnonzero(wide & (pauses > GAP_TIMES * max(float(np.median(pauses)), 1e-6)))
    painter.setFont(text_font(SMALL_PX))
    for gap in gaps[:200].tolist():
        start, stop = timeline.times[first + gap], timeline.times[first + gap + 1]
        left = max(GUTTER + window.x_of(float(start)) + 14, lane.left())
        right = min(GUTTER + window.x_of(float(stop)) - 14, lane.right())
        if right - left < GAP_PIXELS / 2:
            continue
        painter.fillRect(QRectF(left, middle - 1, right - left, 3), QColor(THEME.ground))
        painter.setPen(QPen(QColor(THEME.line_strong), 1.0, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(left, middle + 0.5), QPointF(right, middle + 0.5))
        _paint_gap_label(painter, (left + right) / 2, right - left, middle, pauses[gap])


def _paint_gap_label(
    painter: QPainter, x: float, room: float, middle: float, seconds: float
) -> None:
    label = span_words(float(seconds))
    wide = painter.fontMetrics().horizontalAdvance(label) + 16
    if wide > room:
        return
    box = QRectF(x - wide / 2, middle - 9, wide, 18)
    painter.fillRect(box, QColor(THEME.ground))
    painter.setPen(QColor(THEME.text_quiet))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)


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
    width, height = int(window.width), min(int(lane.height()) - 20, 44)
    if height < 4:
        return
    counts = column_counts(columns, width)
    picked = column_counts(columns[chosen[part]], width)
    image = density_image(counts, picked, height, DENSITY_COLOUR, THEME.accent)
    painter.drawImage(QPointF(lane.left(), round(lane.center().y() - height / 2)), image)


def _few_manual(timeline: SnapshotTimeline, first: int, last: int) -> list[int]:
    """Manual snapshots stand out of the density too, unless they are many themselves."""
    manual = first + np.flatnonzero(timeline.triggers[first:last] == MANUAL)
    return manual.tolist() if len(manual) <= MANUAL_LIMIT else []


def _paint_halo(painter: QPainter, x: float, y: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(THEME.text), 1.6))
    painter.drawEllipse(QPointF(x, y), 12.0, 12.0)
