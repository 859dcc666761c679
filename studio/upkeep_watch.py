"""Keeps the window's picture of upkeep up to date, whoever changes it: this process or another.

Tells as well of bookmarks, epochs and what is said of snapshots, which other windows and shells
change and nobody tells this process of.

Asks the lake for a mark now and then, which costs next to nothing, and for the rest where that is
another one. Shows nothing itself.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotSummary
from lake_core.upkeep.report import UpkeepMark
from lake_core.upkeep.schedule import next_due
from studio.desk import LakeDesk
from studio.latest import IsStale, Latest
from studio.models.upkeep_state import Schedules, UpkeepState

LOOK_MS: Final = 2000
SHARE_OF_TIME: Final = 50
"""A question that took t is followed by a rest of so many t: it counts what can be brought back."""
SOON_MS: Final = 50
"""Several notices of one deed are one look."""
LOOK_SHARE: Final = 10
"""A look that took t is followed by a rest of so many t: schedules may come each second."""
BEHIND_S: Final = 1.0
"""So long after a moment that was due its snapshot is there."""


class UpkeepWatch(QObject):
    """Tells of upkeep as it is, and when what is shown beside it is otherwise.

    That is so of a space's history when its snapshots went, came back or were spoken of elsewhere.
    """

    state_changed = Signal(object)  # UpkeepState
    history_changed = Signal(str)  # space
    bookmarks_changed = Signal()  # of the space shown
    epochs_changed = Signal()

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk, self._lake = desk, desk.lake
        self.state: UpkeepState | None = None
        self._mark: UpkeepMark | None = None
        self._marked_space = ""
        self._asking = self._told = self._remarked = False
        self._began = self._look_began = 0.0
        self._read_just_now: set[str] = set()
        self._looks = Latest[UpkeepState](desk.workers, self._looked, self._fail, self)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._ask_mark)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._ask_mark)
        self._due = QTimer(self, singleShot=True, interval=SOON_MS)
        self._due.timeout.connect(self._begin)
        desk.bridge.upkeep_changed.connect(self._hear_upkeep)
        desk.session.space_changed.connect(self._ask_mark)
        desk.bridge.space_created.connect(lambda _: self.look())
        desk.bridge.snapshot_created.connect(self._hear)
        desk.bridge.snapshot_changed.connect(self._hear_remark)
        self._timer.start()
        self._ask_mark()
        self.look()

    def look(self) -> None:
        """Ask for all of it anew, as soon as may be."""
        if not self._due.isActive():
            self._due.start()

    def _begin(self) -> None:
        self._look_began = time.monotonic()
        self._looks.ask(self._look)

    def _look(self, is_stale: IsStale) -> UpkeepState:
        return look_after(self._lake)

    def _looked(self, state: UpkeepState) -> None:
        took_ms = (time.monotonic() - self._look_began) * 1000
        self._due.setInterval(max(SOON_MS, round(took_ms * LOOK_SHARE)))
        self.state = state
        self.state_changed.emit(state)

    def _hear(self, summary: SnapshotSummary) -> None:
        if summary.trigger == "schedule":
            self.look()

    def _hear_upkeep(self) -> None:
        """This process did something: what it is, the mark tells."""
        self._told = True
        self._soon.start()

    def _hear_remark(self) -> None:
        """This process said something of a snapshot, which is shown already."""
        self._remarked = True

    def _ask_mark(self) -> None:
        if self._asking or not self._lake.health().database_ok:
            return
        self._asking, self._began = True, time.monotonic()
        space = self._desk.session.space_name
        self._desk.workers.run_in_thread(
            lambda: self._lake.upkeep_mark(space), partial(self._compare, space), self._fail
        )

    def _compare(self, space: str, mark: UpkeepMark) -> None:
        """Look again where anything is otherwise; tell of snapshots that went or came back."""
        self._asking = False
        took_ms = (time.monotonic() - self._began) * 1000
        self._timer.setInterval(max(LOOK_MS, round(took_ms * SHARE_OF_TIME)))
        before, self._mark = self._mark, mark
        is_same_space, self._marked_space = self._marked_space == space, space
        told, self._told = self._told, False
        if before is None or not is_same_space:
            # What was shown of this space may be older than its first mark.
            is_otherwise = told and mark.snapshots != ""
        else:
            is_otherwise = before.snapshots not in ("", mark.snapshots)
            is_otherwise = self._tell_rest(before, mark) or is_otherwise
        if is_otherwise:
            self.history_changed.emit(space)
        if before != mark or self._is_overtaken():
            self.look()

    def _tell_rest(self, before: UpkeepMark, mark: UpkeepMark) -> bool:
        """Tell of bookmarks and epochs; whether another said something of snapshots."""
        signals = {"bookmarks": self.bookmarks_changed, "epochs": self.epochs_changed}
        changed = {name for name in signals if getattr(before, name) != getattr(mark, name)}
        # Once more: what is read is newer than its mark, and what came between may be undone again.
        for name in changed | self._read_just_now:
            signals[name].emit()
        self._read_just_now = changed
        if before.remarks == mark.remarks:
            return False
        is_ours, self._remarked = self._remarked, False
        return not is_ours

    def _is_overtaken(self) -> bool:
        """Whether what was due has come about since."""
        due = self.state.next_look() if self.state else None
        return due is not None and (datetime.now(UTC) - due).total_seconds() > BEHIND_S

    def _fail(self, error: LakeError) -> None:
        """That PostgreSQL is away is told by the monitor; the next look asks again."""
        self._asking = False


def look_after(lake: Lake) -> UpkeepState:
    """All of upkeep as it is now. Blocks; raises LakeError."""
    now = datetime.now(UTC)
    spaces, schedules = tuple(lake.space_names()), lake.schedules()
    return UpkeepState(
        at=now,
        spaces=spaces,
        schedules=schedules,
        retentions=lake.retentions(),
        due=_due(spaces, schedules, now),
        last={one.space_name: one for one in lake.last_snapshots()},
        let_go={one.space_name: one for one in lake.let_go()},
        deeds=lake.upkeep(),
        archives=tuple(lake.archived_stretches()),
        report=lake.upkeep_report(now),
    )


def _due(spaces: tuple[str, ...], schedules: Schedules, now: datetime) -> dict[str, datetime]:
    found = {}
    for name in spaces:
        schedule = schedules.get(name, schedules.get(None))
        if schedule is not None and not schedule.paused:
            found[name] = next_due(schedule, now, name)
    return found
