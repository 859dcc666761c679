"""How a person at a shell names an instant: an id, a number, a time, or how long ago it was.

Pure: the present is handed in. Must not know what is asked of the instant.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from lake_core.errors import InvalidInput
from lake_core.store.instants import Instant

TIMES: Final = "2026-01-31T12:00, 10:30, 'yesterday 10:30' (times are UTC), or '60 s ago'"
"""Examples of each form of a time, for help and for errors."""
INSTANTS: Final = f"a snapshot's id, a sequence number, or a time: {TIMES}"
"""The same of an instant."""
_SECONDS: Final = {
    "ms": 0.001,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
}
_PART: Final = r"(\d+(?:\.\d+)?)\s*([a-z]+)"
_AGO: Final = re.compile(rf"{_PART}(?:[\s,]*{_PART})*\s+ago")
_CLOCK: Final = re.compile(r"(?:(today|yesterday)[\s,]+)?(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)")


def parse_instant(text: str, now: datetime | None = None) -> Instant:
    """An instant of a space; raises InvalidInput, which lists the forms there are."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return uuid.UUID(text)
    except ValueError:
        return _moment(text, now or datetime.now(UTC), f"is not {INSTANTS}")


def parse_moment(text: str | None, now: datetime | None = None) -> datetime | None:
    """A time, None for none given; one without an offset is UTC. Raises InvalidInput."""
    if text is None:
        return None
    return _moment(text.strip(), now or datetime.now(UTC), f"is no time such as {TIMES}")


def _moment(text: str, now: datetime, refusal: str) -> datetime:
    words = text.lower()
    try:
        if words in ("now", "yesterday"):
            return now - timedelta(days=words == "yesterday")
        if _AGO.fullmatch(words):
            return now - _stretch(words)
        if clock := _CLOCK.fullmatch(words):
            return _on_a_day(clock[1], clock[2], now.astimezone(UTC))
        moment = datetime.fromisoformat(text)
    except (KeyError, ValueError, OverflowError):
        raise InvalidInput(f"{text!r} {refusal}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stretch(words: str) -> timedelta:
    """Raises KeyError for a unit there is not."""
    return timedelta(
        seconds=sum(float(count) * _SECONDS[unit] for count, unit in re.findall(_PART, words))
    )


def _on_a_day(day: str | None, clock: str, now: datetime) -> datetime:
    """A bare time of day is today's, or yesterday's where today's is yet to come."""
    hour, _, rest = clock.partition(":")
    of_today = datetime.fromisoformat(f"{now:%Y-%m-%d}T{int(hour):02}:{rest}").replace(tzinfo=UTC)
    goes_back = day == "yesterday" or (day is None and of_today > now)
    return of_today - timedelta(days=goes_back)
