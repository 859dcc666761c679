"""Schedules of spaces that no one writes: a snapshot of what came before a restart, once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from lake_core.lake import Lake
from lake_core.scene.model import SnapshotSummary
from lake_core.settings import Settings
from lake_core.upkeep.schedule import Schedule


def move(lake: Lake, space: str, step: int) -> None:
    body = {"space_name": space, "entity": {"id": "a", "position": [step, 0, 0]}}
    lake.ingest("entity", msgspec.json.encode(body)).result(20)


def scheduled(lake: Lake, space: str) -> list[SnapshotSummary]:
    return [each for each in lake.snapshots(space) if each.trigger == "schedule"]


def await_scheduled(lake: Lake, space: str, count: int) -> list[SnapshotSummary]:
    deadline = time.monotonic() + 30
    while len(found := scheduled(lake, space)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def restarted(settings: Settings) -> Iterator[Lake]:
    """A lake opened again: the space changed before, and has a schedule since."""
    lake = Lake.open(settings)
    move(lake, "s", 1)
    lake.close()
    keeper = Lake.open(settings, ingesting=False)
    keeper.set_schedule("s", Schedule(every=1.0))
    keeper.close()
    again = Lake.open(settings)
    yield again
    again.close()


def test_that_what_changed_before_a_restart_gets_its_snapshot_once(restarted: Lake) -> None:
    (taken,) = await_scheduled(restarted, "s", 1)
    assert taken.seq == 1
    time.sleep(1.5)
    assert len(scheduled(restarted, "s")) == 1
    assert restarted.verify("s").faults == []


def test_that_the_space_is_free_for_another_process_afterwards(
    restarted: Lake, settings: Settings
) -> None:
    await_scheduled(restarted, "s", 1)
    deadline = time.monotonic() + 10
    while restarted.is_live("s"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    other = Lake.open(settings, ingesting=False)
    move(other, "s", 2)
    other.close()


def test_that_a_space_that_another_process_writes_is_left_to_it(settings: Settings) -> None:
    writer = Lake.open(settings, ingesting=False)
    move(writer, "s", 1)
    other = Lake.open(settings)
    other._writer.snapshot_at_rest("s").result(10)
    assert scheduled(other, "s") == []
    move(writer, "s", 2)
    other.close()
    writer.close()
