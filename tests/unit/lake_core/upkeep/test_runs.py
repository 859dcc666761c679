"""What runs of servers say: which still goes on, and which times none covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lake_core.upkeep.runs import ServerRun, judged, uncovered

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def run(start: float, seen: float, *, ended: bool = False, address: str = "a") -> ServerRun:
    """A run by minutes before NOW."""
    until = NOW - timedelta(minutes=seen)
    return ServerRun(
        id=uuid4(),
        program="lake-server",
        version="1",
        host="h",
        address=address,
        started_at=NOW - timedelta(minutes=start),
        seen_at=until,
        ended_at=until if ended else None,
    )


def test_that_a_run_seen_lately_runs_and_one_not_seen_is_lost() -> None:
    runs = [run(90, 60, ended=True), run(50, 40, address="b"), run(30, 0.2)]
    assert [one.state for one in judged(runs, NOW)] == ["ended", "lost", "running"]


def test_that_a_run_another_followed_at_its_address_is_lost_however_lately_it_was_seen() -> None:
    killed, after, elsewhere = run(30, 0.4), run(0.3, 0.3), run(30, 0.4, address="b")
    told = {one.id: one.state for one in judged([after, killed, elsewhere], NOW)}
    assert told == {killed.id: "lost", after.id: "running", elsewhere.id: "running"}


def test_that_times_between_runs_are_uncovered_and_overlaps_are_not() -> None:
    runs = judged([run(100, 80, ended=True), run(90, 50), run(20, 0.1)], NOW)
    between = (NOW - timedelta(minutes=50), NOW - timedelta(minutes=20))
    assert uncovered(runs, NOW) == [between]


def test_that_the_present_is_uncovered_where_no_server_runs() -> None:
    runs = judged([run(100, 80, ended=True)], NOW)
    assert uncovered(runs, NOW) == [(NOW - timedelta(minutes=80), NOW)]
    assert uncovered([], NOW) == []
