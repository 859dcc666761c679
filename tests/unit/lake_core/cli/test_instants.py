"""How instants may be named on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lake_core.cli.instants import parse_instant, parse_moment
from lake_core.errors import InvalidInput

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", 0),
        ("60 s ago", 60),
        ("60s ago", 60),
        ("2 h ago", 7200),
        ("2 hours ago", 7200),
        ("1.5 min ago", 90),
        ("1 h 30 min ago", 5400),
        ("3 days ago", 3 * 86_400),
        ("1 week ago", 7 * 86_400),
        (" Yesterday ", 86_400),
    ],
)
def test_that_a_time_may_be_said_by_how_long_ago_it_was(text: str, seconds: float) -> None:
    assert parse_instant(text, NOW) == NOW - timedelta(seconds=seconds)
    assert parse_moment(text, NOW) == NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("8:15", "2026-03-02T08:15:00"),
        ("10:30", "2026-03-01T10:30:00"),  # today's is yet to come
        ("today 08:15:30.5", "2026-03-02T08:15:30.5"),
        ("yesterday 08:15", "2026-03-01T08:15:00"),
        ("2026-01-31", "2026-01-31T00:00:00"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00"),
        ("2026-01-31T14:00+02:00", "2026-01-31T12:00:00"),
    ],
)
def test_that_a_time_of_day_and_an_iso_time_are_utc(text: str, moment: str) -> None:
    assert parse_instant(text, NOW) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_that_a_number_is_a_sequence_number_and_an_id_a_snapshot() -> None:
    name = "3f2b8a54-0000-4000-8000-000000000001"
    assert parse_instant("60") == 60
    assert parse_instant(name) == UUID(name)


@pytest.mark.parametrize(
    "text", ["", "60 s", "60 parsecs ago", "soon", "25:00", "9999999999 weeks ago", "1 h x ago"]
)
def test_that_a_refusal_lists_the_forms_there_are(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"snapshot's id, a sequence number.*10:30.*60 s ago"):
        parse_instant(text, NOW)
    with pytest.raises(InvalidInput, match=r"no time such as 2026-01-31T12:00.*60 s ago"):
        parse_moment(text, NOW)


def test_that_no_time_given_is_none() -> None:
    assert parse_moment(None) is None
