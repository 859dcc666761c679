"""The timeline as it is seen: all it shows, in one window of time. Input is timeline_view's.

Reads the SnapshotTimeline and what else it is given; draws nothing itself but calls who does.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from lake_core.scene.model import Bookmark, TrainingEpoch
from studio.models.absences import Absence, HistoryFrame, Span, absences, merged
from studio.models.change_history import ChangeHistory, ExactMoments
from studio.models.snapshots import SnapshotTimeline
from studio.painting import guarded
from studio.panels import timeline_paint as look
from studio.panels.time_navigator import TimeNavigator
from studio.panels.timeline_changes import paint_changes
from studio.panels.timeline_choice import SnapshotChoice
from studio.panels.timeline_flags import paint_flags
from studio.panels.timeline_gaps import (
    LEAST,
    paint_absences,
    paint_archives,
    paint_floor,
    paint_no_snapshots,
    paint_outages,
)
from studio.panels.timeline_hits import Hit, Scenery
from studio.panels.timeline_marks import paint_snapshots
from studio.panels.timeline_paint import GUTTER, Band, Lanes
from studio.panels.timeline_scrub import Scrubber, instant_of
from studio.panels.timeline_walk import GapWalk
from studio.render.time_axis import TimeWindow
from studio.session import Session

MOST_EXACT = 5000
"""Up to so many changes in view their very moments are asked for."""
SETTLE_MS = 150


class TimelineCanvas(QWidget):
    """Time from left to right: axis, bookmarks, epochs, snapshots, changes, and the present."""

    marks_changed = Signal()  # snapshots or bookmarks came or went
    moments_requested = Signal(int, int)  # changes above a sequence number, up to another

    def __init__(
        self, session: Session, timeline: SnapshotTimeline, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self.navigator = TimeNavigator(self)
        self.navigator.moved.connect(self._moved)
        self.scrubber = Scrubber(session, self.navigator)
        self.history = ChangeHistory()
        self.frame = HistoryFrame()
        self.away_since: float | None = None  # PostgreSQL, in seconds since 1970
        self.bands: list[Band] = []
        self.bookmarks: tuple[Bookmark, ...] = ()
        self.choice = SnapshotChoice(session, timeline)
        self._hit = Hit()
        self.gaps = GapWalk(self)
        self._rubber: tuple[float, float] | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._ask_moments)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 96)
        self.setAccessibleName("Timeline of snapshots and changes")
        session.chosen_changed.connect(self._take_chosen)

    @property
    def window_shown(self) -> TimeWindow:
        """The window of time shown now."""
        return self.navigator.window

    @property
    def lanes(self) -> Lanes:
        """Where things are now."""
        rows = max((band.row + 1 for band in self.bands), default=1)
        return Lanes(self.width(), self.height(), rows)

    @property
    def scenery(self) -> Scenery:
        """What is where now."""
        return Scenery(
            self.lanes,
            self.window_shown,
            self._timeline,
            self.bands,
            self.bookmarks,
            self.frame.archives,
            self.outages(),
            self.absences(),
            self.floors(),
        )

    def absences(self, span: Span | None = None) -> Sequence[Absence]:
        """The times without changes that are long enough to be seen, and why; None: in view."""
        shown = self.window_shown
        start, stop = span or (shown.start, shown.stop)
        least = LEAST * shown.seconds_per_pixel
        frame = replace(self.frame, outages=self._all_outages())
        return absences(frame, self.history, start, stop, time.time(), least)

    def outages(self, span: Span | None = None) -> Sequence[Span]:
        """When PostgreSQL was away; what would be drawn over one another is one. None: in view."""
        shown = self.window_shown
        start, stop = span or (shown.start, shown.stop)
        least = LEAST * shown.seconds_per_pixel
        return merged(self._all_outages(), start, stop, least)

    def _all_outages(self) -> tuple[Span, ...]:
        """Those on record, and the one that goes on."""
        if self.away_since is None:
            return self.frame.outages
        return (*self.frame.outages, (self.away_since, time.time()))

    def floors(self) -> Sequence[float]:
        """Where history begins that was let go before, where it was."""
        at = self.frame.let_go_at
        return () if at is None else (at,)

    # -- data

    def snapshots_changed(self) -> None:
        """The timeline holds other snapshots; look again."""
        self._forget_hit()
        self._take_chosen()
        self.history.show_marks(self._timeline.times, self._timeline.seqs)
        self._tell_navigator()
        self.marks_changed.emit()

    def show_frame(self, frame: HistoryFrame) -> None:
        """History begins and ends so, and these were there, or were not."""
        if frame == self.frame:
            return
        self.frame = frame
        self._forget_hit()
        self.history.show_ends(frame.extent.floor_seq, frame.ends)
        self.scrubber.earliest = frame.extent.first_at if frame.extent.floor_seq else None
        self._tell_navigator()
        self.update()

    def clear(self) -> None:
        """Another space: nothing is known of it yet."""
        self.history.clear()
        self.show_frame(HistoryFrame())

    @property
    def oldest(self) -> float | None:
        """When the history that is here begins, in seconds since 1970."""
        begins = self.frame.begins_at
        first = float(self._timeline.times[0]) if len(self._timeline) else None
        return min((one for one in (begins, first) if one is not None), default=None)

    def _tell_navigator(self) -> None:
        archived = min((one.from_at for one in self.frame.archives), default=None)
        self.navigator.history_changed(self.oldest, archived.timestamp() if archived else None)

    def show_epochs(self, epochs: Iterable[TrainingEpoch]) -> None:
        """Draw these as bands, and no others."""
        self.bands = look.laid_out(list(epochs))
        self._forget_hit()
        self.update()

    def show_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Flag these, and no others."""
        self.bookmarks = tuple(sorted(bookmarks, key=lambda one: one.at))
        self._forget_hit()
        self.update()
        self.marks_changed.emit()

    def show_moments(self, moments: ExactMoments) -> None:
        """The very moments of a part of the log."""
        self.history.learn(moments)
        self.update()

    def hear(self, moment: float, seq: int, *, is_late: bool = False) -> None:
        """The log has grown to `seq` by `moment`, in seconds since 1970; `is_late`: or before."""
        if self.history.hear(moment, seq, is_late=is_late):
            self.update()

    def _forget_hit(self) -> None:
        """There are other things, or at other places."""
        self._hit = Hit()

    # -- where to

    def fit(self) -> None:
        """Show all snapshots and the present, and follow it from here on."""
        self.navigator.fit()

    def first_instant(self) -> datetime:
        """Where history begins in the window shown."""
        start = instant_of(max(self.window_shown.start, self.oldest or 0.0))
        return max(start, self.scrubber.earliest or start)

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

    def reveal(self, moment: float) -> None:
        """Move the window where a moment is out of it."""
        x = self.window_shown.x_of(moment)
        if not 0 <= x <= self.window_shown.width:
            self.navigator.move(self.window_shown.panned(self.window_shown.width / 2 - x))

    # -- painting

    def sizeHint(self) -> QSize:
        return QSize(900, 150)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, lanes, shown = QPainter(self), self.lanes, self.window_shown
        hit = self.gaps.hit or self._hit
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look.paint_frame(painter, lanes)
        look.paint_axis(painter, lanes, shown)
        painter.setClipRect(GUTTER, 0, self.width() - GUTTER, self.height())
        look.paint_bands(painter, lanes, shown, self.bands, hit.band)
        paint_archives(painter, lanes, shown, self.frame.archives, hit.archive)
        scale = paint_changes(painter, lanes.changes, shown, self.history)
        paint_absences(painter, lanes, shown, self.absences(), hit.absence)
        paint_outages(painter, lanes, shown, self.outages())
        for at in self.floors():
            paint_floor(painter, lanes, shown, at)
        self.gaps.paint(painter)
        lane, mask = lanes.snapshots, self.choice.mask
        paint_snapshots(painter, lane, shown, self._timeline, mask, hit.snapshot)
        if not len(self._timeline):
            paint_no_snapshots(painter, lanes, shown, self.absences(), self.frame.archives)
        paint_flags(painter, lanes, shown, self.bookmarks, hit.flag)
        self.scrubber.paint(painter, lanes)
        if self._rubber is not None:
            look.paint_rubber(painter, lane, *self._rubber)
        painter.setClipping(False)
        look.paint_scale(painter, lanes.changes, scale)
        painter.end()

    def _moved(self) -> None:
        self.update()
        if not self._settle.isActive():
            self._settle.start()

    def _ask_moments(self) -> None:
        """Near enough, the very moments are wanted, a little beyond both edges."""
        shown = self.window_shown
        margin = shown.seconds / 2
        after, upto = self.history.seqs_between(shown.start - margin, shown.stop + margin)
        known = self.history.exact
        is_known = known is not None and known.after <= after and upto <= known.upto
        if 0 < upto - after <= MOST_EXACT and not is_known:
            self.moments_requested.emit(after, upto)

    def _take_chosen(self) -> None:
        self.choice.refresh()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self.navigator.run(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.navigator.run(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.navigator.resize(self.width() - GUTTER)
