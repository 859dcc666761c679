"""What is told of upkeep: refusals and failures, what a plan bound, what can come back, notices."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest

from lake_core.errors import Conflict, InvalidInput, LakeError, NotFound
from lake_core.lake import Lake
from lake_core.live import Notice, UpkeepChanged
from lake_core.scene.model import SnapshotEdit
from lake_core.store.queries import SQL
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.schedule import Schedule

ALL_GO = Retention(newest=1, triggers=("manual",), grace=60.0)


@pytest.fixture
def ids(lake: Lake) -> list[UUID]:
    """Six snapshots, a change apart."""
    found = []
    for step in range(6):
        body = {"space_name": "s", "entity": {"id": "a", "position": [step, 0, 0]}}
        lake.ingest("entity", msgspec.json.encode(body)).result(20)
        taken = lake.create_snapshot("s").result(20).snapshot_id
        assert taken is not None
        found.append(taken)
    return found


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=10)


def test_that_an_archive_which_is_refused_is_no_failure(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    lake.edit_snapshot(ids[1], SnapshotEdit(pinned=True))
    with pytest.raises(Conflict, match="is pinned"):
        lake.archive("s", str(tmp_path / "cold"), ids[4])
    with pytest.raises(Conflict, match="is not empty"):
        lake.archive("s", str(tmp_path / "taken"), ids[1])
    with pytest.raises(InvalidInput):
        lake.archive("s", "nothing://anywhere")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LakeError):
        lake.archive("s", str(tmp_path / "file" / "cold"), ids[1])
    assert lake.upkeep_report().worries == []


def test_that_whoever_finds_another_at_it_has_not_failed(
    lake: Lake, ids: list[UUID], tmp_path: Path, database_url: str
) -> None:
    lake.archive("s", str(tmp_path / "cold"), ids[2])
    with psycopg.connect(database_url, autocommit=True) as other:  # another server's caretaker
        other.execute("UPDATE lake_keyframes SET created_at = now() - interval '1 hour'")
        row = other.execute("SELECT space_id FROM lake_spaces").fetchone()
        assert row is not None
        other.execute(SQL["try_lock_archiving"], {"space_id": row[0]})
        (waiting,) = lake.release_archives()
        assert waiting.state == "checked"
        assert lake.upkeep_report().worries == []
    assert lake.release_archives() == []


def fail_to_archive(lake: Lake, ids: list[UUID], folder: Path) -> None:
    def spoil() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("no folder any more")
        return False

    with pytest.raises(LakeError, match="cannot be reached"):
        lake.archive("s", str(folder), ids[4], cancelled=spoil, settled=0.0)


def test_that_a_failure_is_told_until_it_is_dismissed_or_all_is_well(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    fail_to_archive(lake, ids, tmp_path / "cold")
    (worry,) = lake.upkeep_report().concerns
    assert (worry.about, worry.space_name, worry.failed) == ("archive", "s", True)
    assert lake.dismiss_failure("s", "archive")
    assert not lake.dismiss_failure("s", "archive")
    assert lake.upkeep_report().concerns == []
    fail_to_archive(lake, ids, tmp_path / "cold2")
    assert lake.upkeep_report().concerns
    lake.archive("s", str(tmp_path / "cold3"), ids[4], settled=0.0)
    assert lake.upkeep_report().concerns == []
    with pytest.raises(NotFound):
        lake.dismiss_failure("nowhere", "archive")


def test_that_nothing_goes_which_the_plan_did_not_tell(lake: Lake, ids: list[UUID]) -> None:
    told = lake.plan_retention("s", ALL_GO, soon())
    going = [each.snapshot.id for each in told.decisions if each.goes]
    assert going == ids[:5]
    later = lake.create_snapshot("s").result(20).snapshot_id  # now another is the newest
    lake.edit_snapshot(ids[2], SnapshotEdit(pinned=True))
    cleared = lake.apply_retention("s", ALL_GO, soon(), among=going)
    assert cleared.expired == [*ids[:2], *ids[3:5]]
    assert [each.id for each in lake.snapshots("s")] == [ids[2], ids[5], later]


def test_that_of_two_turns_each_can_be_undone_by_itself(lake: Lake, ids: list[UUID]) -> None:
    lake.apply_retention("s", ALL_GO, soon(), among=ids[:2])
    lake.apply_retention("s", ALL_GO, soon(), among=ids[2:4])
    (told,) = lake.let_go()
    assert (told.space_name, told.expired, told.by_hand) == ("s", 4, 0)
    lake.delete_snapshot(ids[4])
    assert lake.plan_retention("s", ALL_GO, soon()).purges == 0
    assert lake.plan_retention("s", ALL_GO, soon() + timedelta(seconds=90)).purges == 5
    assert set(lake.undo_retention("s", ids[2:4])) == set(ids[2:4])
    (told,) = lake.let_go()
    assert (told.expired, told.by_hand) == (2, 1)
    assert set(lake.undo_retention("s")) == set(ids[:2])
    assert [each.id for each in lake.snapshots("s")] == [*ids[:4], ids[5]]


def test_that_what_an_archive_would_hold_is_told_before(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    told = lake.plan_archive("s", ids[3])
    done = lake.archive("s", str(tmp_path / "cold"), ids[3], settled=0.0)
    assert (told.from_seq, told.to_seq, told.changes) == (0, done.to_seq, done.changes)
    assert (told.from_at, told.to_at) == (done.from_at, done.to_at)
    assert told.snapshots == done.snapshots == 3
    begins = f"{done.to_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    said = f"nothing to archive before that: the history of space 's' begins on {begins}$"
    with pytest.raises(InvalidInput, match=said):
        lake.plan_archive("s", ids[3])
    lake.edit_snapshot(ids[3], SnapshotEdit(pinned=True))
    with pytest.raises(InvalidInput, match=f"begins on {begins}, and snapshot .* is pinned"):
        lake.plan_archive("s")
    lake.edit_snapshot(ids[3], SnapshotEdit(pinned=False))
    lake.edit_snapshot(ids[4], SnapshotEdit(pinned=True))
    with pytest.raises(Conflict, match="is pinned"):
        lake.plan_archive("s", ids[5])


def test_that_every_deed_of_upkeep_is_told_and_leaves_a_mark(
    lake: Lake, ids: list[UUID], tmp_path: Path, database_url: str
) -> None:
    heard: list[Notice] = []
    lake.add_listener(heard.append)
    place = str(tmp_path / "cold")
    deeds = (
        lambda: lake.set_schedule("s", Schedule(every=3600.0)),
        lambda: lake.clear_schedule("s"),
        lambda: lake.set_retention(None, ALL_GO),
        lambda: lake.apply_retention("s", ALL_GO, soon(), among=ids[:1]),
        lambda: lake.undo_retention("s"),
        lambda: lake.archive("s", place, ids[2], settled=0.0),
        lambda: lake.restore_archive(place),
        lambda: lake.upkeep_failed("s", "archive", LakeError("no")),
        lambda: lake.dismiss_failure("s", "archive"),
    )
    for deed in deeds:
        before, count = lake.upkeep_mark("s"), len(heard)
        assert lake.upkeep_mark("s") == before
        deed()
        assert lake.upkeep_mark("s") != before
        assert isinstance(heard[-1], UpkeepChanged)
        assert len(heard) > count
    with psycopg.connect(database_url) as other:  # another program
        before = lake.upkeep_mark("s")
        other.execute("UPDATE lake_policies SET updated_at = now() + interval '1 s'")
        other.commit()
    assert lake.upkeep_mark("s").policies != before.policies
    lake.add_bookmark("s", soon())
    lake.create_epoch(ids[:1])
    lake.edit_snapshot(ids[1], SnapshotEdit(note="look"))
    after = lake.upkeep_mark("s")
    for name in ("bookmarks", "epochs", "remarks"):
        assert getattr(after, name) != getattr(before, name)
    assert lake.upkeep_mark("nowhere").snapshots == ""


def test_that_a_schedule_which_nobody_keeps_is_told(lake: Lake, ids: list[UUID]) -> None:
    lake.set_schedule(None, Schedule(every=600.0))
    body = {"space_name": "s", "entity": {"id": "a", "position": [9, 9, 9]}}
    lake.ingest("entity", msgspec.json.encode(body)).result(20)
    late = datetime.now(UTC) + timedelta(hours=3)
    (worry,) = lake.upkeep_report(late).concerns
    assert (worry.about, worry.space_name) == ("schedule", "s")
    assert "overdue by 2 hours" in worry.words
    lake.set_schedule(None, Schedule(every=600.0, paused=True))
    assert lake.upkeep_report(late).concerns == []
    lake.set_schedule(None, Schedule(every=600.0))  # nothing has changed since
    assert lake.upkeep_report(late).concerns == []
    (last,) = lake.last_snapshots()
    assert last.newest_at is not None
    assert last.scheduled_at is None
