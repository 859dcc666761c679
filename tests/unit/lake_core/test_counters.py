from __future__ import annotations

from lake_core.counters import COMMIT_BUCKETS, MOST_SPACES, OTHER, Counters, Event


def test_that_spaces_beyond_the_most_are_counted_together() -> None:
    counters = Counters()
    for _ in range(2):
        for number in range(MOST_SPACES + 50):
            counters.count(f"space {number}", "entity", "accepted", 3)
    counters.count("", "entity", "refused")
    events = counters.events()
    assert len({event.space_name for event in events}) == MOST_SPACES + 2
    assert events[Event("space 0", "entity", "accepted")] == 6
    assert events[Event(OTHER, "entity", "accepted")] == 50 * 6
    assert events[Event("", "entity", "refused")] == 1


def test_that_commits_fall_into_the_bucket_they_do_not_exceed() -> None:
    counters = Counters()
    for seconds in (0.0001, 0.001, 0.0011, 99.0):
        counters.count_commit(seconds)
    assert counters.commits() == [2, 1, *[0] * (len(COMMIT_BUCKETS) - 2), 1]
    assert counters.commit_seconds == 0.0001 + 0.001 + 0.0011 + 99.0


def test_that_what_was_taken_is_not_changed_by_what_comes() -> None:
    counters = Counters()
    counters.count_snapshot("manual")
    taken = counters.snapshots(), counters.events(), counters.commits()
    counters.count_snapshot("manual")
    counters.count("s", "entity", "accepted")
    counters.count_commit(1.0)
    assert taken == ({"manual": 1}, {}, [0] * (len(COMMIT_BUCKETS) + 1))
