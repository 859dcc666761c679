"""Values over time for small plots: what to draw, and which value is under the pointer. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]
"""Seconds since 1970, value."""


@dataclass(slots=True)
class Series:
    """Points by rising time, the last `limit` of them."""

    limit: int = 600
    points: deque[Point] = field(init=False)

    def __post_init__(self) -> None:
        self.points = deque(maxlen=self.limit)

    def add(self, time: float, value: float) -> None:
        """One more, the newest."""
        self.points.append((time, value))

    @property
    def latest(self) -> float:
        """The newest value, 0 where there is none."""
        return self.points[-1][1] if self.points else 0.0


def held_at(points: Sequence[Point], time: float) -> Point | None:
    """The last point at or before a time: a value holds until the next one."""
    at = bisect_right(points, time, key=lambda point: point[0])
    return points[at - 1] if at else None


def bounds(points: Iterable[Point]) -> tuple[float, float]:
    """The least and the greatest value; a little apart where all are the same."""
    values = [value for _, value in points]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high:
        return low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    return low, high
