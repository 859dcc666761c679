"""The time axis: ticks from milliseconds to decades, zoom about the cursor."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.render.time_axis import (
    LABEL_ROOM,
    LONGEST,
    SHORTEST,
    TimeWindow,
    minor_step,
    span_words,
    ticks,
)

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC).timestamp()


@given(seconds=st.floats(SHORTEST, LONGEST), start=st.floats(0, 4e9))
def test_that_every_window_has_ticks_in_order_and_apart(seconds: float, start: float) -> None:
    window = TimeWindow(start, seconds, 1000.0)
    found = ticks(window)
    columns = [window.x_of(tick.time) for tick in found]
    assert columns == sorted(columns)
    assert all(-1 <= x <= 1001 for x in columns)
    gaps = [b - a for a, b in pairwise(columns)]
    assert all(gap > LABEL_ROOM * 0.85 for gap in gaps)
    assert 1 <= len(found) <= 12 or seconds > 20 * 365 * 86_400


@pytest.mark.parametrize(
    ("seconds", "looks"),
    [(0.05, "."), (8, ":"), (3600, ":"), (6 * 86_400, " "), (400 * 86_400, " 20"), (2e9, "20")],
)
def test_that_labels_suit_the_scale(seconds: float, looks: str) -> None:
    labels = [tick.label for tick in ticks(TimeWindow(NOON, seconds, 1000.0))]
    assert labels
    assert any(looks in label for label in labels)


@given(x=st.floats(0, 1000), factor=st.floats(0.1, 10))
def test_that_zooming_holds_the_time_under_the_cursor(x: float, factor: float) -> None:
    window = TimeWindow(NOON, 3600.0, 1000.0)
    assert window.zoomed(factor, x).time_of(x) == pytest.approx(window.time_of(x), abs=1e-3)


def test_that_zoom_has_ends() -> None:
    window = TimeWindow(NOON, 10.0, 1000.0)
    for _ in range(200):
        window = window.zoomed(0.5, 500)
    assert window.seconds == SHORTEST
    for _ in range(400):
        window = window.zoomed(2.0, 500).panned(5000)
    assert window.seconds == LONGEST
    assert ticks(window) is not None


def test_that_the_second_is_told_however_near_one_looks() -> None:
    times = ticks(TimeWindow(NOON + 0.4641, 0.0102, 500.0))
    assert [tick.label for tick in times][1:3] == [".468", ".470"]
    assert times[0].label.endswith(":00.466")
    assert times[0].label.count(":") == 2


def test_that_minor_ticks_are_finer_than_labels() -> None:
    step = minor_step(TimeWindow(NOON, 3600.0, 1000.0))
    assert step is not None
    assert step < 600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "250 ms"),
        (45, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3600 * 3 + 60 * 12, "3 h 12 min"),
        (86_400 * 2 + 3600 * 5, "2 d 5 h"),
    ],
)
def test_that_spans_read_in_two_units(seconds: float, words: str) -> None:
    assert span_words(seconds) == words
