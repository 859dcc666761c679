"""Archives on a real lake: put away, read back, brought back as it was, or refused."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest

from lake_core.caretaker import Caretaker
from lake_core.errors import Cancelled, Conflict, Gone, InvalidInput, NotFound
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.settings import Settings
from lake_core.store.instants import Instant
from lake_core.upkeep.retention import Retention
from tests.integration.past_of_ten import move, snapshot, stored, ten_snapshots


@pytest.fixture
def ids(lake: Lake) -> list[UUID]:
    """Ten snapshots, three changes apart."""
    return ten_snapshots(lake)


def test_that_what_is_put_away_comes_back_as_it_was(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path
) -> None:
    before = stored(database_url)
    place = str(tmp_path / "cold")
    told = lake.archive("s", place, ids[6], settled=0.0)
    floor = lake.snapshot(ids[6]).seq
    assert (told.state, told.from_seq, told.to_seq, told.snapshots) == ("archived", 0, floor, 5)
    assert (told.changes, told.place) == (floor, place)
    assert lake.archived_stretches("s") == [told]
    assert [each.id for each in lake.snapshots("s")] == ids[6:]
    assert lake.verify("s").faults == []
    for gone in (ids[0], 3, told.from_at):
        with pytest.raises(Gone, match=place) as refused:
            lake.scene_at("s", gone)
        assert (f"begins at {floor}" in str(refused.value)) == isinstance(gone, int)
    with pytest.raises(Gone, match=place):
        lake.snapshot(ids[2])  # it was deleted before
    back = lake.restore_archive(place)
    assert (back.from_seq, back.to_seq, back.snapshot_ids) == (0, floor, [*ids[:2], *ids[3:6]])
    assert stored(database_url) == before
    assert lake.verify("s").faults == []
    assert lake.archived_stretches("s") == []
    with pytest.raises(NotFound):
        lake.snapshot(ids[2])
    assert lake.snapshot(ids[1]).tags == ["good", "a,b"]


def test_that_stretches_follow_one_another_and_come_back_in_turn(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path
) -> None:
    before = stored(database_url)
    places = [str(tmp_path / name) for name in ("first", "second", "third")]
    until: list[Instant] = [ids[3], ids[6], datetime.now(UTC)]
    for place, instant in zip(places, until, strict=True):
        lake.archive("s", place, instant, settled=0.0)
        move(lake, 5 if place == places[0] else 6)  # the space goes on
    assert [each.id for each in lake.snapshots("s")] == ids[9:]  # at which history now begins
    assert lake.scene_at("s", datetime.now(UTC)).entity_count == 2
    assert lake.verify("s").faults == []
    with pytest.raises(Conflict, match="restore what lies between"):
        lake.restore_archive(places[0])
    for place in reversed(places):
        lake.restore_archive(place)
        assert lake.verify("s").faults == []
    with pytest.raises(Conflict, match="is here already"):
        lake.restore_archive(places[1])
    log, snapshots, floor = stored(database_url)
    assert (log[: len(before[0])], snapshots, floor) == (before[0], before[1], before[2])


def test_that_an_archive_comes_back_into_a_lake_that_lacks_the_space(
    lake: Lake, ids: list[UUID], settings: Settings, database_url: str, tmp_path: Path
) -> None:
    log, _, _ = stored(database_url)
    states = {each: _state(lake, each) for each in (ids[0], ids[5], ids[7])}
    entity = lake.scene_at("s", ids[7]).documents()
    lake.archive("s", str(tmp_path / "first"), ids[4], settled=0.0)
    lake.archive("s", str(tmp_path / "second"), ids[8], settled=0.0)
    lake.close()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE lake_spaces, lake_changes, lake_keyframes, lake_snapshots CASCADE"
        )
    other = Lake.open(settings)
    other.restore_archive(str(tmp_path / "second"))
    assert other.verify("s").faults == []
    other.restore_archive(str(tmp_path / "first"))
    assert other.verify("s").faults == []
    assert {each: _state(other, each) for each in states} == states
    assert list(other.scene_at("s", ids[7]).documents()) == list(entity)
    (space,) = other.spaces()
    assert (space.entities, space.connections, space.snapshots) == (2, 1, 7)
    move(other, 1000)  # and it can be written on
    assert other.spaces()[0].changes == space.changes + 1
    assert other.verify("s").faults == []
    other.close()
    assert len(log) > space.changes  # what was above the last archive is not here


def _state(lake: Lake, snapshot_id: UUID) -> int:
    ((_, scene),) = lake.scenes_at([snapshot_id])
    return scene.state_hash


def test_that_only_what_need_not_stay_is_put_away(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    lake.edit_snapshot(ids[7], SnapshotEdit(pinned=True))
    epoch = lake.create_epoch([ids[6]], "walk")
    at = lake.snapshot(ids[5]).timestamp + timedelta(microseconds=1)
    bookmark = lake.add_bookmark("s", at, "here")
    place = str(tmp_path / "cold")
    for mention in ("in epoch ‘walk’", "is pinned", "bookmark ‘here’"):
        with pytest.raises(Conflict, match=mention):
            lake.archive("s", place, ids[9], settled=0.0)
    assert not (tmp_path / "cold").exists()
    assert lake.archived_stretches() == []
    told = lake.archive("s", place, settled=0.0)
    assert told.to_seq == lake.snapshot(ids[5]).seq
    lake.delete_bookmark(bookmark.id)
    assert lake.archive("s", place + "2", settled=0.0).to_seq == lake.snapshot(ids[6]).seq
    with pytest.raises(InvalidInput, match="nothing to archive"):
        lake.archive("s", place + "3", settled=0.0)
    lake.delete_epoch(epoch.id)
    lake.edit_snapshot(ids[7], SnapshotEdit(pinned=False))
    assert lake.archive("s", place + "3", settled=0.0).to_seq == lake.snapshot(ids[9]).seq


def test_that_a_pin_or_a_mark_set_meanwhile_keeps_what_was_written_here(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    place = str(tmp_path / "cold")
    assert lake.archive("s", place, ids[5]).state == "checked"  # too early to let go of it here
    lake.edit_snapshot(ids[1], SnapshotEdit(note="another"))
    with pytest.raises(Conflict, match="was marked since"):
        lake.archive("s", place, settled=0.0)
    assert [each.state for each in lake.release_archives(settled=0.0)] == ["checked"]
    assert lake.verify("s").faults == []
    assert lake.snapshot(ids[0]).seq == 4
    (deed,) = lake.upkeep()
    assert "was marked since" in deed.reason
    lake.forget_archive(lake.archived_stretches()[0].id)
    lake.archive("s", place + "2", ids[5], settled=0.0)
    (deed,) = lake.upkeep()
    assert (deed.failed_at, deed.reason) == (None, "")
    assert [each.place for each in lake.archived_stretches()] == [place + "2"]


def test_that_a_caretaker_lets_go_of_what_is_checked(
    lake: Lake, ids: list[UUID], tmp_path: Path, database_url: str
) -> None:
    place = str(tmp_path / "cold")
    lake.archive("s", place, ids[5])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lake_keyframes SET created_at = now() - interval '1 hour'")
    caretaker = Caretaker(lake, first=0.0, every=0.05)
    caretaker.start()
    deadline = time.monotonic() + 20
    while lake.archived_stretches()[0].state != "archived":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    caretaker.stop()
    assert lake.verify("s").faults == []


@pytest.mark.parametrize("times", [0, 1, 2])
def test_that_stopping_at_any_time_leaves_nothing_behind(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path, times: int
) -> None:
    before = stored(database_url)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > times  # while writing, or while reading back

    if times < 2:
        with pytest.raises(Cancelled):
            lake.archive("s", str(tmp_path / "cold"), ids[5], cancelled=cancelled, settled=0.0)
    else:
        lake.archive("s", str(tmp_path / "cold"), ids[5], settled=0.0)
        halfway = stored(database_url)
        with pytest.raises(Cancelled):
            lake.restore_archive(str(tmp_path / "cold"), cancelled=lambda: True)
        assert stored(database_url) == halfway
        lake.restore_archive(str(tmp_path / "cold"))
    assert stored(database_url) == before
    assert lake.archived_stretches() == []
    assert (times == 2) == (tmp_path / "cold").exists()


def test_that_progress_tells_rows_written_and_read_back(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    place = str(tmp_path / "cold")
    lake.archive("s", place, ids[5], progress=lambda *step: told.append(step), settled=0.0)
    changes = lake.archived_stretches()[0].changes
    assert told == [(changes, 2 * changes), (2 * changes, 2 * changes)]


def test_that_retention_lets_an_archive_come_back(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    lake.archive("s", str(tmp_path / "cold"), ids[4], settled=0.0)
    floor = lake.snapshot(ids[4]).seq
    policy = Retention(newest=2, triggers=("manual",), grace=0.0)
    now = datetime.now(UTC) + timedelta(days=1)
    for _ in range(2):
        lake.apply_retention("s", policy, now, settled=0.0)
        now += timedelta(days=1)
    assert [each.id for each in lake.snapshots("s")] == ids[8:]
    assert lake.verify("s").faults == []
    with pytest.raises(Gone, match="let go by retention"):
        lake.snapshot(ids[6])
    with pytest.raises(Gone, match="in the archive at"):
        lake.snapshot(ids[3])
    assert lake.scene_at("s", floor).seq == floor  # the log goes on from the archive
    lake.restore_archive(str(tmp_path / "cold"))
    assert [each.id for each in lake.snapshots("s")] == [*ids[:2], ids[3], *ids[8:]]
    assert lake.verify("s").faults == []
    lake.apply_retention("s", policy, now, settled=0.0)
    lake.apply_retention("s", policy, now + timedelta(days=1), settled=0.0)
    assert lake.apply_retention("s", policy, now + timedelta(days=2), settled=0.0).changes == 0
    with pytest.raises(Gone, match="let go by retention"):
        lake.scene_at("s", 3)  # but now that it is here, it goes as everything does
    assert lake.snapshot(ids[1]).tags == ["good", "a,b"]


def test_that_an_archive_that_was_lost_is_forgotten(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    told = lake.archive("s", str(tmp_path / "cold"), ids[4], settled=0.0)
    shutil.rmtree(tmp_path / "cold")
    assert lake.forget_archive(told.id) == told
    with pytest.raises(NotFound):
        lake.forget_archive(told.id)
    assert lake.archived_stretches() == []
    for gone in (ids[0], 3):
        with pytest.raises(Gone, match="let go by retention"):
            lake.scene_at("s", gone)
    policy = Retention(newest=2, triggers=("manual",), grace=0.0)
    now = datetime.now(UTC) + timedelta(days=1)
    lake.apply_retention("s", policy, now, settled=0.0)
    cleared = lake.apply_retention("s", policy, now + timedelta(days=1), settled=0.0)
    assert cleared.changes > 0
    assert lake.verify("s").faults == []


def test_that_a_space_is_written_while_its_history_is_put_away(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        move(lake, 100 + asked)
        snapshot(lake)
        return False

    lake.archive("s", str(tmp_path / "cold"), ids[8], cancelled=cancelled, settled=0.0)
    assert asked >= 2
    assert lake.verify("s").faults == []
    lake.restore_archive(str(tmp_path / "cold"), cancelled=cancelled)
    assert lake.verify("s").faults == []
    assert len(lake.snapshots("s")) == 9 + asked


def test_that_no_two_archive_one_space_at_once(lake: Lake, ids: list[UUID], tmp_path: Path) -> None:
    met: list[Exception] = []

    def cancelled() -> bool:
        try:
            lake.archive("s", str(tmp_path / "other"), ids[8], settled=0.0)
        except Conflict as error:
            met.append(error)
        return False

    lake.archive("s", str(tmp_path / "cold"), ids[8], cancelled=cancelled, settled=0.0)
    assert all("by someone else" in str(error) for error in met)
    assert met
    assert not (tmp_path / "other").exists()
    lake.restore_archive(str(tmp_path / "cold"))  # the lock was let go


def test_that_a_long_stretch_comes_back_with_keyframes_of_its_own(
    lake: Lake, database_url: str, tmp_path: Path
) -> None:
    """More than one batch of rows, and a first keyframe that is not empty."""
    for step in range(14):
        entities = [
            {"id": f"e{i}", "position": [step, i, 0], "parameters": {"step": step}}
            for i in range(1000)
        ]
        lake.ingest("batch", msgspec.json.encode({"space_name": "s", "entities": entities})).result(
            20
        )
    ids = [each.id for each in lake.snapshots("s")]
    before = stored(database_url)
    lake.archive("s", str(tmp_path / "one"), ids[1], settled=0.0)
    lake.archive("s", str(tmp_path / "two"), settled=0.0)
    for name in ("two", "one"):
        lake.restore_archive(str(tmp_path / name))
        assert lake.verify("s").faults == []
    assert lake.verify("s").keyframes >= 2
    assert stored(database_url) == before
