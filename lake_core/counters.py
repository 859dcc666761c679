"""What the lake thread has done since it began, in numbers: for monitoring, and to find leaks.

Plain counts that only rise. The lake thread alone writes them; any thread may take a copy. Knows
nothing of how they are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final, Literal, NamedTuple

Outcome = Literal["accepted", "unchanged", "refused", "repeated"]
"""A change stored; a repeat of what was so already; a request refused; an idempotency key again."""

OTHER: Final = "other"
"""Stands for every space beyond the first `MOST_SPACES`, so that no one can swell the figures."""
MOST_SPACES: Final = 100
COMMIT_BUCKETS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
"""Upper bounds in seconds; what took longer lies in one more bucket."""


class Event(NamedTuple):
    """What is counted together: a space ("" where none is known), an endpoint, an outcome."""

    space_name: str
    kind: str
    outcome: Outcome


class Counters:
    """The counts of one lake."""

    def __init__(self) -> None:
        self.commit_seconds = 0.0
        self._events: Counter[Event] = Counter()
        self._snapshots: Counter[str] = Counter()
        self._commits = [0] * (len(COMMIT_BUCKETS) + 1)
        self._spaces: set[str] = {""}

    # -- called in the lake thread

    def count(self, space_name: str, kind: str, outcome: Outcome, number: int = 1) -> None:
        """Count events that became so."""
        if space_name not in self._spaces:
            if len(self._spaces) > MOST_SPACES:
                space_name = OTHER
            else:
                self._spaces.add(space_name)
        self._events[Event(space_name, kind, outcome)] += number

    def count_snapshot(self, trigger: str) -> None:
        """Count a snapshot that became durable."""
        self._snapshots[trigger] += 1

    def count_commit(self, seconds: float) -> None:
        """Count a group commit that took so long, its requests' application included."""
        self.commit_seconds += seconds
        self._commits[bisect_left(COMMIT_BUCKETS, seconds)] += 1

    # -- called from any thread

    def events(self) -> dict[Event, int]:
        """How many events of each kind there were."""
        return dict(self._events)

    def snapshots(self) -> dict[str, int]:
        """How many snapshots were taken, by what triggered them."""
        return dict(self._snapshots)

    def commits(self) -> list[int]:
        """How many commits fell into each of `COMMIT_BUCKETS`, and into the one above."""
        return list(self._commits)
