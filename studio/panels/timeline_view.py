"""The timeline itself: wheel, drag and keys to a window of time, an instant and chosen snapshots.

Reads the SnapshotTimeline and the epochs it is given; sets the session's chosen snapshots and, by
its Scrubber, the instant shown. What it looks like is timeline_paint's. It follows the present
until a person moves it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lake_core.scene.model import TrainingEpoch
from studio.models.snapshots import SnapshotTimeline
from studio.panels import timeline_paint as look
from studio.panels.cards import FloatingCard
from studio.panels.time_navigator import TimeNavigator
from studio.panels.timeline_cards import epoch_card, snapshot_card
from studio.panels.timeline_choice import SnapshotChoice
from studio.panels.timeline_paint import GUTTER, Band, Lanes
from studio.panels.timeline_scrub import Scrubber, instant_of
from studio.render.time_axis import TimeWindow
from studio.session import Session
from studio.theme import THEME, text_font

CLICK_SLACK: Final = 4
GRAB: Final = 9.0
"""Pixels from a mark within which a click means it."""
ZOOM_A_NOTCH: Final = 0.8


class Drag(Enum):
    """What a held button does."""

    NONE = auto()
    PAN = auto()
    RUBBER = auto()
    SCRUB = auto()


class TimelineView(QWidget):
    """Time from left to right: axis, epochs, snapshots, and the present."""

    epoch_activated = Signal(object)  # UUID of an epoch whose band was clicked
    menu_requested = Signal(int, object, object)  # snapshot or -1, datetime, global QPoint

    def __init__(
        self, session: Session, timeline: SnapshotTimeline, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self.navigator = TimeNavigator(self)
        self.navigator.moved.connect(self.update)
        self.scrubber = Scrubber(session, self.navigator)
        self.bands: list[Band] = []
        self.choice = SnapshotChoice(session, timeline)
        self._hovered, self._hovered_band = -1, -1
        self._drag, self._press, self._last = Drag.NONE, QPointF(), QPointF()
        self._rubs = False
        self._card = FloatingCard(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 96)
        self.setAccessibleName("Timeline of snapshots")
        session.chosen_changed.connect(self._take_chosen)
        session.instant_changed.connect(self._instant_changed)

    @property
    def window_shown(self) -> TimeWindow:
        """The window of time shown now."""
        return self.navigator.window

    # -- data --------------------------------------------------------------------------------

    def snapshots_changed(self) -> None:
        """The timeline holds other snapshots; look again."""
        self._hovered = -1
        self._take_chosen()
        self.navigator.history_changed(self._timeline.times)

    def show_epochs(self, epochs: Iterable[TrainingEpoch]) -> None:
        """Draw these as bands, and no others."""
        self.bands = look.laid_out(list(epochs))
        self._hovered_band = -1
        self.update()

    def fit(self) -> None:
        """Show all snapshots and the present, and follow it from here on."""
        self.navigator.fit()

    def choose_visible(self) -> None:
        """Choose all snapshots in the window shown."""
        shown = self.window_shown
        self.choice.choose(range(*self._timeline.range_between(shown.start, shown.stop)))

    def first_instant(self) -> datetime:
        """Where history begins in the window shown."""
        start = self.window_shown.start
        return instant_of(max(start, float(self._timeline.times[0])) if self._timeline else start)

    def step(self, by: int) -> None:
        """Show the snapshot before the instant shown, or the next; past the newest, the present."""
        times, instant = self._timeline.times, self._session.instant
        if instant is None:
            index = len(times) + by
        elif by < 0:
            index = int(np.searchsorted(times, instant.timestamp(), side="left")) + by
        else:
            index = int(np.searchsorted(times, instant.timestamp(), side="right")) + by - 1
        if index >= len(times):
            self._session.show_instant(None)
        elif index >= 0:
            self._session.show_instant(self._timeline.summaries[index].timestamp)

    def _instant_changed(self, instant: datetime | None) -> None:
        if instant is not None and self._drag is not Drag.SCRUB:
            self._reveal(instant.timestamp())
        self.update()

    def _take_chosen(self) -> None:
        self.choice.refresh()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self.navigator.run(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.navigator.run(False)
        self._card.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.navigator.resize(self.width() - GUTTER)

    # -- painting ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(900, 150)

    @property
    def lanes(self) -> Lanes:
        """Where things are now."""
        rows = max((band.row + 1 for band in self.bands), default=1)
        return Lanes(self.width(), self.height(), rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, lanes, shown = QPainter(self), self.lanes, self.window_shown
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look.paint_frame(painter, lanes)
        look.paint_axis(painter, lanes, shown)
        painter.setClipRect(GUTTER, 0, self.width() - GUTTER, self.height())
        look.paint_bands(painter, lanes, shown, self.bands, self._hovered_band)
        lane = lanes.snapshots
        look.paint_snapshots(painter, lane, shown, self._timeline, self.choice.mask, self._hovered)
        if not len(self._timeline):
            self._paint_empty(painter)
        self.scrubber.paint(painter, lanes)
        if self._drag is Drag.RUBBER:
            look.paint_rubber(painter, lane, self._press.x(), self._last.x())
        painter.end()

    def _paint_empty(self, painter: QPainter) -> None:
        lane = self.lanes.snapshots
        painter.setFont(text_font(12))
        painter.setPen(QColor(THEME.text_quiet))
        words = "No snapshots yet. One is taken after every 100 changes, or by the button above."
        painter.drawText(lane.translated(0, 16), Qt.AlignmentFlag.AlignCenter, words)

    # -- what is where -----------------------------------------------------------------------

    def snapshot_at(self, at: QPointF) -> int:
        """Index of the snapshot nearest to a point of the lane; -1 where none is near."""
        if not self.lanes.snapshots.contains(at) or not len(self._timeline):
            return -1
        moment = self.window_shown.time_of(at.x() - GUTTER)
        near = int(np.searchsorted(self._timeline.times, moment))
        around = [index for index in (near - 1, near) if 0 <= index < len(self._timeline)]
        best = min(around, key=lambda index: abs(float(self._timeline.times[index]) - moment))
        away = abs(float(self._timeline.times[best]) - moment)
        return best if away <= GRAB * self.window_shown.seconds_per_pixel else -1

    def band_at(self, at: QPointF) -> int:
        """Index of the epoch band under a point; -1 where there is none."""
        lanes, shown = self.lanes, self.window_shown
        return next(
            (
                index
                for index, band in enumerate(self.bands)
                if look.band_box(lanes, shown, band).contains(at)
            ),
            -1,
        )

    def _reveal(self, moment: float) -> None:
        x = self.window_shown.x_of(moment)
        if not 0 <= x <= self.window_shown.width:
            self.navigator.move(self.window_shown.panned(self.window_shown.width / 2 - x))

    # -- mouse and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = self._last = event.position()
        self._card.hide()
        in_lane = self.lanes.snapshots.contains(event.position())
        left = event.button() == Qt.MouseButton.LeftButton
        if left and in_lane:
            self.choice.begin_rub(event.modifiers())
        self._rubs = left and in_lane
        if left and self._takes_playhead(event.position()) and not event.modifiers():
            self._drag = Drag.SCRUB
            self.scrubber.begin(event.position().x())

    def _takes_playhead(self, at: QPointF) -> bool:
        """On the axis everywhere; above the snapshots also on the line itself."""
        if self.lanes.axis.contains(at):
            return True
        return not self.lanes.snapshots.contains(at) and self.scrubber.is_on_playhead(at.x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if not event.buttons():
            self._hover(at)
            return
        if self._drag is Drag.NONE:
            if (at - self._press).manhattanLength() < CLICK_SLACK:
                return
            self._drag = Drag.RUBBER if self._rubs else Drag.PAN
        if self._drag is Drag.SCRUB:
            self.scrubber.drag(at.x())
        if self._drag is Drag.PAN:
            self.navigator.move(self.window_shown.panned(at.x() - self._last.x()))
        self._last = at
        if self._drag is Drag.RUBBER:
            self.choice.rub(*self._rubbed_times())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, Drag.NONE
        self.scrubber.end()
        if drag is Drag.RUBBER:
            self.choice.end_rub()
            self.update()
        elif drag is Drag.NONE and event.button() == Qt.MouseButton.LeftButton:
            self._clicked(event.position(), event.modifiers())
        elif drag is Drag.NONE and event.button() == Qt.MouseButton.RightButton:
            self._ask_menu(event.position())
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a snapshot: show it. A second press on the axis is a press like the first."""
        index = self.snapshot_at(event.position())
        if index >= 0:
            self._session.show_instant(self._timeline.summaries[index].timestamp)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By the key only: a right button that is held pans, so its menu waits for the release."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.choice.anchor >= 0:
            times, lane = self._timeline.times, self.lanes.snapshots
            x = GUTTER + self.window_shown.x_of(float(times[self.choice.anchor]))
            self._ask_menu(QPointF(x, lane.center().y()))

    def _ask_menu(self, at: QPointF) -> None:
        if at.x() >= GUTTER:
            instant = instant_of(self.window_shown.time_of(at.x() - GUTTER))
            self.menu_requested.emit(self.snapshot_at(at), instant, self.mapToGlobal(at.toPoint()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn, side = event.angleDelta().y() / 120.0, event.angleDelta().x() / 120.0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            turn, side = 0.0, turn or side
        if side:
            self.navigator.move(self.window_shown.panned(side * 60.0))
        elif turn:
            at = event.position().x() - GUTTER
            self.navigator.move(self.window_shown.zoomed(ZOOM_A_NOTCH**turn, max(at, 0.0)))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = self._hovered_band = -1
        self.scrubber.ghost = -1.0
        self._card.hide()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, middle = event.key(), self.window_shown.width / 2
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose_next(1 if key == Qt.Key.Key_Right else -1, extend=extend)
        elif key == Qt.Key.Key_Home:
            self.fit()
        elif key == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.choose_visible()
        elif key == Qt.Key.Key_Escape:
            self._session.choose(())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.navigator.move(self.window_shown.zoomed(ZOOM_A_NOTCH, middle))
        elif key == Qt.Key.Key_Minus:
            self.navigator.move(self.window_shown.zoomed(1.0 / ZOOM_A_NOTCH, middle))
        else:
            super().keyPressEvent(event)

    def _clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        band = self.band_at(at)
        if band >= 0:
            epoch = self.bands[band].epoch
            self._session.choose(epoch.snapshot_ids)
            self.epoch_activated.emit(epoch.id)
        elif self.lanes.snapshots.contains(at):
            self.choice.click(self.snapshot_at(at), modifiers)

    def _rubbed_times(self) -> tuple[float, float]:
        low, high = sorted((self._press.x() - GUTTER, self._last.x() - GUTTER))
        return self.window_shown.time_of(low), self.window_shown.time_of(high)

    def _choose_next(self, by: int, *, extend: bool) -> None:
        index = self.choice.step(by, extend=extend)
        if index >= 0:
            self._reveal(float(self._timeline.times[index]))

    def _hover(self, at: QPointF) -> None:
        self._hover_axis(at)
        snapshot, band = self.snapshot_at(at), self.band_at(at)
        if (snapshot, band) == (self._hovered, self._hovered_band):
            return
        self._hovered, self._hovered_band = snapshot, band
        self._show_card(at)
        self.update()

    def _hover_axis(self, at: QPointF) -> None:
        """A line under the pointer says where a click would go."""
        takes, hits = self._takes_playhead(at), self.snapshot_at(at) >= 0 or self.band_at(at) >= 0
        shape = Qt.CursorShape.PointingHandCursor if hits else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.SplitHCursor if takes else shape)
        ghost = at.x() if takes and not self.scrubber.is_on_playhead(at.x()) else -1.0
        if ghost != self.scrubber.ghost:
            self.scrubber.ghost = ghost
            self.update()

    def _show_card(self, at: QPointF) -> None:
        if self._hovered >= 0:
            x = GUTTER + self.window_shown.x_of(float(self._timeline.times[self._hovered]))
            point = QPoint(round(x), round(self.lanes.snapshots.center().y()))
            self._card.show_card(snapshot_card(self._timeline, self._hovered), point)
        elif self._hovered_band >= 0:
            self._card.show_card(epoch_card(self.bands[self._hovered_band].epoch), at.toPoint())
        else:
            self._card.hide()
