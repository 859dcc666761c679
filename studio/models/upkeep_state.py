"""Upkeep as the window shows it: policies by space, what is due, what was let go and put away.

Values, and questions to them; knows neither Qt nor a lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from lake_core.upkeep.report import ArchivedStretch, Deed, LastSnapshots, LetGo, UpkeepReport
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Inherits:
    """What a space has that has no policy of its own: that of all spaces holds."""


Policy = TypeVar("Policy", Schedule, Retention)
Schedules = Mapping[str | None, Schedule | None]
Retentions = Mapping[str | None, Retention | None]


def choice_of(
    policies: Mapping[str | None, Policy | None], space: str | None
) -> Policy | Inherits | None:
    """What is set for a space, or None for all: its own, that of all, or nothing."""
    if space in policies:
        return policies[space]
    return Inherits() if space is not None else None


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """All of it at one moment. Policies are by space, None for all without one of their own."""

    at: datetime
    spaces: tuple[str, ...]
    schedules: Schedules
    retentions: Retentions
    due: Mapping[str, datetime]
    """When a snapshot of a space is next due; only of those with a schedule that is not paused."""
    last: Mapping[str, LastSnapshots]
    let_go: Mapping[str, LetGo]
    deeds: Sequence[Deed]
    archives: tuple[ArchivedStretch, ...]
    report: UpkeepReport

    def schedule_of(self, space: str) -> Schedule | None:
        """The schedule that holds for a space."""
        return self.schedules.get(space, self.schedules.get(None))

    def retention_of(self, space: str) -> Retention | None:
        """The policy that holds for a space; None keeps everything."""
        return self.retentions.get(space, self.retentions.get(None))

    def purge_due(self, space: str) -> datetime | None:
        """When the first of what was let go of a space is gone for good; None where none is.

        That takes a policy in force: without one nothing is purged.
        """
        gone, policy = self.let_go.get(space), self.retention_of(space)
        if gone is None or policy is None:
            return None
        return gone.first_at + timedelta(seconds=policy.grace)

    def recoverable(self) -> int:
        """How many snapshots retention has let go that can be brought back."""
        return sum(one.expired for one in self.let_go.values())

    def next_look(self) -> datetime | None:
        """When something is due, and this no longer true."""
        return min(self.due.values(), default=None)
