"""What a person types as a time, and how times are said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from studio.models.time_words import ago_words, clock_words, parse_instant

NOW = datetime(2026, 11, 23, 3, 40, 0).astimezone()


def parsed(text: str, near: datetime = NOW) -> datetime | None:
    return parse_instant(text, near, NOW)


def at(*parts: int) -> datetime:
    return datetime(*parts).astimezone()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("3:35", at(2026, 11, 23, 3, 35)),
        (" 03:35:41 ", at(2026, 11, 23, 3, 35, 41)),
        ("03:35:41.25", at(2026, 11, 23, 3, 35, 41, 250_000)),
        ("03:35:41,250", at(2026, 11, 23, 3, 35, 41, 250_000)),
        ("2026-11-20 18:00", at(2026, 11, 20, 18)),
        ("2026-11-20T18:00:00.5", at(2026, 11, 20, 18, 0, 0, 500_000)),
        ("90 s ago", NOW - timedelta(seconds=90)),
        ("-2h", NOW - timedelta(hours=2)),
        ("1.5 min", NOW - timedelta(seconds=90)),
    ],
)
def test_that_times_are_read(text: str, instant: datetime) -> None:
    assert parsed(text) == instant


@pytest.mark.parametrize("text", ["", "soon", "25:00", "3:61", "2026-13-01 00:00", "12", "1:2"])
def test_that_what_is_no_time_is_none(text: str) -> None:
    assert parsed(text) is None


def test_that_a_time_of_day_yet_to_come_was_yesterdays() -> None:
    assert parsed("23:59") == at(2026, 11, 22, 23, 59)


def test_that_a_time_of_day_is_of_the_day_shown() -> None:
    assert parsed("23:59", near=at(2026, 11, 3, 12)) == at(2026, 11, 3, 23, 59)


def test_that_what_is_said_can_be_typed() -> None:
    moment = NOW - timedelta(milliseconds=750)
    assert parsed(clock_words(moment)) == moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "just now"), (12.7, "12 s ago"), (134, "2 min 14 s ago"), (90_000, "1 d 1 h ago")],
)
def test_that_ages_are_said(seconds: float, words: str) -> None:
    assert ago_words(NOW - timedelta(seconds=seconds), NOW) == words
