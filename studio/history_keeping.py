"""Keeps the timeline's frame of history up to date: where it begins, archives, who was there.

Asks in a worker, now and then, since other programs archive, restore and serve as well. Tells
when what is stored of the past became otherwise; draws nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from lake_core.errors import LakeError
from lake_core.lake import Lake, LakeHealth
from lake_core.store.bookmarks import Extent
from lake_core.upkeep.report import ArchivedStretch
from lake_core.upkeep.runs import OVERDUE, ServerRun, judged
from studio.desk import LakeDesk
from studio.models.absences import HistoryFrame, frame_of

EVERY_MS: Final = 5_000
ON_RECORD_MS: Final = 2_500
"""So long after an outage it is on record."""
ALL_EVERY: Final = 24
"""Looks after which all runs are read again, not only the latest."""


class HistoryKeeping(QObject):
    """Couples the timeline with the history of the space shown."""

    replaced = Signal(str)  # a space whose past was put away, or came back
    looked = Signal(str)  # a space whose frame is up to date

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._historian = _Historian(desk.lake)
        self._asking = self._again = False
        self._known: tuple[str, tuple[object, ...]] | None = None
        self._soon = QTimer(self, interval=EVERY_MS)
        self._soon.timeout.connect(self._look_if_seen)
        self._settle = QTimer(self, singleShot=True, interval=ON_RECORD_MS)
        self._settle.timeout.connect(self._show_no_outage)
        desk.session.space_changed.connect(lambda _: self.look())
        desk.bridge.upkeep_changed.connect(self.look)
        desk.bridge.health_changed.connect(self._hear_health)
        self._soon.start()

    def _hear_health(self, health: LakeHealth) -> None:
        """An outage that goes on can be read from nowhere; when it is over it is on record."""
        view = self._desk.window.timeline.view
        if not health.database_ok:
            view.away_since = view.away_since or time.time()
            self._settle.stop()
        elif view.away_since is not None and not self._settle.isActive():
            self._settle.start()

    def _show_no_outage(self) -> None:
        self._desk.window.timeline.view.away_since = None
        self.look()

    def look(self) -> None:
        """Bring it up to date now."""
        space = self._desk.session.space_name
        if not space:
            return
        if self._asking:
            self._again = True
            return
        self._asking, self._again = True, False
        call = partial(self._historian.look, space)
        self._desk.workers.run_in_thread(call, partial(self._show, space), self._fail)

    def _look_if_seen(self) -> None:
        if self._desk.window.timeline.isVisible():
            self.look()

    def _show(self, space: str, frame: HistoryFrame) -> None:
        self._asking = False
        if space == self._desk.session.space_name:
            self._desk.window.timeline.view.show_frame(frame)
            self._compare(space, frame)
            self.looked.emit(space)
        if self._again or space != self._desk.session.space_name:
            self.look()

    def _compare(self, space: str, frame: HistoryFrame) -> None:
        stored = (frame.extent.floor_seq, *(one.id for one in frame.archives))
        before, self._known = self._known, (space, stored)
        if before is not None and before[0] == space and before[1] != stored:
            self.replaced.emit(space)

    def _fail(self, error: LakeError) -> None:
        """A space that is yet to come has none; that PostgreSQL is away is told elsewhere."""
        self._asking = False
        if self._again:
            self.look()


class _Historian:
    """The side of the worker threads: one call at a time, whichever thread makes it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._space = ""
        self._runs: dict[UUID, ServerRun] = {}
        self._looks = 0

    def look(self, space_name: str) -> HistoryFrame:
        """The frame of a space; raises LakeError."""
        extent = self._lake.extent(space_name)
        archives = self._lake.archived_stretches(space_name)
        if space_name != self._space or self._looks % ALL_EVERY == 0:
            self._space, self._looks = space_name, 0
            self._runs = {}
        self._looks += 1
        now = datetime.now(UTC)
        since = now - 4 * OVERDUE if self._runs else _beginning(extent, archives)
        self._runs |= {run.id: run for run in self._lake.runs(since)}
        return frame_of(extent, archives, judged(list(self._runs.values()), now), now)


def _beginning(extent: Extent, archives: list[ArchivedStretch]) -> datetime | None:
    """Since when runs have something to explain."""
    begins = [one.from_at for one in archives]
    if extent.first_at is not None:
        begins.append(extent.first_at)
    return min(begins, default=None) and min(begins) - timedelta(seconds=1)
