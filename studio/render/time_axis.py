"""The arithmetic of a time axis: which time is at which pixel, and where to put labelled ticks.

Pure. Times are seconds since 1970, UTC; labels and the choice of round times follow the local time
zone. Knows nothing of snapshots or painting.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

SHORTEST: Final = 0.01
"""Seconds in the closest window; float64 seconds since 1970 hold 0.2 microseconds."""
LONGEST: Final = 60.0 * 365.25 * 86_400.0
LATEST: Final = 253_000_000_000.0
"""Seconds since 1970 that a datetime can still hold, in the year 9987."""
EARLIEST: Final = -2_000_000_000.0
"""In the year 1906; the same at the other end."""
LABEL_ROOM: Final = 92.0
"""Pixels that a label takes, with air."""
DAY: Final = 86_400.0
STEPS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0),
)
DAY_STEPS: Final = (1, 2, 7, 14)
MONTH_STEPS: Final = (1, 3, 6, 12, 24, 60, 120, 240)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled time. `major` starts a new minute, hour, day or year among lesser ones."""

    time: float
    label: str
    major: bool


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """`seconds` from `start` on, over `width` pixels. A value: each deed answers a new one."""

    start: float
    seconds: float
    width: float

    @property
    def stop(self) -> float:
        """The time at the right edge."""
        return self.start + self.seconds

    @property
    def seconds_per_pixel(self) -> float:
        """Seconds that one pixel covers."""
        return self.seconds / self.width

    def x_of(self, time: float) -> float:
        """Pixel of a time."""
        return (time - self.start) / self.seconds_per_pixel

    def time_of(self, x: float) -> float:
        """Time at a pixel."""
        return self.start + x * self.seconds_per_pixel

    def zoomed(self, factor: float, x: float) -> TimeWindow:
        """Closer (`factor` < 1) or wider, with the time under pixel `x` staying there."""
        seconds = min(max(self.seconds * factor, SHORTEST), LONGEST)
        return replace(self, start=self.time_of(x) - x * seconds / self.width, seconds=seconds)

    def panned(self, dx: float) -> TimeWindow:
        """Moved with a drag of `dx` pixels."""
        start = self.start - dx * self.seconds_per_pixel
        return replace(self, start=min(max(start, -LATEST / 4), LATEST - LONGEST))

    def resized(self, width: float) -> TimeWindow:
        """The same span over another width."""
        return replace(self, width=max(width, 1.0))

    def showing(self, first: float, last: float, margin: float = 0.05) -> TimeWindow:
        """All of first to last, with a share of the span to spare on both sides."""
        span = max(last - first, SHORTEST)
        return replace(
            self, start=first - margin * span, seconds=min(span * (1 + 2 * margin), LONGEST)
        )


def ticks(window: TimeWindow) -> list[Tick]:
    """The labelled ticks of a window, oldest first; some 100 pixels apart."""
    room = LABEL_ROOM * window.seconds_per_pixel
    fitting = next((step for step in STEPS if step >= room), None)
    if fitting is not None:
        return list(_clock_ticks(window, fitting))
    return list(_calendar_ticks(window, room / DAY))


def minor_step(window: TimeWindow) -> float | None:
    """Seconds between the small ticks under the labelled ones; None where days are too long."""
    room = LABEL_ROOM * window.seconds_per_pixel / 5.0
    return next((step for step in STEPS if step >= room), None)


def local_moment(time: float) -> datetime:
    """A time in the local zone, with its offset; times no datetime can hold are brought near."""
    return datetime.fromtimestamp(min(max(time, EARLIEST), LATEST), UTC).astimezone()


def local_offset(time: float) -> float:
    """Seconds that the local zone is ahead of UTC at a time."""
    ahead = local_moment(time).utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


def aligned(window: TimeWindow, step: float) -> Iterator[float]:
    """The round local times of a window, `step` seconds apart."""
    offset = local_offset(window.start)
    first = math.ceil((window.start + offset) / step)
    last = math.floor((window.stop + offset) / step)
    return (index * step - offset for index in range(first, last + 1))


def span_words(seconds: float) -> str:
    """A duration in at most two units: `3 h 12 min`, `45 s`, `250 ms`."""
    if seconds < 1.0:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60.0:
        return f"{seconds:.3g} s"
    parts = (("d", DAY), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
    at = next(index for index, (_, size) in enumerate(parts) if seconds >= size)
    whole, rest = divmod(round(seconds / parts[at + 1][1]), round(parts[at][1] / parts[at + 1][1]))
    lesser = f" {rest} {parts[at + 1][0]}" if rest else ""
    return f"{whole} {parts[at][0]}{lesser}"


def moment_words(time: float) -> str:
    """A local time to the millisecond, with its day."""
    return f"{local_moment(time):%a %d %b %Y  %H:%M:%S.%f}"[:-3]


def day_words(time: float) -> str:
    """The local day of a time."""
    return f"{local_moment(time):%a %d %b %Y}"


def _clock_ticks(window: TimeWindow, step: float) -> Iterator[Tick]:
    for place, time in enumerate(aligned(window, step)):
        moment = local_moment(round(time, 6))
        midnight = moment.hour == moment.minute == moment.second == moment.microsecond == 0
        if midnight:
            yield Tick(time, f"{moment:%d %b}", True)
        elif step < 1.0:
            whole = moment.microsecond == 0
            part = "" if whole else f".{moment.microsecond // 1000:03d}"
            is_told = whole or place == 0  # else nothing may say of which second it is a part
            yield Tick(time, f"{moment:%H:%M:%S}{part}" if is_told else part, is_told)
        elif step < 60.0:
            yield Tick(time, f"{moment:%H:%M:%S}", moment.second == 0)
        else:
            yield Tick(time, f"{moment:%H:%M}", moment.minute == 0 and step < 3600.0)


def _calendar_ticks(window: TimeWindow, room_days: float) -> Iterator[Tick]:
    days = next((step for step in DAY_STEPS if step >= room_days), None)
    if days is not None:
        yield from _day_ticks(window, days)
    else:
        months = next((step for step in MONTH_STEPS if step * 30.4 >= room_days), 240)
        yield from _month_ticks(window, months)


def _day_ticks(window: TimeWindow, step: int) -> Iterator[Tick]:
    moment = _local_midnight(window.start)
    moment += timedelta(days=-(moment.toordinal() - 1) % step)
    while (time := moment.timestamp()) <= window.stop:
        if time >= window.start:
            yield Tick(time, f"{moment:%d %b}", moment.day == 1)
        moment += timedelta(days=step)


def _month_ticks(window: TimeWindow, step: int) -> Iterator[Tick]:
    first = _local_midnight(window.start).replace(day=1)
    month = -(-(first.year * 12 + first.month - 1) // step) * step
    while True:
        moment = first.replace(year=month // 12, month=month % 12 + 1)
        if (time := moment.timestamp()) > window.stop:
            return
        if time >= window.start:
            yield Tick(time, f"{moment:%Y}" if step >= 12 else f"{moment:%b %Y}", month % 12 == 0)
        month += step


def _local_midnight(time: float) -> datetime:
    """The start of a time's local day, without an offset, so that adding days keeps midnight."""
    return local_moment(time).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
