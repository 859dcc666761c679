"""Reads what a person types as a time, and says times as a person reads them. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from studio.render.time_axis import local_moment, span_words

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_AGO: Final = re.compile(r"-?\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)(?:\s+ago)?", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?")


def clock_words(instant: datetime) -> str:
    """The local time of day to the millisecond."""
    return f"{instant.astimezone():%H:%M:%S.%f}"[:-3]


def ago_words(instant: datetime, now: datetime) -> str:
    """How long ago it was, coarse enough not to flicker."""
    seconds = max((now - instant).total_seconds(), 0.0)
    return f"{span_words(float(int(seconds)))} ago" if seconds >= 1.0 else "just now"


def parse_instant(text: str, near: datetime, now: datetime) -> datetime | None:
    """A time of day (`3:35`, `03:35:41.25`), a date with one, or `90 s ago`; None for no time.

    A bare time of day is that of the local day of `near`, or of the day before where that would
    be yet to come.
    """
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        return now - timedelta(seconds=float(ago[1]) * UNITS[ago[2].lower()])
    if clock := _CLOCK.fullmatch(text):
        return _clock_of(clock, near, now)
    try:
        return datetime.fromisoformat(text).astimezone() if "-" in text else None
    except (ValueError, OverflowError):
        return None


def _clock_of(clock: re.Match[str], near: datetime, now: datetime) -> datetime | None:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    micro = int((clock[4] or "").ljust(6, "0"))
    try:
        found = near.astimezone().replace(
            hour=hour, minute=minute, second=second, microsecond=micro
        )
    except ValueError:
        return None
    return found if found <= now else found - timedelta(days=1)


def time_of_day(moment: float) -> str:
    """The local time of day of seconds since 1970."""
    return f"{local_moment(moment):%H:%M:%S}"


def clock_span(start: float, stop: float) -> str:
    """From when to when, in local time: `Mon 23 Nov  02:10:00 to 07:45:12`."""
    first, last = local_moment(start), local_moment(stop)
    if first.date() == last.date():
        return f"{first:%a %d %b}  {first:%H:%M:%S} to {last:%H:%M:%S}"
    return f"{first:%a %d %b %H:%M} to {last:%a %d %b %H:%M}"
