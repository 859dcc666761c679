"""Why nothing changed: a server that was away and an engine that was silent, told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
from msgspec.structs import replace

from lake_core.store.bookmarks import Extent
from lake_core.upkeep.runs import Outage, ServerRun, judged
from studio.models.absences import OPEN, HistoryFrame, Why, absences, frame_of, merged
from studio.models.change_history import ChangeHistory

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOON = NOW.timestamp()


def run(start: float, seen: float, *, ended: bool = True) -> ServerRun:
    """A run by minutes before noon."""
    until = NOW - timedelta(minutes=seen)
    return ServerRun(
        id=uuid4(),
        program="lake-server",
        version="1",
        host="h",
        address="a",
        started_at=NOW - timedelta(minutes=start),
        seen_at=until,
        ended_at=until if ended else None,
    )


def history(*minutes: float) -> ChangeHistory:
    """A hundred changes at each of these minutes before noon."""
    made = ChangeHistory()
    times = np.array([NOON - 60.0 * at for at in minutes])
    made.show_marks(times, np.arange(1, len(minutes) + 1) * 100)
    return made


def told(runs: list[ServerRun], changes: ChangeHistory) -> list[tuple[float, float, Why]]:
    """By minutes before noon."""
    frame = frame_of(Extent(0, None, 0, None), (), judged(runs, NOW), NOW)
    found = absences(frame, changes, 0.0, NOON + 60, NOON)
    return [
        (round((NOON - one.start) / 60, 3), round((NOON - one.stop) / 60, 3), one.why)
        for one in found
    ]


BUSY = [float(at) for at in range(100, 90, -1)]


def test_that_a_silent_engine_and_a_server_that_was_away_are_told_apart() -> None:
    runs = [run(120, 70), run(40, 0.5, ended=False)]
    # Silent from 91 to 70, away from 70 to 40, silent again until 10.
    assert told(runs, history(*BUSY, 10, 9.5, 9, 0)) == [
        (91.0, 70.0, Why.SILENT),
        (70.0, 40.0, Why.AWAY),
        (40.0, 10.0, Why.SILENT),
        (9.0, 0.0, Why.SILENT),
    ]


def test_that_what_a_killed_server_stored_last_says_that_it_was_there() -> None:
    runs = [run(120, 92, ended=False), run(85, 0.1, ended=False)]
    assert told(runs, history(*BUSY, 85, 80, 0))[0] == (91.0, 85.0, Why.AWAY)


def test_that_a_server_was_away_only_after_what_it_stored_last() -> None:
    runs = [run(120, 92, ended=False), run(80, 0.1, ended=False)]
    (away, *_) = told(runs, history(*BUSY, 85, 84, 83))
    assert away == (83.0, 80.0, Why.AWAY)


def test_that_of_what_was_before_any_record_nothing_is_claimed() -> None:
    assert told([run(50, 0.1, ended=False)], history(*BUSY, 10)) == [
        (91.0, 50.0, Why.UNTOLD),
        (50.0, 10.0, Why.SILENT),
        (10.0, 0.0, Why.SILENT),
    ]
    assert told([], history(*BUSY, 10))[0][2] is Why.UNTOLD


def test_that_where_no_server_runs_now_it_is_away_up_to_the_present() -> None:
    frame = frame_of(Extent(0, None, 0, None), (), judged([run(120, 70)], NOW), NOW)
    assert frame.away[0].stop == OPEN
    assert frame.away[0].words == "lake-server on h was closed"
    later = NOON + 600
    (silent, away) = absences(frame, history(*BUSY), 0.0, later, later)
    assert (silent.why, away.why, away.stop) == (Why.SILENT, Why.AWAY, later)


def test_that_no_engine_is_called_silent_while_postgresql_was_away() -> None:
    outage = Outage(from_at=NOW - timedelta(minutes=60), to_at=NOW - timedelta(minutes=40))
    runs = [replace(run(120, 0.1, ended=False), outages=[outage])]
    assert told(runs, history(*BUSY, 10, 0)) == [
        (91.0, 60.0, Why.SILENT),
        (40.0, 10.0, Why.SILENT),
        (10.0, 0.0, Why.SILENT),
    ]


def test_that_outages_are_told_by_rising_time() -> None:
    at = NOW - timedelta(minutes=5)
    outage = Outage(from_at=at, to_at=NOW - timedelta(minutes=4))
    earlier = Outage(from_at=at - timedelta(hours=1), to_at=at - timedelta(minutes=50))
    runs = [
        replace(run(90, 0.1), outages=[outage]),
        replace(run(120, 0.1), outages=[earlier]),
    ]
    assert frame_of(Extent(0, None, 0, None), (), runs, NOW).outages == (
        (earlier.from_at.timestamp(), earlier.to_at.timestamp()),
        (outage.from_at.timestamp(), outage.to_at.timestamp()),
    )


def test_that_outages_too_near_to_be_told_apart_are_one() -> None:
    spans = [(0.0, 1.0), (2.0, 3.0), (3.5, 9.0), (20.0, 21.0), (50.0, 60.0)]
    assert merged(spans, 2.5, 49.0, 1.0) == [(2.0, 9.0), (20.0, 21.0)]
    assert merged(spans, 0.0, 99.0, 20.0) == [(0.0, 21.0), (50.0, 60.0)]


def test_that_the_ends_of_a_log_are_marks_also_where_it_was_cut() -> None:
    whole = HistoryFrame(Extent(0, NOW, 50, NOW + timedelta(seconds=5)))
    assert whole.ends == [(NOON, 1), (NOON + 5, 50)]
    cut = HistoryFrame(Extent(1000, NOW, 1050, NOW + timedelta(seconds=5)))
    assert cut.ends == [(NOON, 1000), (NOON + 5, 1050)]
    assert HistoryFrame().ends == []
    assert HistoryFrame().begins_at is None
