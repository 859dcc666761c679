"""Scheduled snapshots of live spaces, by a clock that is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lake_core.live import LiveSpace
from lake_core.scene.model import EntityUpdate
from lake_core.scene.state import Scene
from lake_core.scheduler import Scheduler
from lake_core.upkeep.schedule import Schedule

NOON = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def space(name: str, changes: int = 1, at: datetime = NOON) -> LiveSpace:
    scene = Scene(name)
    for number in range(changes):
        scene.update_entity(EntityUpdate(id=f"e{number}"))
    return LiveSpace(1, scene, at)


def test_that_a_changed_space_is_due_once_a_period() -> None:
    scheduler, spaces = Scheduler(lambda: {"s": Schedule(every=60)}), {"s": space("s")}
    assert scheduler.take_due(spaces, NOON) == []
    assert scheduler.next_due() == NOON + timedelta(seconds=30)
    assert scheduler.take_due(spaces, NOON + MINUTE / 2) == ["s"]
    assert scheduler.take_due(spaces, NOON + MINUTE / 2) == []
    assert scheduler.take_due(spaces, NOON + 90 * MINUTE) == ["s"]  # after a sleep, once
    assert scheduler.take_due(spaces, NOON + 90 * MINUTE) == []


def test_that_an_unchanged_space_is_due_only_where_that_is_wanted() -> None:
    idle = {name: space(name, 0) for name in ("s", "t")}
    schedules = {None: Schedule(every=60), "t": Schedule(every=60, only_if_changed=False)}
    scheduler = Scheduler(lambda: schedules)
    scheduler.take_due(idle, NOON)
    assert scheduler.take_due(idle, NOON + MINUTE) == ["t"]


def test_that_none_of_its_own_takes_a_space_out() -> None:
    spaces = {name: space(name) for name in ("s", "t")}
    scheduler = Scheduler(lambda: {None: Schedule(every=60), "t": None})
    scheduler.take_due(spaces, NOON)
    assert scheduler.take_due(spaces, NOON + MINUTE) == ["s"]


def test_that_a_paused_schedule_is_kept_and_nothing_is_due() -> None:
    schedules = {None: Schedule(every=60, paused=True), "t": Schedule(every=60)}
    scheduler = Scheduler(lambda: schedules)
    spaces = {name: space(name) for name in ("s", "t")}
    scheduler.take_due(spaces, NOON)
    assert scheduler.take_due(spaces, NOON + MINUTE) == ["t"]


def test_that_changes_from_before_a_restart_are_caught_up() -> None:
    late = {"s": space("s", at=NOON - timedelta(days=2))}
    scheduler = Scheduler(lambda: {"s": Schedule(cron="0 3 * * *")})
    assert scheduler.take_due(late, NOON) == ["s"]
    assert scheduler.take_due(late, NOON + MINUTE) == []


def test_that_schedules_are_read_once_a_minute_and_when_told() -> None:
    reads: list[int] = []

    def read() -> dict[str | None, Schedule | None]:
        reads.append(1)
        return {}

    scheduler = Scheduler(read)
    for seconds in (0, 1, 59):
        scheduler.take_due({}, NOON + timedelta(seconds=seconds))
    assert len(reads) == 1
    scheduler.forget()
    scheduler.take_due({}, NOON + timedelta(seconds=59))
    assert len(reads) == 2
    scheduler.take_due({}, NOON + timedelta(seconds=119))
    scheduler.take_due({}, NOON - timedelta(days=1))  # the clock was set back
    assert len(reads) == 4
