"""The lake's last minutes, and what is wrong with it in words."""

from __future__ import annotations

from dataclasses import replace

from lake_core.upkeep.report import Worry
from studio.models.series import Series, bounds, held_at
from studio.models.vitals import (
    Alarm,
    Grade,
    Sample,
    SpaceVitals,
    Vitals,
    Weight,
    alarms_of,
    size_words,
)

WELL = Sample(
    time=100.0,
    events_per_second=10.0,
    queue_depth=0,
    spooled=0,
    database_ok=True,
    commits=10,
    commit_seconds=1.0,
)
SOUND = SpaceVitals("lab", 10, 100, 3, 0.0, 90.0, 0, 0, 0, 0, 1.0)


def test_that_nothing_is_told_where_all_is_well() -> None:
    assert alarms_of(WELL, 3.0, [SOUND], 10 << 30) == []
    assert alarms_of(None, 0.0, [], None) == []


def test_that_an_absent_database_is_the_worst() -> None:
    sample = replace(WELL, database_ok=False, spooled=1234, queue_depth=5000)
    told = alarms_of(sample, 900.0, [SOUND], 1 << 20)
    assert told[0].grade is Grade.DANGER
    assert "1,234 requests wait on disk" in told[0].words
    assert [alarm.grade for alarm in told] == sorted((alarm.grade for alarm in told), reverse=True)
    words = " ".join(alarm.words for alarm in told)
    for wanted in ("5,000 requests wait", "0.9 s", "1.05 MB are free"):
        assert wanted in words


def test_that_what_waits_for_another_process_and_what_was_refused_late_is_told() -> None:
    sample = replace(WELL, spooled=3, held=("lab", "yard"), refused=2)
    told = " ".join(alarm.words for alarm in alarms_of(sample, 3.0, [SOUND], 10 << 30))
    assert "3 requests wait on disk until another process lets go of lab, yard." in told
    assert "delivered from the spool" not in told
    assert "2 requests that were answered while PostgreSQL was away were refused" in told


def test_that_what_upkeep_needs_is_told_too() -> None:
    worry = Worry(about="archive", space_name="a", words="archive failed: no bucket", failed=True)
    (told,) = alarms_of(WELL, 3.0, [SOUND], 10 << 30, [worry])
    assert told == Alarm(Grade.WARNING, "a: archive failed: no bucket.", "archive", "a", True)


def test_that_a_lake_which_outgrows_its_disk_is_told_in_time() -> None:
    weight = Weight()
    weight.take(0.0, 1e9)
    weight.take(300.0, 2e9)
    assert weight.growth == 0.0  # not yet measured for long enough
    weight.take(1000.0, 3e9)
    assert weight.growth == 2e6
    (soon,) = alarms_of(WELL, 0.0, [SOUND], 400 << 30, growth=weight.growth)
    assert soon.grade is Grade.WARNING
    assert "full in 2 d 12 h" in soon.words
    (now,) = alarms_of(WELL, 0.0, [SOUND], 40 << 30, growth=weight.growth)
    assert now.grade is Grade.DANGER
    assert alarms_of(WELL, 0.0, [SOUND], 4000 << 30, growth=weight.growth) == []


def test_that_a_space_which_keeps_nothing_to_train_on_is_told() -> None:
    bare = replace(SOUND, snapshots=0, changes=5000)
    (told,) = alarms_of(WELL, 0.0, [bare], None)
    assert (told.grade, told.about) == (Grade.NOTE, "schedule")
    assert "5,000 changes and no snapshot" in told.words


def test_that_each_fault_of_a_space_is_named_with_its_space() -> None:
    told = alarms_of(WELL, 0.0, [replace(SOUND, loops=1, orphans=2, same_names=40)], None)
    assert [alarm.words for alarm in told] == [
        "lab: 1 parent edge closes a loop and is ignored.",
        "lab: 2 entities wait for a parent that has not come.",
        "lab: 40 entities share name and parent with another.",
    ]


def test_that_a_commit_takes_the_mean_since_the_last_sample() -> None:
    vitals = Vitals()
    vitals.take(WELL)
    vitals.take(replace(WELL, time=101.0, commits=14, commit_seconds=1.02))
    assert round(vitals.commits.latest, 6) == 5.0
    vitals.take(replace(WELL, time=102.0, commits=14, commit_seconds=1.02))
    assert vitals.commits.latest == 0.0


def test_that_a_series_forgets_what_is_old() -> None:
    series = Series(limit=3)
    for at in range(5):
        series.add(float(at), float(at * at))
    assert list(series.points) == [(2.0, 4.0), (3.0, 9.0), (4.0, 16.0)]
    assert bounds(series.points) == (4.0, 16.0)


def test_that_a_value_holds_until_the_next() -> None:
    points = [(1.0, 5.0), (2.0, 7.0)]
    assert held_at(points, 0.9) is None
    assert held_at(points, 1.9) == (1.0, 5.0)
    assert held_at(points, 99.0) == (2.0, 7.0)


def test_that_sizes_are_told_in_the_unit_that_fits() -> None:
    sizes = (12, 8_192, 123_456, 4_560_000, 12_300_000_000)
    words = ["12 B", "8.19 kB", "123 kB", "4.56 MB", "12.3 GB"]
    assert [size_words(size) for size in sizes] == words
