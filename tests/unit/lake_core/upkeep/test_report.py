"""What is told of upkeep: what is due, what was done, and what needs a hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest

from lake_core.upkeep.report import ArchivedStretch, Deed, UpkeepReport, report
from lake_core.upkeep.schedule import Schedule

NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(**facts: Any) -> UpkeepReport:
    nothing: dict[str, Any] = {
        "spaces": ["a", "b"],
        "schedules": {},
        "retained_since": {},
        "deeds": [],
        "archives": [],
        "now": NOW,
    }
    return report(**(nothing | facts))


def deed(space_name: str, done: timedelta | None, **fields: Any) -> Deed:
    return Deed(
        space_name=space_name,
        done_at=None if done is None else NOW - done,
        **{
            "kind": "retention",
            "failed_at": None,
            "reason": "",
            "expired": 0,
            "purged": 0,
            "changes": 0,
        }
        | fields,
    )


def stretch(state: Literal["writing", "checked", "archived"], age: timedelta) -> ArchivedStretch:
    return ArchivedStretch(
        id=uuid4(),
        space_name="a",
        from_seq=0,
        to_seq=10,
        from_at=NOW,
        to_at=NOW,
        place="s3://cold/a",
        bytes=100,
        changes=10,
        snapshots=1,
        state=state,
        at=NOW - age,
    )


def test_that_a_lake_of_which_nothing_is_asked_worries_no_one() -> None:
    assert told().worries == []
    assert (told().next_snapshot, told().next_snapshot_space) == (None, None)


def test_that_the_next_scheduled_snapshot_is_the_soonest_of_all() -> None:
    schedules = {None: Schedule(every=3600.0), "b": Schedule(every=300.0)}
    found = told(schedules=schedules)
    assert found.next_snapshot == NOW.replace(minute=5, second=0)
    assert found.next_snapshot_space == "b"
    assert told(schedules={None: Schedule(every=300.0), "a": None}).next_snapshot_space == "b"


def test_that_what_was_done_is_summed() -> None:
    deeds = [deed("a", HOUR, expired=3, purged=2, changes=50), deed("b", HOUR, expired=1)]
    archives = [stretch("archived", HOUR), stretch("archived", HOUR), stretch("checked", HOUR)]
    found = told(deeds=deeds, archives=archives)
    assert found.last_retention == NOW - HOUR
    assert (found.expired, found.purged, found.dropped) == (4, 2, 50)
    assert (found.archives, found.archived_bytes, found.archived_changes) == (2, 200, 20)


@pytest.mark.parametrize(
    ("since", "done", "worry"),
    [
        (timedelta(days=9), 3 * HOUR, "has not run for 3 hours"),
        (timedelta(days=9), timedelta(minutes=20), ""),
        (timedelta(minutes=20), 3 * HOUR, ""),  # it was set just now
        (timedelta(days=9), None, "has not run for 9 days"),
    ],
)
def test_that_retention_which_does_not_come_about_is_told(
    since: timedelta, done: timedelta | None, worry: str
) -> None:
    deeds = [] if done is None else [deed("a", done)]
    found = told(spaces=["a"], retained_since={None: NOW - since}, deeds=deeds).worries
    assert len(found) == bool(worry)
    assert all(worry in each for each in found)
    assert told(spaces=["a"], retained_since={None: NOW - since, "a": None}).worries == []


def test_that_failures_and_archives_that_are_stuck_are_told() -> None:
    failed = deed("a", 2 * HOUR, kind="archive", failed_at=NOW, reason="the bucket is gone")
    (worry,) = told(deeds=[failed]).worries
    assert worry == "space 'a': archive failed: the bucket is gone"
    archives = [
        stretch("checked", timedelta(minutes=30)),
        stretch("checked", 2 * HOUR),
        stretch("writing", 2 * HOUR),
        stretch("writing", timedelta(days=3)),
        stretch("archived", timedelta(days=300)),
    ]
    checked, writing = told(archives=archives).worries
    assert "has been here as well for 2 hours" in checked
    assert "begun 3 days ago" in writing
    # Nobody is told to keep a server running that has just tried it.
    assert told(archives=archives, deeds=[failed]).worries == [worry, writing]
