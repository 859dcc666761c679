"""When snapshots are due, by a clock that is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.upkeep.schedule import Schedule, check_schedule, is_due, next_due, upcoming

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_FROM, _TO = datetime(2020, 1, 1), datetime(2035, 1, 1)  # noqa: DTZ001 hypothesis adds the zone
MOMENTS = st.datetimes(_FROM, _TO, timezones=st.just(UTC))
SCHEDULES = st.one_of(
    st.builds(Schedule, every=st.floats(1, 1e6), jitter=st.floats(0, 1e4)),
    st.builds(
        Schedule,
        cron=st.sampled_from(["*/5 * * * *", "0 3 * * *", "30 2 * * 1-5", "0 0 1 * *"]),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
        jitter=st.floats(0, 600),
    ),
)


def ticks(schedule: Schedule, start: datetime, count: int, space: str = "s") -> list[datetime]:
    """The next moments, one after another."""
    at, found = start, []
    for _ in range(count):
        at = next_due(schedule, at, space)
        found.append(at)
    return found


def test_that_every_five_minutes_is_on_the_fives() -> None:
    told = ticks(Schedule(every=300), NOON + timedelta(seconds=7), 3)
    assert [f"{at:%H:%M:%S}" for at in told] == ["12:05:00", "12:10:00", "12:15:00"]


def test_that_cron_is_kept_in_its_zone_through_the_change_of_clocks() -> None:
    schedule = Schedule(cron="0 3 * * *", zone="Europe/Berlin")
    told = ticks(schedule, datetime(2026, 3, 27, 12, tzinfo=UTC), 3)
    assert [f"{at:%d %H:%M}" for at in told] == ["28 02:00", "29 01:00", "30 01:00"]


@given(SCHEDULES, MOMENTS)
def test_that_the_next_moment_is_always_ahead_and_they_rise(
    schedule: Schedule, at: datetime
) -> None:
    check_schedule(schedule)
    first, second = ticks(schedule, at, 2)
    assert at < first < second


@given(SCHEDULES, MOMENTS, st.floats(0, 1e5))
def test_that_nothing_is_skipped_and_nothing_comes_early(
    schedule: Schedule, at: datetime, seconds: float
) -> None:
    """From any moment before the next one, that is still the next one."""
    due = next_due(schedule, at, "s")
    between = min(at + timedelta(seconds=seconds), due - timedelta(microseconds=1))
    assert next_due(schedule, max(between, at), "s") == due


def test_that_what_was_slept_through_is_caught_up_once() -> None:
    schedule, last = Schedule(every=60), NOON
    woken = NOON + timedelta(hours=8, seconds=20)
    assert is_due(schedule, last, woken, "s")
    assert not is_due(schedule, woken, woken + timedelta(seconds=30), "s")
    assert is_due(schedule, woken, woken + timedelta(seconds=40), "s")


def test_that_the_moments_ahead_are_told_as_far_as_there_are_any() -> None:
    schedule = Schedule(cron="0 3 * * *", zone="Europe/Berlin")
    after = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert upcoming(schedule, after, "s", 3) == ticks(schedule, after, 3)
    assert len(upcoming(Schedule(every=60.0, paused=True), NOON, "s", 4)) == 4


def test_that_jitter_spreads_spaces_and_each_keeps_its_place() -> None:
    schedule = Schedule(every=3600, jitter=600)
    places = {space: next_due(schedule, NOON, space) for space in ("a", "b", "c")}
    assert len(set(places.values())) == 3
    for space, at in places.items():
        assert at > NOON
        assert next_due(schedule, at, space) == at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/every"),
        ({"every": 60.0, "cron": "* * * * *"}, "/every"),
        ({"every": 0.5}, "/every"),
        ({"every": float("nan")}, "/every"),
        ({"every": 60.0, "jitter": -1.0}, "/jitter"),
        ({"cron": "61 * * * *"}, "/cron"),
        ({"cron": "every day"}, "/cron"),
        ({"cron": "0 0 31 2 *"}, "/cron"),
        ({"cron": "0 3 * * *", "zone": "Mars/Olympus"}, "/zone"),
        ({"cron": "0 3 * * *", "zone": "../etc/passwd"}, "/zone"),
    ],
)
def test_that_a_schedule_no_one_could_keep_is_refused(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(Schedule(**fields))
    assert refused.value.errors[0].pointer == pointer
