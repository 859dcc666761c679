"""Scheduled snapshots of spaces that no one writes: what changed before a restart, say.

The lake thread keeps the schedules of the spaces it writes. A space that was written by a process
that has ended waits for its snapshot until someone writes it anew, which may be never: such spaces
are looked for here, in a thread of its own. The time is handed in where it is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from lake_core.archiving import Archiving
from lake_core.errors import DatabaseUnavailable
from lake_core.recurring import Recurring
from lake_core.upkeep.report import LastSnapshots
from lake_core.upkeep.schedule import Schedule, is_due

FIRST_S: Final = 2.0
EVERY_S: Final = 30.0


class CatchUp(Recurring):
    """Looks for spaces whose snapshot is due, and has it taken of those that no one writes."""

    def __init__(
        self,
        lake: Archiving,
        take: Callable[[str], object],
        first: float = FIRST_S,
        every: float = EVERY_S,
    ) -> None:
        """`take` has a snapshot taken of a space at rest; of one that is written it takes none."""
        super().__init__("lake-catch-up", first, every)
        self._lake, self._take = lake, take

    def _take_turn(self) -> None:
        with suppress(DatabaseUnavailable):  # others tell of that
            self._look(datetime.now(UTC))

    def _look(self, now: datetime) -> None:
        schedules = self._lake.schedules()
        if not any(schedule and not schedule.paused for schedule in schedules.values()):
            return
        for each in self._lake.last_snapshots():
            schedule = schedules.get(each.space_name, schedules.get(None))
            if self.has_ended:
                return
            if schedule is not None and is_awaited(each, schedule, now):
                self._take(each.space_name)


def is_awaited(last: LastSnapshots, schedule: Schedule, now: datetime) -> bool:
    """Whether a space is to have a snapshot by its schedule, which has taken none when it should.

    However many moments went by, it is one.
    """
    if schedule.paused or last.changed_at is None:
        return False
    if schedule.only_if_changed and last.seq <= (last.newest_seq or 0):
        return False
    dealt_with = max(at for at in (last.changed_at, last.newest_at, last.scheduled_at) if at)
    return is_due(schedule, min(dealt_with, now), now, last.space_name)
