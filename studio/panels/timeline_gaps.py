"""How it looks on the timeline where there is nothing: away, silent, archived, PostgreSQL gone.

Told apart by form and words, not by colour: a hatched box while no server was there, a dashed line
where the engine was silent, a quiet band for what lies in an archive. Paints from plain values;
keeps no state and handles no input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from lake_core.upkeep.report import ArchivedStretch
from studio.models.absences import Absence, Span, Why
from studio.panels.timeline_paint import GUTTER, Lanes
from studio.render.time_axis import TimeWindow, span_words
from studio.theme import SMALL_PX, THEME, icon, paint_icon, text_font

LEAST: Final = 4.0
"""Pixels an absence needs to be drawn."""
AIR: Final = 3.0
"""Pixels between the changes and the absence beside them."""
HATCH: Final = 120
"""How opaque it is hatched where no server was."""
OUTAGE: Final = 3.0
"""Pixels the line of an outage is high."""
NO_SNAPSHOTS: Final = (
    "No snapshots yet. One is taken after every 100 changes, or by the button above."
)
WORDS: Final = {
    Why.AWAY: "server away",
    Why.SILENT: "engine silent",
    Why.UNTOLD: "no changes for",
}


def absence_box(lanes: Lanes, window: TimeWindow, absence: Absence) -> QRectF:
    """Where an absence is drawn: through snapshots and changes; empty where it is too short."""
    return _box(lanes, window, absence.start, absence.stop, AIR)


def archive_box(lanes: Lanes, window: TimeWindow, stretch: ArchivedStretch) -> QRectF:
    """Where an archived stretch is drawn; wide enough to be seen and hit, where it is in view."""
    start, stop = stretch.from_at.timestamp(), stretch.to_at.timestamp()
    least = LEAST * window.seconds_per_pixel
    return _box(lanes, window, start, max(stop, start + least), 0.0)


def outage_box(lanes: Lanes, window: TimeWindow, outage: Span) -> QRectF:
    """Where an outage of PostgreSQL is drawn: along the top of the changes, however short."""
    whole = _box(lanes, window, outage[0], outage[1], -LEAST / 2)
    if whole.isEmpty():
        return whole
    return QRectF(whole.left(), lanes.changes.top() + 1, whole.width(), OUTAGE)


def widest_room(lanes: Lanes, taken: Iterable[QRectF]) -> QRectF:
    """The widest part of the snapshots' lane that none of these boxes takes."""
    whole = lanes.snapshots
    left, found = whole.left(), QRectF(whole.left(), whole.top(), 0.0, whole.height())
    edge = QRectF(whole.right(), whole.top(), 0.0, whole.height())
    boxes = sorted((one for one in taken if not one.isNull()), key=lambda one: one.left())
    for box in (*boxes, edge):
        if box.left() - left > found.width():
            found = QRectF(left, whole.top(), box.left() - left, whole.height())
        left = max(left, box.right())
    return found


def floor_box(lanes: Lanes, window: TimeWindow, at: float) -> QRectF:
    """Where history begins that was let go before: a line through snapshots and changes."""
    whole = _box(lanes, window, at, at, -LEAST / 2)
    return QRectF(GUTTER + window.x_of(at) - 0.5, whole.top(), 1.0, whole.height())


def paint_floor(painter: QPainter, lanes: Lanes, window: TimeWindow, at: float) -> None:
    """A dotted line: there was more."""
    box = floor_box(lanes, window, at)
    painter.setPen(QPen(QColor(THEME.text_quiet), 1.6, Qt.PenStyle.DotLine))
    painter.drawLine(box.topLeft(), box.bottomLeft())


def paint_absences(
    painter: QPainter, lanes: Lanes, window: TimeWindow, absences: Iterable[Absence], hovered: int
) -> None:
    """Each in the form of its kind, labelled where there is room; `hovered` is an index or -1."""
    for index, absence in enumerate(absences):
        box = absence_box(lanes, window, absence)
        if box.isEmpty():
            continue
        if absence.why is Why.AWAY:
            _paint_hatch(painter, box, index == hovered)
            middle = box.center()
        else:
            middle = QPointF(box.center().x(), lanes.changes.center().y())
            _paint_dashes(painter, box, middle.y(), index == hovered)
        _paint_label(painter, box, middle, WORDS[absence.why], absence.stop - absence.start)


def paint_outages(
    painter: QPainter, lanes: Lanes, window: TimeWindow, outages: Iterable[Span]
) -> None:
    """A line above the changes that rested in the spool."""
    for outage in outages:
        box = outage_box(lanes, window, outage)
        if not box.isEmpty():
            painter.fillRect(box, QColor(THEME.warning))


def paint_archives(
    painter: QPainter,
    lanes: Lanes,
    window: TimeWindow,
    archives: Sequence[ArchivedStretch],
    hovered: int,
) -> None:
    """A quiet band each, with what is in it."""
    for index, stretch in enumerate(archives):
        box = archive_box(lanes, window, stretch)
        if box.isEmpty():
            continue
        painter.fillRect(box, QColor(THEME.band_lit if index == hovered else THEME.band))
        painter.setPen(QPen(QColor(THEME.line_strong), 1.0))
        for x in (box.left(), box.right()):
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        _paint_contents(painter, box, stretch)


def paint_no_snapshots(
    painter: QPainter,
    lanes: Lanes,
    window: TimeWindow,
    absences: Iterable[Absence],
    archives: Iterable[ArchivedStretch],
) -> None:
    """Why the snapshots' lane is empty and what fills it, where nothing else is drawn."""
    away = (absence_box(lanes, window, one) for one in absences if one.why is Why.AWAY)
    archived = (archive_box(lanes, window, one) for one in archives)
    lane, middle = widest_room(lanes, [*away, *archived]), Qt.AlignmentFlag.AlignCenter
    painter.setFont(text_font(12))
    painter.setPen(QColor(THEME.text_quiet))
    room = painter.boundingRect(lane, middle, NO_SNAPSHOTS).adjusted(-8, 0, 8, 0)
    if lane.contains(room):
        painter.fillRect(room, QColor(THEME.ground))  # the lane's line ends beside it
        painter.drawText(lane, middle, NO_SNAPSHOTS)


def _box(lanes: Lanes, window: TimeWindow, start: float, stop: float, air: float) -> QRectF:
    if start > window.stop or stop < window.start:
        return QRectF()
    whole = lanes.snapshots.united(lanes.changes)
    left = max(GUTTER + window.x_of(start) + air, whole.left())
    right = min(GUTTER + window.x_of(stop) - air, whole.right())
    if right - left < LEAST:
        return QRectF()
    return QRectF(left, whole.top() + 1, right - left, whole.height() - 2)


def _paint_hatch(painter: QPainter, box: QRectF, is_lit: bool) -> None:
    hatch = QColor(THEME.text_quiet)
    hatch.setAlpha(HATCH)
    painter.fillRect(box, QColor(THEME.panel))
    painter.fillRect(box, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(QColor(THEME.text if is_lit else THEME.text_quiet), 1.0))
    for x in (box.left(), box.right()):
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))


def _paint_dashes(painter: QPainter, box: QRectF, y: float, is_lit: bool) -> None:
    pen = QPen(QColor(THEME.text if is_lit else THEME.text_quiet), 1.4)
    pen.setDashPattern([3.0, 4.0])
    painter.setPen(pen)
    painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))


def _paint_label(
    painter: QPainter, box: QRectF, middle: QPointF, words: str, seconds: float
) -> None:
    """What it is and for how long, as far as there is room."""
    font = text_font(SMALL_PX)
    metrics = QFontMetricsF(font)
    short = "no changes" if words == WORDS[Why.UNTOLD] else words
    for text in (f"{words} {span_words(seconds)}", short, span_words(seconds)):
        wide = metrics.horizontalAdvance(text) + 14
        if wide <= box.width() - 8:
            _paint_chip(painter, QRectF(middle.x() - wide / 2, middle.y() - 9, wide, 18), text)
            return


def _paint_chip(painter: QPainter, chip: QRectF, text: str) -> None:
    painter.setFont(text_font(SMALL_PX))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(THEME.ground))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(QColor(THEME.text_quiet))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)


def _paint_contents(painter: QPainter, box: QRectF, stretch: ArchivedStretch) -> None:
    """An icon, and as much of the words as there is room for."""
    if box.width() < 26:
        return
    font = text_font(SMALL_PX)
    metrics = QFontMetricsF(font)
    choices = (
        f"archived · {stretch.snapshots:,} snapshots, {stretch.changes:,} changes",
        f"archived · {stretch.changes:,} changes",
        "archived",
        "",
    )
    room = box.width() - 34
    words = next(one for one in choices if metrics.horizontalAdvance(one) <= max(room, 0.0))
    wide = 18 + (metrics.horizontalAdvance(words) if words else -2)
    left, middle = box.center().x() - wide / 2, box.center().y()
    paint_icon(painter, icon("mdi6.archive-outline", THEME.text), left, middle)
    painter.setFont(font)
    painter.setPen(QColor(THEME.text))
    text = QRectF(left + 20, middle - 9, box.right() - left - 20, 18)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)
