"""Which of the live spaces are due for a scheduled snapshot. Belongs to the lake thread.

A schedule is kept by whoever writes the space: one that nobody writes does not change. It holds
no clock; the time is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from lake_core.live import LiveSpace
from lake_core.upkeep.schedule import Schedule, next_due

Schedules = Mapping[str | None, Schedule | None]
"""By space; None for all without one of their own."""

_REREAD: Final = timedelta(seconds=60)
"""Another process may have set one."""


class Scheduler:
    """Keeps, for each live space with a schedule, when its next snapshot is due."""

    def __init__(self, read: Callable[[], Schedules | None]) -> None:
        """`read` gives the schedules in force, None where they cannot be known now."""
        self._read = read
        self._schedules: Schedules = {}
        self._reread_from: datetime | None = None
        self._due: dict[str, datetime] = {}

    def forget(self) -> None:
        """Schedules were set: look at them anew."""
        self._reread_from = None

    def take_due(self, spaces: Mapping[str, LiveSpace], now: datetime) -> list[str]:
        """The spaces that are to have a snapshot now; each is told once, however long it slept."""
        self._refresh(now)
        if not self._schedules:
            return []
        for gone in self._due.keys() - spaces.keys():
            del self._due[gone]
        return [name for name, space in spaces.items() if self._is_due(name, space, now)]

    def next_due(self) -> datetime | None:
        """When to look again at the latest; None where no live space has a schedule."""
        return min(self._due.values(), default=None)

    def _is_due(self, name: str, space: LiveSpace, now: datetime) -> bool:
        schedule = self._schedules.get(name, self._schedules.get(None))
        if schedule is None or schedule.paused:
            self._due.pop(name, None)
            return False
        due = self._due.get(name)
        if due is None:  # what changed before we came here may be due already
            due = self._due[name] = next_due(schedule, min(space.clock, now), name)
        if now < due:
            return False
        self._due[name] = next_due(schedule, now, name)
        return space.changes_since_snapshot > 0 or not schedule.only_if_changed

    def _refresh(self, now: datetime) -> None:
        if self._reread_from is not None and self._reread_from - _REREAD <= now < self._reread_from:
            return
        self._reread_from = now + _REREAD
        schedules = self._read()
        if schedules is not None and schedules != self._schedules:
            self._schedules = schedules
            self._due.clear()
