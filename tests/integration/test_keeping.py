"""Retention on a real lake: what goes, what may not, and that the rest is as it was."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from lake_core.caretaker import Caretaker
from lake_core.errors import Gone, InvalidInput, NotFound
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.settings import Settings
from lake_core.upkeep.retention import Retention, Thinning
from lake_core.upkeep.schedule import Schedule

ALL_GO = Retention(newest=1, triggers=("manual", "threshold", "batch", "schedule"), grace=60.0)


def move(lake: Lake, step: int, entity_id: str = "a") -> None:
    entity = {"id": entity_id, "position": [step, 0, 0], "parameters": {"step": step}}
    body = {"space_name": "s", "entity": entity}
    lake.ingest("entity", msgspec.json.encode(body)).result(20)


def snapshot(lake: Lake) -> UUID:
    taken = lake.create_snapshot("s").result(20).snapshot_id
    assert taken is not None
    return taken


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def hashes(lake: Lake, ids: list[UUID]) -> list[str]:
    return [f"{scene.state_hash:032x}" for _, scene in lake.scenes_at(ids)]


@pytest.fixture
def ids(lake: Lake) -> list[UUID]:
    """Ten snapshots, three changes apart."""
    move(lake, 0, "b")
    found = []
    for step in range(30):
        move(lake, step)
        if step % 3 == 2:
            found.append(snapshot(lake))
    return found


def let_go(lake: Lake, policy: Retention = ALL_GO) -> None:
    """Let go, purge and cut, as days would."""
    lake.apply_retention("s", policy, later(10), settled=0.0)
    lake.apply_retention("s", policy, later(1000), settled=0.0)
    lake.apply_retention("s", policy, later(1000), settled=0.0)


def test_that_a_plan_says_what_an_application_does(lake: Lake, ids: list[UUID]) -> None:
    lake.edit_snapshot(ids[3], SnapshotEdit(pinned=True))
    lake.edit_snapshot(ids[4], SnapshotEdit(tags=["good"]))
    epoch = lake.create_epoch([ids[5]], "walk")
    at = lake.snapshot(ids[6]).timestamp
    lake.add_bookmark("s", at + timedelta(microseconds=1))
    now = later(10)
    plan = lake.plan_retention("s", ALL_GO, now)
    assert [(each.snapshot.id, each.because) for each in plan.decisions] == [
        *((each, "") for each in ids[:3]),
        (ids[3], "pinned"),
        (ids[4], "tagged"),
        (ids[5], "in epoch ‘walk’"),
        (ids[6], "bookmarked"),
        *((each, "") for each in ids[7:9]),
        (ids[9], "newest"),
    ]
    assert plan.changes == lake.snapshot(ids[3]).seq
    cleared = lake.apply_retention("s", ALL_GO, now)
    assert cleared.expired == [each.snapshot.id for each in plan.decisions if each.goes]
    assert [each.id for each in lake.snapshots("s")] == [*ids[3:7], ids[9]]
    assert lake.epoch(epoch.id).snapshot_ids == [ids[5]]


def test_that_what_went_answers_gone_and_comes_back_until_it_is_purged(
    lake: Lake, ids: list[UUID]
) -> None:
    before = hashes(lake, ids)
    lake.apply_retention("s", ALL_GO, later(10))
    with pytest.raises(Gone):
        lake.snapshot(ids[0])
    with pytest.raises(Gone):
        lake.scene_at("s", ids[0])
    assert lake.undo_retention("s") == ids[:9]
    assert hashes(lake, ids) == before
    lake.apply_retention("s", ALL_GO, later(10))
    lake.edit_snapshot(ids[1], SnapshotEdit(deleted=False))
    assert lake.snapshot(ids[1]).id == ids[1]
    let_go(lake)
    assert lake.undo_retention("s") == []
    with pytest.raises(Gone):
        lake.snapshot(ids[0])


def test_that_history_before_the_oldest_kept_goes_and_the_rest_is_as_it_was(
    settings: Settings, lake: Lake, ids: list[UUID], database_url: str
) -> None:
    lake.edit_snapshot(ids[4], SnapshotEdit(pinned=True))
    kept = [ids[4], ids[9]]
    floor, before = lake.snapshot(ids[4]).seq, hashes(lake, kept)
    life = [moment for moment in lake.entity_history("s", "a") if moment.seq > floor]
    let_go(lake)
    with psycopg.connect(database_url) as connection:
        (least, rows) = connection.execute("SELECT min(seq), count(*) FROM lake_changes").fetchone()  # type: ignore[misc]
        told = connection.execute("SELECT count(*) FROM eustress_entities").fetchone()
    assert (least, rows, told) == (floor + 1, 31 - floor, (4,))
    assert hashes(lake, kept) == before
    assert lake.verify("s").faults == []
    assert list(lake.entity_history("s", "a")) == life
    assert list(lake.entity_history("s", "b")) == []  # there, and unchanged since
    with pytest.raises(NotFound):
        list(lake.entity_history("s", "nobody"))
    for instant in (floor - 1, 0, lake.snapshot(ids[4]).timestamp - timedelta(days=1)):
        with pytest.raises(Gone):
            lake.scene_at("s", instant)
    assert lake.cursor("s").at(floor).seq == floor
    lake.close()
    again = Lake.open(settings)
    move(again, 99)
    assert hashes(again, kept) == before
    assert again.verify("s").faults == []
    again.close()


def test_that_a_space_may_be_left_with_nothing_but_its_present(
    settings: Settings, lake: Lake, ids: list[UUID]
) -> None:
    state = hashes(lake, ids[-1:])
    let_go(lake)
    assert lake.verify("s").faults == []
    lake.close()
    again = Lake.open(settings)
    assert again.scene_at("s", datetime.now(UTC)).entity_count == 2
    assert hashes(again, ids[-1:]) == state
    move(again, 99)
    assert again.spaces()[0].changes == 32
    assert again.verify("s").faults == []
    again.close()


def test_that_the_log_is_cut_only_once_readers_have_moved_on(lake: Lake, ids: list[UUID]) -> None:
    lake.apply_retention("s", ALL_GO, later(10))
    assert lake.apply_retention("s", ALL_GO, later(1000)).changes == 0
    assert lake.apply_retention("s", ALL_GO, later(1000)).changes == 0
    assert lake.apply_retention("s", ALL_GO, later(1000), settled=0.0).changes > 0


def test_that_the_log_of_a_space_in_use_is_cut_though_each_turn_finds_another_place(
    lake: Lake, database_url: str
) -> None:
    policy = Retention(newest=2, grace=0.0, triggers=ALL_GO.triggers)
    changes_a_turn = 20
    with psycopg.connect(database_url, autocommit=True) as connection:
        for turn in range(6):
            for step in range(changes_a_turn):
                move(lake, changes_a_turn * turn + step)
            snapshot(lake)
            lake.apply_retention("s", policy, settled=600.0)
            connection.execute(  # ten minutes go by
                "UPDATE lake_keyframes SET created_at = created_at - interval '10 minutes'"
            )
        row = connection.execute(
            "SELECT (SELECT count(*) FROM lake_changes), (SELECT count(*) FROM lake_keyframes)"
        ).fetchone()
    assert row is not None
    changes, keyframes = row
    assert changes < 4 * changes_a_turn  # what two turns may still need
    assert keyframes <= 2
    assert lake.verify("s").faults == []


def test_that_a_plan_weighs_what_the_log_and_its_keyframes_take(
    lake: Lake, ids: list[UUID], database_url: str
) -> None:
    policy = Retention(newest=1, grace=0.0, triggers=ALL_GO.triggers)
    told = lake.plan_retention("s", policy, later(10))
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT sum(pg_column_size(c.*)) FROM lake_changes c WHERE seq <= %s", [told.changes]
        ).fetchone()
    assert row is not None
    assert row[0] < told.bytes < 2 * row[0]  # with what a row takes beside itself


def test_that_what_is_younger_than_its_grace_is_not_cut(lake: Lake, ids: list[UUID]) -> None:
    policy = Retention(newest=1, younger=3600.0, grace=60.0, triggers=ALL_GO.triggers)
    assert lake.apply_retention("s", policy, later(100), settled=0.0).changes == 0
    assert lake.scene_at("s", 1).seq == 1  # before the first snapshot
    assert lake.apply_retention("s", policy, later(4000), settled=0.0).changes > 0


def test_that_bookmarks_keep_the_log_they_stand_on(lake: Lake, ids: list[UUID]) -> None:
    last_change = lake.change_near("s", lake.snapshot(ids[0]).timestamp, forward=False)
    assert last_change is not None
    before = last_change - timedelta(microseconds=1)
    seq = lake.scene_at("s", before).seq
    assert seq == lake.snapshot(ids[0]).seq - 1
    lake.add_bookmark("s", before, "before any snapshot")
    let_go(lake)
    assert lake.scene_at("s", before).seq == seq
    assert lake.verify("s").faults == []


def test_that_policies_hold_for_all_but_spaces_with_their_own(lake: Lake, ids: list[UUID]) -> None:
    with pytest.raises(InvalidInput, match="everything is kept"):
        lake.apply_retention("s")
    common = Retention(newest=3, thin=(Thinning(every=3600.0, until=86_400.0),))
    lake.set_retention(None, common)
    assert lake.retention_of("s") == common
    lake.set_retention("s", None)
    assert lake.retention_of("s") is None
    assert lake.clear_retention("s")
    assert not lake.clear_retention("s")
    assert lake.retentions() == {None: common}
    lake.set_schedule("s", Schedule(every=300.0))
    assert lake.schedules() == {"s": Schedule(every=300.0)}
    with pytest.raises(NotFound):
        lake.set_schedule("nowhere", Schedule(every=300.0))
    with pytest.raises(InvalidInput):
        lake.set_schedule("s", Schedule(cron="never"))


def test_that_a_schedule_takes_snapshots_of_what_changed(settings: Settings) -> None:
    lake = Lake.open(settings)
    move(lake, 0)
    lake.set_schedule("s", Schedule(every=1.0))
    taken: list[Any] = []
    deadline = time.monotonic() + 20
    while len(taken) < 2:
        assert time.monotonic() < deadline
        move(lake, len(taken) + 1)
        time.sleep(0.1)
        taken = [each for each in lake.snapshots("s") if each.trigger == "schedule"]
    time.sleep(1.3)  # the last changes may have one to come
    count = len(lake.snapshots("s"))
    time.sleep(2.2)
    assert len(lake.snapshots("s")) == count  # nothing has changed since
    assert lake.clear_schedule("s")
    move(lake, 99)
    time.sleep(1.5)
    assert len(lake.snapshots("s")) == count
    lake.close()


def test_that_a_caretaker_applies_the_policies_in_force(lake: Lake, ids: list[UUID]) -> None:
    lake.set_retention("s", Retention(newest=4, triggers=ALL_GO.triggers))
    caretaker = Caretaker(lake, first=0.0, every=0.05)
    caretaker.start()
    deadline = time.monotonic() + 20
    while len(lake.snapshots("s")) > 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lake.set_retention("s", None)
    caretaker.stop()
    assert [each.id for each in lake.snapshots("s")] == ids[6:]
