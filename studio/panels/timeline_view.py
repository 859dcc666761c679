"""The timeline's input: wheel, drag and keys to a window of time, an instant, chosen snapshots.

Sets the session's chosen snapshots and, by the Scrubber, the instant shown. What there is to see
is TimelineCanvas's. The window follows the present until a person moves it away.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.models.snapshots import SnapshotTimeline
from studio.panels.cards import FloatingCard
from studio.panels.key_focus import KeyFocusFrame
from studio.panels.timeline_canvas import TimelineCanvas
from studio.panels.timeline_cards import card_of
from studio.panels.timeline_hits import Hit
from studio.panels.timeline_paint import GUTTER
from studio.panels.timeline_scrub import instant_of
from studio.session import Session

CLICK_SLACK: Final = 4
ZOOM_A_NOTCH: Final = 0.8


class Drag(Enum):
    """What a held button does."""

    NONE = auto()
    PAN = auto()
    RUBBER = auto()
    SCRUB = auto()
    LIFT = auto()


class TimelineView(TimelineCanvas):
    """The canvas with hands on it."""

    epoch_activated = Signal(object)  # UUID of an epoch whose band was clicked
    archive_activated = Signal(object, object)  # ArchivedStretch, global QPoint
    drag_requested = Signal()  # the chosen snapshots, from one of them
    menu_requested = Signal(object, object, object)  # Hit, datetime, global QPoint

    def __init__(
        self, session: Session, timeline: SnapshotTimeline, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, timeline, parent)
        self._drag, self._press, self._last = Drag.NONE, QPointF(), QPointF()
        self._rubs = False
        self._card = FloatingCard(self, clear=parent)
        self._pointer = QPointF()  # where it hovered last
        KeyFocusFrame(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        session.instant_changed.connect(self._instant_changed)

    def choose_visible(self) -> None:
        """Choose all snapshots in the window shown."""
        shown = self.window_shown
        self.choice.choose(range(*self._timeline.range_between(shown.start, shown.stop)))

    def _instant_changed(self, instant: datetime | None) -> None:
        if instant is not None and self._drag is not Drag.SCRUB:
            self.reveal(instant.timestamp())
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._card.hide()

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

    def _lifts(self, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether the button went down on a chosen snapshot: those chosen are taken along."""
        index = self.scenery.snapshot_at(self._press)
        return index >= 0 and bool(self.choice.mask[index]) and not modifiers

    def _takes_playhead(self, at: QPointF) -> bool:
        """On the axis but for its flags; outside of the snapshots also on the line itself."""
        if self.lanes.axis.contains(at):
            return self.scenery.hit(at).flag < 0
        return not self.lanes.snapshots.contains(at) and self.scrubber.is_on_playhead(at.x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if not event.buttons():
            self._hover(at)
            return
        if self._drag is Drag.NONE:
            if (at - self._press).manhattanLength() < CLICK_SLACK:
                return
            if self._rubs and self._lifts(event.modifiers()):
                self._drag = Drag.LIFT
                self.drag_requested.emit()
                return
            self._drag = Drag.RUBBER if self._rubs else Drag.PAN
        if self._drag is Drag.SCRUB:
            self.scrubber.drag(at.x())
        if self._drag is Drag.PAN:
            self.navigator.move(self.window_shown.panned(at.x() - self._last.x()))
        self._last = at
        if self._drag is Drag.RUBBER:
            self._rubber = (self._press.x(), self._last.x())
            self.choice.rub(*self._rubbed_times())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag, self._rubber = self._drag, Drag.NONE, None
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
        index = self.scenery.snapshot_at(event.position())
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
            hit = self.scenery.hit(at)
            self.menu_requested.emit(hit, instant, self.mapToGlobal(at.toPoint()))

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
        self._hit = Hit()
        self.scrubber.ghost = -1.0
        self._card.hide()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What keys have opened goes where they go elsewhere."""
        super().focusOutEvent(event)
        if self.gaps.hit is not None:
            self._card.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, middle = event.key(), self.window_shown.width / 2
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose_next(1 if key == Qt.Key.Key_Right else -1, extend=extend)
        elif key == Qt.Key.Key_Home:
            self.fit()
        elif key == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.choose_visible()
        elif key == Qt.Key.Key_G and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            self._mark_gap(-1 if extend else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open_marked()
        elif key == Qt.Key.Key_Escape:
            self._give_up()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.navigator.move(self.window_shown.zoomed(ZOOM_A_NOTCH, middle))
        elif key == Qt.Key.Key_Minus:
            self.navigator.move(self.window_shown.zoomed(1.0 / ZOOM_A_NOTCH, middle))
        else:
            super().keyPressEvent(event)

    def _clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        hit = self.scenery.hit(at)
        if hit.flag >= 0:
            self._session.show_instant(self.bookmarks[hit.flag].at)
        elif hit.band >= 0:
            epoch = self.bands[hit.band].epoch
            self._session.choose(epoch.snapshot_ids)
            self.epoch_activated.emit(epoch.id)
        elif hit.archive >= 0:
            self._hit = hit  # more than its card is about to be shown
            self.archive_activated.emit(
                self.frame.archives[hit.archive], self.mapToGlobal(at.toPoint())
            )
        elif self.lanes.snapshots.contains(at):
            self.choice.click(hit.snapshot, modifiers)

    def _mark_gap(self, by: int) -> None:
        """Mark the next time without changes and bring it into view."""
        self._card.hide()
        gap = self.gaps.step(by)
        if gap is not None:
            self.reveal((gap.start + gap.stop) / 2)
        self.update()

    def _open_marked(self) -> None:
        """What a pointer would be told there; of an archive, what a click would."""
        hit, box = self.gaps.hit, self.gaps.box
        if hit is None or box.isEmpty():
            return
        self._hit = hit
        if hit.archive >= 0:
            stretch = self.frame.archives[hit.archive]
            self.archive_activated.emit(stretch, self.mapToGlobal(box.center().toPoint()))
        else:
            self._show_card(box.center())

    def _give_up(self) -> None:
        """One thing at a time: the card, the mark, the choice."""
        if self.gaps.hit is None:
            self._session.choose(())
        elif self._card.card is not None:
            self._card.hide()
        else:
            self.gaps.clear()
            self.update()

    def _rubbed_times(self) -> tuple[float, float]:
        low, high = sorted((self._press.x() - GUTTER, self._last.x() - GUTTER))
        return self.window_shown.time_of(low), self.window_shown.time_of(high)

    def _choose_next(self, by: int, *, extend: bool) -> None:
        index = self.choice.step(by, extend=extend)
        if index >= 0:
            self.reveal(float(self._timeline.times[index]))

    def _forget_hit(self) -> None:
        """A card of what is there no more goes; of what is under the pointer it says what is so."""
        super()._forget_hit()
        if self._card.card is not None and self.gaps.hit is None:
            self._hit = self.scenery.hit(self._pointer)
            self._show_card(self._pointer)

    def _hover(self, at: QPointF) -> None:
        self._pointer = at
        hit = self.scenery.hit(at)
        self._hover_axis(at, hit)
        if hit != self._hit:
            self.gaps.clear()  # the pointer has the last word
            self._hit = hit
            self._show_card(at)
            self.update()

    def _hover_axis(self, at: QPointF, hit: Hit) -> None:
        """A line under the pointer says where a click would go."""
        takes = self._takes_playhead(at)
        shape = Qt.CursorShape.PointingHandCursor if hit.takes_click else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.SplitHCursor if takes else shape)
        ghost = at.x() if takes and not self.scrubber.is_on_playhead(at.x()) else -1.0
        if ghost != self.scrubber.ghost:
            self.scrubber.ghost = ghost
            self.update()

    def _show_card(self, at: QPointF) -> None:
        """Tell of what is hit; of a snapshot beside it, as the pointer need only be near."""
        card, index = card_of(self._hit, self.scenery, self.frame), self._hit.snapshot
        if card is None:
            self._card.hide()
            return
        if self._hit.flag < 0 <= index:
            x = GUTTER + self.window_shown.x_of(float(self._timeline.times[index]))
            at = QPointF(round(x), round(self.lanes.snapshots.center().y()))
        self._card.show_card(card, at.toPoint())
