"""What happens to a space between the writing of an archive and the letting go of what it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from lake_core.errors import Conflict
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.upkeep.retention import Retention
from tests.integration.past_of_ten import stored, ten_snapshots


@pytest.fixture
def ids(lake: Lake) -> list[UUID]:
    """Ten snapshots, three changes apart, of which the third was deleted."""
    return ten_snapshots(lake)


@pytest.fixture
def place(lake: Lake, ids: list[UUID], tmp_path: Path) -> str:
    """Where all before the sixth is archived and checked; it is here still."""
    where = str(tmp_path / "cold")
    assert lake.archive("s", where, ids[5]).state == "checked"
    return where


NEWEST = Retention(newest=1, triggers=("manual",), grace=3600.0)


@pytest.mark.parametrize("is_purged", [False, True])
def test_that_what_retention_let_go_meanwhile_does_not_hold_an_archive_up(
    lake: Lake, ids: list[UUID], place: str, database_url: str, is_purged: bool
) -> None:
    log, _, _ = stored(database_url)
    assert len(lake.apply_retention("s", NEWEST).expired) == 7  # one was deleted, one is tagged
    if is_purged:
        later = datetime.now(UTC) + timedelta(hours=2)
        assert len(lake.apply_retention("s", NEWEST, later).purged) == 8
    assert lake.release_archives(settled=0.0) == []
    assert [each.state for each in lake.archived_stretches()] == ["archived"]
    assert [each.reason for each in lake.upkeep()] == ["", ""]
    assert lake.verify("s").faults == []
    lake.restore_archive(place)
    assert stored(database_url)[0] == log
    assert lake.verify("s").faults == []
    # As it was when the archive was written: what went since is in it, and not deleted.
    assert [each.id for each in lake.snapshots("s")] == [*ids[:2], *ids[3:5], ids[9]]


def test_that_a_snapshot_pinned_meanwhile_stays_and_is_named(
    lake: Lake, ids: list[UUID], place: str
) -> None:
    lake.edit_snapshot(ids[1], SnapshotEdit(pinned=True))
    at = f"{lake.snapshot(ids[1]).timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    (checked,) = lake.archived_stretches()
    with pytest.raises(Conflict, match=f"snapshot {ids[1]} of {at} is pinned"):
        lake.archive("s", place, settled=0.0)
    assert lake.archived_stretches() == [checked]  # since when it is whole, however often tried
    lake.edit_snapshot(ids[1], SnapshotEdit(pinned=False))
    assert lake.archive("s", place, settled=0.0).state == "archived"


@pytest.mark.parametrize("what", ["brought back", "marked"])
def test_that_a_snapshot_the_archive_holds_otherwise_stays_and_is_named(
    lake: Lake, ids: list[UUID], place: str, what: str
) -> None:
    """From the archive it would come back deleted, or without its note."""
    one, edit = {
        "brought back": (ids[2], SnapshotEdit(deleted=False)),
        "marked": (ids[0], SnapshotEdit(note="a fall")),
    }[what]
    lake.edit_snapshot(one, edit)
    at = f"{lake.snapshot(one).timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    with pytest.raises(Conflict, match=f"snapshot {one} of {at} was {what}.*--forget"):
        lake.archive("s", place, settled=0.0)
    assert lake.snapshot(one).id == one
    (stretch,) = lake.archived_stretches()
    lake.forget_archive(stretch.id)
    assert lake.archive("s", place + "2", settled=0.0).state == "archived"


def test_that_a_checked_archive_is_not_forgotten_for_a_second_one(
    lake: Lake, ids: list[UUID], place: str
) -> None:
    (first,) = lake.archived_stretches()
    for ask in (lambda: lake.archive("s", place + "2", ids[3]), lambda: lake.plan_archive("s")):
        with pytest.raises(Conflict, match=f"{place} has yet to go.*--wait.*--forget {first.id}"):
            ask()
    assert lake.archived_stretches() == [first]
    assert not Path(place + "2").exists()
    assert lake.upkeep()[0].failed_at is None  # it was refused, and failed at nothing
    lake.forget_archive(first.id)
    assert lake.archive("s", place + "2", ids[3]).state == "checked"


def test_that_only_snapshots_that_will_be_seen_are_counted(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    lake.apply_retention("s", NEWEST)
    assert lake.plan_archive("s", ids[9]).snapshots == 1  # the one that is tagged
    told = lake.archive("s", str(tmp_path / "cold"), ids[9], settled=0.0)
    assert told.snapshots == 1
    before = len(lake.snapshots("s"))
    back = lake.restore_archive(told.place)
    assert back.snapshot_ids == [ids[1]]
    assert len(lake.snapshots("s")) == before + 1
