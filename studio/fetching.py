"""Fetches archived history back from cold storage, off the GUI thread, with progress and cancel.

An archive fits only right below what is here, so what was archived after it comes back first.
Knows the lake and the timeline; what came back is shown by HistoryKeeping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

from PySide6.QtCore import QObject, Signal

from lake_core.errors import Cancelled, LakeError
from lake_core.lake import Lake
from lake_core.upkeep.report import ArchivedStretch
from studio.desk import LakeDesk
from studio.history_keeping import HistoryKeeping
from studio.models.absences import needed_for


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back of a space: between two times, in seconds since 1970."""

    space_name: str
    start: float
    stop: float
    changes: int
    snapshots: int


class Fetching(QObject):
    """Couples the timeline's archives with one open lake."""

    _progress = Signal(int, int)

    def __init__(self, desk: LakeDesk, history: HistoryKeeping) -> None:
        super().__init__(desk.window)
        self._desk, self._history = desk, history
        self._cancelled = Event()
        self._runs = False
        timeline = desk.window.timeline
        timeline.fetch_requested.connect(self.fetch)
        timeline.fetching.cancel_requested.connect(self._cancelled.set)
        self._progress.connect(timeline.fetching.show_progress)

    def stop(self) -> None:
        """Cancel what runs on; to be called before the lake closes."""
        self._cancelled.set()

    def fetch(self, stretch: ArchivedStretch) -> None:
        """Bring an archived stretch back, and all that was archived after it."""
        if self._runs:
            words = "One archive is being fetched already: wait for it, or cancel it"
            self._desk.window.status.showMessage(words, 4000)
            return
        wanted = needed_for(self._desk.window.timeline.view.frame, stretch)
        if not wanted:
            return
        self._runs = True
        self._cancelled.clear()
        self._desk.window.timeline.fetching.begin(wanted)
        self._desk.workers.run_in_thread(
            partial(
                fetch_all, self._desk.lake, wanted, self._progress.emit, self._cancelled.is_set
            ),
            self._fetched,
            self._failed,
        )

    def _fetched(self, told: Fetched) -> None:
        self._end()
        window = self._desk.window
        window.banner.tell(
            f"Fetched back {told.changes:,} changes and {told.snapshots:,} snapshots of "
            f"{told.space_name}; their archive stays where it is",
            deed="Show them",
            do=partial(self._show, told),
            good=True,
        )

    def _show(self, told: Fetched) -> None:
        self._desk.session.show_space(told.space_name)
        self._desk.window.show_panel("Timeline")
        view = self._desk.window.timeline.view
        view.navigator.move(view.window_shown.showing(told.start, told.stop))

    def _failed(self, error: LakeError) -> None:
        self._end()
        if isinstance(error, Cancelled):
            words = "Fetching cancelled; what had not come whole stays in its archive"
            self._desk.window.status.showMessage(words, 4000)
        else:
            self._desk.window.banner.tell(f"Not fetched back: {error}")

    def _end(self) -> None:
        self._runs = False
        self._desk.window.timeline.fetching.end()
        self._history.look()


def fetch_all(
    lake: Lake,
    wanted: Sequence[ArchivedStretch],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Fetched:
    """Bring these back one after another. Blocks; raises LakeError, and Cancelled between two."""
    total, done, snapshots = sum(one.changes for one in wanted), 0, 0
    for one in wanted:
        if cancelled():
            raise Cancelled("fetching was cancelled")
        told = lake.restore_archive(
            one.place, progress=partial(_tell, progress, done, total), cancelled=cancelled
        )
        done += told.changes
        snapshots += len(told.snapshot_ids)
    return Fetched(
        space_name=wanted[0].space_name,
        start=wanted[-1].from_at.timestamp(),
        stop=wanted[0].to_at.timestamp(),
        changes=done,
        snapshots=snapshots,
    )


def _tell(progress: Callable[[int, int], None], before: int, total: int, here: int, _: int) -> None:
    progress(before + here, total)
