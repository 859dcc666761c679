"""What is said of schedules, retention and archives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lake_core.errors import DatabaseUnavailable, Gone, InvalidInput, LakeError, PlaceFault
from lake_core.upkeep.holding import HistoryHeld, Hold, Holder, NothingToArchive
from lake_core.upkeep.report import ArchivedStretch, Deed, LastSnapshots, LetGo, report
from lake_core.upkeep.retention import Candidate, Decision, Retention, Thinning
from lake_core.upkeep.schedule import Schedule, check_schedule
from studio.models.pace import Pace
from studio.models.upkeep_figures import archive_lines, retention_lines, schedule_lines
from studio.models.upkeep_state import UpkeepState
from studio.models.upkeep_words import (
    cron_words,
    distance_words,
    for_window,
    going_words,
    moment_words,
    place_advice,
    place_fault,
    reason_words,
    recoverable_words,
    refusal_words,
    retention_words,
    schedule_words,
    state_words,
    unarchivable_words,
)

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC).astimezone()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (None, "none"),
        (Schedule(every=3600.0), "every hour"),
        (Schedule(every=300.0, only_if_changed=False), "every 5 minutes, changed or not"),
        (Schedule(cron="0 3 * * *", zone="Europe/Berlin"), "at 0 3 * * * (Europe/Berlin)"),
    ],
)
def test_that_a_schedule_is_said_as_a_person_would(schedule: Schedule | None, said: str) -> None:
    assert schedule_words(schedule) == said


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("61 * * * *", "The minute, the first field, is 0 to 59"),
        ("0 25 * * *", "The hour, the second field, is 0 to 23"),
        ("0 0 32 * *", "The day, the third field, is 1 to 31"),
        ("0 0 1 13 *", "The month, the fourth field, is 1 to 12"),
        ("0 0 * * 9", "The weekday, the fifth field, is 0 to 7"),
        ("61 0 0 * * *", "The first of six fields, the second, is 0 to 59"),
        ("every day", "Five fields are needed, and this has 2"),
        ("", "Five fields are needed, and this has 0"),
    ],
)
def test_that_a_wrong_expression_is_told_by_its_field(cron: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(Schedule(cron=cron))
    assert cron_words(refused.value, cron).startswith(said)


def test_that_a_policy_is_said_by_what_it_keeps() -> None:
    policy = Retention(newest=1000, younger=86_400.0, thin=(Thinning(every=3600.0, until=7e5),))
    assert retention_words(policy).startswith("the newest 1,000, all younger than 1 day, one each")
    assert retention_words(None) == "everything"


def test_that_moments_are_said_as_near_as_they_are() -> None:
    assert moment_words(NOW, NOW) == "12:00:00" or NOW.hour != 12
    assert moment_words(NOW + 2 * DAY, NOW) == f"{NOW + 2 * DAY:%a %H:%M}"
    assert moment_words(NOW - 2 * DAY, NOW) == f"{NOW - 2 * DAY:%d %b %H:%M}"
    assert str((NOW + 400 * DAY).year) in moment_words(NOW + 400 * DAY, NOW)
    assert distance_words(NOW + timedelta(minutes=4, seconds=50), NOW) == "in 4 min"
    assert distance_words(NOW - timedelta(hours=30), NOW) == "1 d ago"
    assert distance_words(NOW, NOW) == "now"


def test_that_reasons_to_stay_are_counted_the_most_frequent_first() -> None:
    def decision(because: str) -> Decision:
        one = Candidate(id=uuid4(), seq=1, timestamp=NOW, trigger="batch")
        return Decision(snapshot=one, because=because)

    decisions = [decision(each) for each in ("pinned", "", "newest", "pinned", "tagged", "")]
    assert reason_words(decisions, most=1) == "pinned: 2  ·  for other reasons: 2"
    assert going_words(2, 6, 3_200_000).startswith("2 of 6 snapshots go, and about 3.2 MB")
    assert going_words(0, 6, 0) == "Nothing goes: all 6 snapshots stay."


def test_that_what_can_come_back_says_until_when() -> None:
    assert recoverable_words(0, 3, None, NOW) == ""
    assert recoverable_words(1, 0, None, NOW) == "1 snapshot that went can be brought back."
    assert "at the next turn" in recoverable_words(2, 0, NOW - DAY, NOW)
    assert "1 more were deleted by hand" in recoverable_words(2, 1, NOW + DAY, NOW)


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        ("AWS Error ACCESS_DENIED during HeadBucket", "set AWS_ACCESS_KEY_ID"),
        ("AWS Error NETWORK_CONNECTION: couldn't connect to server", "whether the store is up"),
        ("[Errno 13] Permission denied: '/cold'", "may write to"),
        ("[Errno 28] No space left on device", "Make room there"),
        ("[Errno 20] Not a directory: '/a/b'", "A file is in the way"),
    ],
)
def test_that_a_place_that_fails_says_what_to_do(fault: str, hint: str) -> None:
    words = place_advice(PlaceFault(f"the archive at x cannot be reached: {fault}"))
    assert words.startswith("The archive at x cannot be reached")
    assert hint in words


def test_that_no_place_is_blamed_for_what_others_do() -> None:
    away = "connection failed: could not connect to 127.0.0.1: connection refused"
    for error in (DatabaseUnavailable(away), LakeError(away)):
        assert place_advice(error) == f"C{away[1:]}."


def test_that_a_window_speaks_of_nothing_that_is_typed_in_a_shell() -> None:
    said = for_window(
        f"snapshot {uuid4()} of {NOW.astimezone(UTC):%Y-%m-%d %H:%M:%S} was marked since the "
        f"archive at x was written: forget that (`lake archives --forget {uuid4()}`: all stays "
        "here), and archive anew elsewhere"
    )
    assert said == (
        f"the snapshot of {NOW:%d %b %Y %H:%M:%S} was marked since the archive at x was written: "
        "keep its history here, and put it away anew, elsewhere"
    )


def test_that_a_place_is_whole_before_it_is_tried() -> None:
    for good in ("/cold/2026", "~/cold", "s3://bucket/cold", "C:\\cold"):
        assert place_fault(good) == ""
    assert "where" in place_fault("  ")
    assert "whole path" in place_fault("cold/2026")


def test_that_a_refusal_is_a_sentence_without_its_pointer() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(Schedule(every=0.5))
    assert refusal_words(refused.value) == "Every: must be 1 second to 366 days."


def test_that_a_pace_foretells_once_it_knows() -> None:
    pace = Pace("changes", began=100.0)
    assert pace.words(0, 1000, 100.5) == ""
    assert pace.words(100, 1000, 100.5) == "10 %"
    assert pace.words(250, 1000, 102.0) == "25 %, 120 changes/s, 6 s left"
    assert pace.words(1000, 1000, 110.0) == "finishing"


# -- the monitor's lines


def stretch(state: str, age: timedelta) -> ArchivedStretch:
    return ArchivedStretch(
        id=uuid4(),
        space_name="lab",
        from_seq=0,
        to_seq=10,
        from_at=NOW - 3 * DAY,
        to_at=NOW - 2 * DAY,
        place="s3://cold/lab",
        bytes=1_500_000,
        changes=10,
        snapshots=1,
        state=state,  # type: ignore[arg-type]
        at=NOW - age,
    )


def state_of(**facts: object) -> UpkeepState:
    nothing: dict[str, object] = {
        "at": NOW,
        "spaces": ("lab", "shop"),
        "schedules": {},
        "retentions": {},
        "due": {},
        "last": {},
        "let_go": {},
        "deeds": (),
        "archives": (),
        "report": report((), {}, {}, (), (), NOW),
    }
    return UpkeepState(**(nothing | facts))  # type: ignore[arg-type]


def test_that_a_lake_without_policies_says_what_that_means() -> None:
    state = state_of()
    assert schedule_lines(state, NOW) == [
        "No schedule: snapshots come after 100 changes, and by hand."
    ]
    assert retention_lines(state, NOW) == ["Everything is kept."]
    assert archive_lines(state, NOW, "") == ["All history is here: nothing was put away."]


def test_that_the_monitor_says_what_is_next_kept_and_away() -> None:
    hourly, paused = Schedule(every=3600.0), Schedule(every=60.0, paused=True)
    archives = (stretch("archived", DAY), stretch("checked", timedelta(minutes=2)))
    deed = Deed(
        space_name="lab",
        kind="retention",
        done_at=NOW - timedelta(minutes=3),
        failed_at=None,
        reason="",
        expired=9,
        purged=4,
        changes=70,
    )
    state = state_of(
        schedules={None: hourly, "shop": paused},
        retentions={None: Retention(newest=5, grace=86_400.0)},
        due={"lab": NOW + timedelta(minutes=30)},
        last={"lab": LastSnapshots("lab", 9, NOW, NOW, 9, NOW - timedelta(minutes=30))},
        let_go={"lab": LetGo("lab", 5, NOW - timedelta(hours=1), NOW, 0)},
        deeds=(deed,),
        archives=archives,
        report=report(("lab",), {}, {}, (deed,), archives, NOW),
    )
    told = schedule_lines(state, NOW)
    assert told[0].endswith("in 30 min: lab")
    assert told[1].endswith("30 min ago: lab")
    assert told[2] == "1 space by schedule, 1 schedule paused"
    kept, back, gone, last = retention_lines(state, NOW)
    assert kept == "Keeps the newest 5"
    until = moment_words(NOW + timedelta(hours=23), NOW)
    assert back == f"5 snapshots can be brought back, the first until {until}"
    assert gone == "9 let go so far, 4 for good; 70 changes dropped"
    assert last == "Last run 3 min ago"
    doing, sums, *_, waiting = archive_lines(state, NOW, "Putting lab away")
    assert doing == "Putting lab away…"
    assert sums == "1 archive, 1.5 MB, 10 changes"
    assert waiting == f"lab: {state_words(archives[1], NOW)}"
    assert "here too, until" in waiting


def test_that_the_monitor_names_no_time_past_until_which_something_can_be_brought_back() -> None:
    state = state_of(
        retentions={None: Retention(newest=5, grace=60.0)},
        let_go={"lab": LetGo("lab", 5, NOW - timedelta(hours=1), NOW, 0)},
    )
    assert (
        retention_lines(state, NOW)[1]
        == "5 snapshots can be brought back, the first only until the next turn"
    )


PINNED = Holder(7, NOW, Hold.PINNED, snapshot_id=uuid4())
BOOKMARK = Holder(9, NOW, Hold.BOOKMARKED, "landing")


@pytest.mark.parametrize(
    ("error", "asks_for_all", "said"),
    [
        (
            HistoryHeld("what is before 12 must stay here", [PINNED, BOOKMARK]),
            False,
            "The snapshot of {now} is pinned, and 1 more after it must stay: only what is before "
            "it can go. Unpin it, or choose an earlier time.",
        ),
        (
            HistoryHeld("what is before 12 must stay here", [BOOKMARK]),
            False,
            "The bookmark ‘landing’ is at {now}: only what is before it can go. "
            "Delete the bookmark, or choose an earlier time.",
        ),
        (
            NothingToArchive("begins at 7", NOW, None),
            False,
            "There is nothing before that: the history here begins at {now}.",
        ),
        (
            NothingToArchive("begins at 7", NOW, PINNED),
            True,
            "Nothing can go: the history here begins at {now}, and the snapshot of {now} "
            "is pinned.",
        ),
        (
            NothingToArchive("begins at 7", NOW, None),
            True,
            "Nothing can go yet: the history here begins at {now}, with the newest snapshot.",
        ),
        (
            NothingToArchive("begins at 0", None, None),
            True,
            "Nothing can go: nothing has changed here yet.",
        ),
        (
            Gone("the history of space 'lab' begins at 300"),
            False,
            "There is nothing before that here: it was put away or let go already.",
        ),
    ],
)
def test_that_why_nothing_can_be_put_away_is_said_in_names_and_times(
    error: LakeError, asks_for_all: bool, said: str
) -> None:
    words = unarchivable_words(error, None if asks_for_all else NOW, NOW)
    assert words == said.replace("{now}", f"{NOW:%H:%M:%S}")
