"""Lengths of time as people type them."""

from __future__ import annotations

import pytest

from lake_core.errors import InvalidInput
from lake_core.upkeep.lengths import parse_length
from lake_core.upkeep.retention import span

READ = [
    *(("90s", 90), ("5m", 300), ("1.5h", 5400), ("7d", 604_800), ("30", 30), ("1w", 604_800)),
    *(("5 minutes", 300), ("1 hour", 3600), ("10 min", 600), ("1 Year", 31_536_000), ("2 s", 2)),
]


@pytest.mark.parametrize(("text", "seconds"), READ)
def test_that_lengths_of_time_are_read(text: str, seconds: float) -> None:
    assert parse_length(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5 fortnights", "-1h", "1h:", "s", "1 h 30"])
def test_that_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_length(text)


@pytest.mark.parametrize("seconds", [1, 90, 300, 3600, 86_400, 604_800, 0.5])
def test_that_lengths_are_read_as_they_are_said(seconds: float) -> None:
    assert parse_length(span(seconds)) == seconds
