"""How many changes came when: from marks along the log, and from the very moments."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.models.change_history import ChangeHistory, exact_moments

START = 1_800_000_000.0


def history(*marks: tuple[float, int]) -> ChangeHistory:
    made = ChangeHistory()
    made.show_marks(
        np.array([START + at for at, _ in marks], np.float64),
        np.array([seq for _, seq in marks], np.int64),
    )
    return made


def edges(*ats: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([START + at for at in ats], np.float64)


def test_that_changes_between_marks_come_evenly() -> None:
    counts = history((0, 0), (10, 100), (20, 100), (30, 400)).counts(edges(0, 5, 10, 20, 30))
    assert counts.round(6).tolist() == [50.0, 50.0, 0.0, 300.0]


def test_that_nothing_is_told_of_an_empty_space() -> None:
    empty = ChangeHistory()
    assert empty.counts(edges(0, 1, 2)).tolist() == [0.0, 0.0]
    assert empty.gaps(START, START + 9) == []
    assert empty.seqs_between(START, START + 9) == (0, 0)


def test_that_the_very_moments_are_told_where_they_are_known() -> None:
    made = history((0, 0), (10, 100))
    made.learn(exact_moments(0, 100, [(START + 1, 99), (START + 9, 1)]))
    assert made.counts(edges(0, 5, 10)).tolist() == [99.0, 1.0]
    assert made.counts(edges(0, 5, 10, 15)).tolist() == [99.0, 1.0, 0.0]


def test_that_moments_of_another_part_are_not_taken_for_this_one() -> None:
    made = history((0, 0), (10, 100), (20, 200))
    made.learn(exact_moments(0, 100, [(START + 1, 100)]))
    assert made.counts(edges(10, 20)).round(6).tolist() == [100.0]


def test_that_what_is_heard_of_the_present_counts() -> None:
    made = history((0, 0), (10, 100))
    assert made.hear(START + 12, 180)
    assert not made.hear(START + 12.1, 190)
    assert made.counts(edges(10, 12)).round(6).tolist() == [80.0]
    made.show_marks(edges(0, 10, 13), np.array([0, 100, 200]))
    assert made.counts(edges(10, 12, 13)).round(6).tolist() == [80.0, 20.0]


def test_that_a_long_pause_is_a_gap_and_the_usual_one_is_none() -> None:
    made = history(*((float(at), 100 * at) for at in range(20)), (500.0, 2100), (501.0, 2200))
    (gap,) = made.gaps(START, START + 1000)
    assert (gap.start - START, gap.stop - START) == (19.0, 500.0)
    assert made.gaps(START + 100, START + 200) == [gap]
    assert made.gaps(START, START + 10) == []


def test_that_a_log_that_was_cut_begins_where_it_was_cut() -> None:
    made = history((5, 4000), (20, 5100))  # the first is put away, and shown for a moment yet
    made.show_ends(5000, [(START + 10, 5000), (START + 30, 5200)])
    assert made.counts(edges(0, 10, 20, 30)).round(6).tolist() == [0.0, 100.0, 100.0]
    assert made.seqs_between(START, START + 40) == (5000, 5200)


def test_that_changes_before_the_first_snapshot_and_after_the_last_are_told() -> None:
    made = history((20, 100))
    made.show_ends(0, [(START, 1), (START + 30, 130)])
    assert made.counts(edges(-1, -0.01, 0, 20, 30)).round(6).tolist() == [0.0, 1.0, 99.0, 30.0]


def test_that_a_snapshot_of_no_change_does_not_break_a_gap_in_two() -> None:
    steps = [(float(at), 100 * at + 100) for at in range(20)]
    made = history(*steps, (300.0, 2000), (500.0, 2100))
    (gap,) = made.gaps(START, START + 1000)
    assert (gap.start - START, gap.stop - START) == (19.0, 500.0)


def test_that_snapshots_that_were_let_go_leave_no_gap_where_changes_came() -> None:
    made = history((43, 24_003), (44, 24_401), (45, 24_539))
    made.show_ends(2_000, [(START, 2_000), (START + 45, 24_539)])
    assert made.gaps(START, START + 60) == []
    (gap,) = made.gaps(START, START + 300, START + 300)
    assert (gap.start - START, gap.stop - START) == (45.0, 300.0)


def test_that_the_very_moments_tell_which_part_of_a_long_time_was_silent() -> None:
    steps = [(float(at), 100 * at + 100) for at in range(20)]
    made = history(*steps, (60.0, 5000))
    assert made.gaps(START, START + 100) == []
    moments = [(START + at, 100) for at in [*range(20), *range(31, 60)]]
    made.learn(exact_moments(0, 5000, moments))
    (gap,) = made.gaps(START, START + 100)
    assert (gap.start - START, gap.stop - START) == (19.0, 31.0)


def test_that_a_large_batch_after_a_pause_that_was_heard_leaves_the_pause_a_gap() -> None:
    made = ChangeHistory()
    for at in range(20):
        made.hear(START + at, 100 * at + 100)
    made.hear(START + 60, 9000)
    made.show_marks(edges(60), np.array([9000]))
    (gap,) = made.gaps(START, START + 100)
    assert (gap.start - START, gap.stop - START) == (19.0, 60.0)


def test_that_the_time_since_the_last_change_is_a_gap_when_it_is_long() -> None:
    made = history(*((float(at), 100 * at + 100) for at in range(20)))
    assert made.gaps(START, START + 60, START + 28) == []
    (gap,) = made.gaps(START, START + 60, START + 40)
    assert (gap.start - START, gap.stop - START) == (19.0, 40.0)
    assert not made.hear(START + 41, 2000)  # as far as it was
    assert made.hear(START + 42, 2001)
    assert made.gaps(START, START + 60, START + 43)[0].stop == START + 42


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(0, 1000)), min_size=1, max_size=30))
def test_that_no_change_is_lost_and_none_is_counted_twice(steps: list[tuple[float, int]]) -> None:
    at, seq, marks = 0.0, 0, []
    for wait, more in steps:
        at, seq = at + wait, seq + more
        marks.append((at, seq))
    counts = history(*marks).counts(np.linspace(START - 2, START + at + 1, 57))
    assert counts.min() >= 0.0
    assert abs(counts.sum() - seq) < 1e-3 * max(seq, 1)


def test_that_hours_of_being_heard_weigh_little_and_keep_their_pauses() -> None:
    made, seq = ChangeHistory(), 0
    pauses = [(600.0, 60.0), (1500.0, 25.0), (2400.0, 300.0)]
    for quarter in range(4 * 3600):
        at = quarter / 4
        if not any(start <= at < start + length for start, length in pauses):
            seq += 8
            made.hear(START + at, seq)
    assert made.marks < 6000
    found = made.gaps(START, START + 3600)
    assert [(round(gap.start - START), round(gap.stop - gap.start)) for gap in found] == [
        (start, length) for start, length in pauses
    ]
    counts = made.counts(edges(*range(0, 3600, 10)))
    assert counts[:59].round().tolist() == [320.0] * 59


def test_that_what_comes_after_a_pause_that_was_heard_is_not_spread_over_it() -> None:
    made = history(*((10.0 * at, 100 * at) for at in range(1, 11)))
    made.hear(START + 200, 1000, is_late=True)  # it is shown from now on
    made.hear(START + 500, 6000)
    assert made.counts(edges(101, 200, 499, 501)).round().tolist() == [0.0, 0.0, 5000.0]
    (gap,) = made.gaps(START + 101, START + 600)
    assert (gap.start - START, gap.stop - START) == (100.0, 500.0)


def test_that_nothing_is_called_a_pause_while_nothing_could_be_heard() -> None:
    made = history(*((float(at), 10 * at) for at in range(100, 120)))
    made.hear(START + 120, 1200)
    made.hear(START + 500, 6000, is_late=True)
    assert made.counts(edges(120, 310, 500)).round().tolist() == [2400.0, 2400.0]
    assert made.gaps(START, START + 500) == []


def test_that_of_what_came_before_a_space_was_shown_nothing_is_told_until_it_is_known() -> None:
    made = ChangeHistory()
    made.hear(START + 100, 5000, is_late=True)
    assert made.counts(edges(0, 50, 200)).tolist() == [0.0, 0.0]
    made.show_ends(0, [(START, 1), (START + 10, 5000)])
    assert made.counts(edges(0, 50, 200)).round().tolist() == [4999.0, 0.0]


def test_that_what_comes_after_a_gap_that_is_told_comes_at_its_end_and_usual_pace() -> None:
    made = history(*((10.0 * at, 100 * at) for at in range(20)), (1190.0, 2100))
    counts = made.counts(edges(190, 1169.9, 1180, 1190))
    assert counts.round(6).tolist() == [0.0, 100.0, 100.0]


def test_that_the_last_changes_before_a_pause_count_before_it() -> None:
    made = ChangeHistory()
    for at, seq in ((0.0, 10), (0.5, 20), (0.6, 23), (60.0, 24)):
        made.hear(START + at, seq)
    assert made.counts(edges(0.55, 1, 59, 61)).round(1).tolist()[1:] == [0.0, 1.0]
    assert made.gaps(START, START + 60)[0].start == START + 0.6
