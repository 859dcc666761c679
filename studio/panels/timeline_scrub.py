"""Scrubbing on the time axis: a pixel to an instant, and how past, present and pointer are drawn.

Sets the session's instant. Knows the navigator's window of time; knows no snapshot and no lake.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from studio.panels.time_navigator import TimeNavigator
from studio.panels.timeline_paint import AXIS, GUTTER, Lanes
from studio.render.time_axis import LATEST, local_moment
from studio.session import Session
from studio.theme import SMALL_PX, THEME, text_font

MAGNET: Final = 5.0
"""Pixels around the present in which a scrub means the present."""
EDGE: Final = 24.0
"""A scrub this near an end of the axis moves the window along."""
FINE: Final = 0.02
"""Seconds a pixel below which milliseconds are said."""


class Scrubber:
    """A drag on the axis, and the lines of now, of the instant shown and of the pointer."""

    def __init__(self, session: Session, navigator: TimeNavigator) -> None:
        self._session, self._navigator = session, navigator
        self.earliest: datetime | None = None  # before it nothing can be shown
        self.ghost = -1.0  # x of the pointer over the axis, -1 where it is elsewhere

    def begin(self, x: float) -> None:
        """The axis was pressed at widget pixel `x`; it stands still until `end`."""
        self._navigator.held = True
        self.ghost = -1.0
        self.drag(x)

    def drag(self, x: float) -> None:
        """Show the instant under `x`; at the present and right of it, the present."""
        window = self._navigator.window
        over = min(x - GUTTER - EDGE, 0.0) or max(x - GUTTER - window.width + EDGE, 0.0)
        if over and not self._navigator.follows:
            window = window.panned(-over / 2)
            self._navigator.move(window)
        at = min(max(x - GUTTER, 0.0), window.width)
        if at >= window.x_of(time.time()) - MAGNET:
            self._session.show_instant(None)
        else:
            instant = instant_of(window.time_of(at))
            self._session.show_instant(max(instant, self.earliest or instant))

    def end(self) -> None:
        """The button is up."""
        self._navigator.held = False

    def is_on_playhead(self, x: float) -> bool:
        """Whether a press at `x` takes hold of the line of the instant shown."""
        instant = self._session.instant
        if instant is None:
            return False
        return abs(GUTTER + self._navigator.window.x_of(instant.timestamp()) - x) <= MAGNET

    def paint(self, painter: QPainter, lanes: Lanes) -> None:
        """Now; and in the past, the instant shown and a shade over all that came after it."""
        shown, instant = self._navigator.window, self._session.instant
        now = GUTTER + shown.x_of(time.time())
        fine = shown.seconds_per_pixel < FINE
        if instant is None:
            paint_line(painter, lanes, now, THEME.good, "now")
        else:
            x = GUTTER + shown.x_of(instant.timestamp())
            _paint_after(painter, lanes, x, now)
            paint_line(painter, lanes, now, THEME.line_strong, "now", THEME.text)
            label = moment_label(instant.timestamp(), fine)
            paint_line(painter, lanes, x, THEME.past, label, grip=True)
        if GUTTER <= self.ghost < now - MAGNET:
            label = moment_label(shown.time_of(self.ghost - GUTTER), fine)
            paint_line(painter, lanes, self.ghost, THEME.line_strong, label, THEME.text)


def instant_of(moment: float) -> datetime:
    """Seconds since 1970 as a datetime, brought near where none can hold them."""
    return datetime.fromtimestamp(min(max(moment, 0.0), LATEST), UTC)


def moment_label(moment: float, fine: bool) -> str:
    """A local time of day, with milliseconds where a pixel is less than one."""
    words = f"{local_moment(moment):%H:%M:%S.%f}"
    return words[:-3] if fine else words[:-7]


def paint_line(
    painter: QPainter,
    lanes: Lanes,
    x: float,
    colour: str,
    label: str,
    ink: str = "",
    *,
    grip: bool = False,
) -> None:
    """A moment through all lanes, labelled on the axis; `grip` where it can be taken hold of."""
    if not GUTTER <= x <= lanes.width:
        return
    painter.setPen(QPen(QColor(colour), 1.5))
    painter.drawLine(QPointF(x, AXIS - 6), QPointF(x, lanes.height))
    font = text_font(SMALL_PX, medium=True)
    wide = QFontMetricsF(font).horizontalAdvance(label) + 14
    left = min(max(x - wide / 2, GUTTER + 2.0), lanes.width - wide - 4)
    chip = QRectF(left, 4, wide, AXIS - 9)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(THEME.ground))
    painter.drawRoundedRect(chip.adjusted(-3, -3, 3, 3), 5, 5)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(chip, 4, 4)
    if grip:
        top = chip.bottom() - 1
        corners = (x - 5, top), (x + 5, top), (x, top + 6)
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    painter.setFont(font)
    painter.setPen(QColor(ink or THEME.ground))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, label)


def _paint_after(painter: QPainter, lanes: Lanes, x: float, now: float) -> None:
    """What came after the instant shown is there, and is not what the window shows."""
    left, right = max(x, float(GUTTER)), min(now, lanes.width)
    if right > left:
        shade = QColor(THEME.past)
        shade.setAlpha(22)
        painter.fillRect(QRectF(left, AXIS, right - left, lanes.height - AXIS), shade)
