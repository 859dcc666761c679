"""Which spaces wait for a scheduled snapshot, whoever is to take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lake_core.catch_up import is_awaited
from lake_core.upkeep.report import LastSnapshots
from lake_core.upkeep.schedule import Schedule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOURLY = Schedule(every=3600.0)


def last(minutes: int, *, seq: int = 5, newest: int | None = None) -> LastSnapshots:
    """A space that changed so many minutes after noon, and whose newest snapshot was at noon."""
    at = None if newest is None else NOON
    return LastSnapshots("s", seq, NOON + timedelta(minutes=minutes), at, newest, at)


@pytest.mark.parametrize(
    ("space", "schedule", "minutes", "awaited"),
    [
        (last(10), HOURLY, 59, False),
        (last(10), HOURLY, 60, True),
        (last(10), HOURLY, 6000, True),
        (last(10, newest=4), HOURLY, 60, True),
        (last(10, newest=5), HOURLY, 60, False),
        (last(10, newest=5), Schedule(every=3600.0, only_if_changed=False), 60, True),
        (last(10), Schedule(every=3600.0, paused=True), 60, False),
        (LastSnapshots("s", 0, None, None, None, None), HOURLY, 60, False),
    ],
)
def test_that_a_space_waits_for_what_its_schedule_should_have_taken(
    space: LastSnapshots, schedule: Schedule, minutes: int, awaited: bool
) -> None:
    assert is_awaited(space, schedule, NOON + timedelta(minutes=minutes)) == awaited


def test_that_a_clock_ahead_of_ours_does_not_put_off_the_next() -> None:
    ahead = last(600)
    assert not is_awaited(ahead, HOURLY, NOON + timedelta(minutes=30))
    assert is_awaited(ahead, HOURLY, NOON + timedelta(minutes=660))
