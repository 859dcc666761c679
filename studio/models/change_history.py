"""How many changes came when, in one space: from marks along its log, finer where it is known.

A mark says where the log stood at a time: each snapshot is one, and so is what is heard of the
present. Between two marks changes are taken to come evenly; `learn` replaces that by the very
moments for a part of the log. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]
SHORTEST_PAUSE: Final = 3.0
"""Seconds without a change that are worth telling at all."""
PAUSE_TIMES: Final = 8.0
"""A pause this many times the usual distance of marks is a gap: server or engine were away."""
FIRST_SECONDS: Final = 1.0
"""What came before the first mark is taken to have come in this time."""
HEARD_EVERY: Final = 0.25
"""Seconds between two marks of the present."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without changes, in seconds since 1970."""

    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class ExactMoments:
    """When the changes above `after` and up to `upto` came [n], and how many at once [n]."""

    after: int
    upto: int
    times: Float64s
    counts: NDArray[np.int64]


class ChangeHistory:
    """Marks (time, place in the log) of one space, both rising."""

    def __init__(self) -> None:
        self._times: Float64s = np.zeros(0)
        self._seqs: Float64s = np.zeros(0)
        self._usual = 0.0  # seconds between two marks, in the median
        self._heard: list[tuple[float, int]] = []
        self.exact: ExactMoments | None = None

    def clear(self) -> None:
        """Another space."""
        self.show_marks(np.zeros(0), np.zeros(0))
        self._heard.clear()
        self.exact = None

    def show_marks(self, times: Float64s, seqs: NDArray[np.number]) -> None:
        """Snapshots at `times` [n] stand at `seqs` [n] in the log; what was heard is kept."""
        heard = np.array(self._heard, np.float64).reshape(-1, 2)
        all_times = np.concatenate([times, heard[:, 0]])
        all_seqs = np.concatenate([seqs.astype(np.float64), heard[:, 1]])
        order = np.lexsort((all_times, all_seqs))
        self._seqs = all_seqs[order]
        # A mark tells its place no later than a farther place was reached.
        self._times = np.minimum.accumulate(all_times[order][::-1])[::-1]
        self._usual = float(np.median(np.diff(self._times))) if len(order) > 1 else 0.0

    def hear(self, time: float, seq: int) -> bool:
        """The log has grown; whether that makes a mark of its own."""
        if self._heard and time - self._heard[-1][0] < HEARD_EVERY:
            return False
        self._heard.append((time, seq))
        self._times = np.append(self._times, max(time, self._times.max(initial=0.0)))
        self._seqs = np.append(self._seqs, float(seq))
        return True

    def learn(self, exact: ExactMoments) -> None:
        """The very moments of a part of the log."""
        self.exact = exact

    def seqs_between(self, start: float, stop: float) -> tuple[int, int]:
        """The part of the log that may have come in a time: (after, up to)."""
        if not len(self._times):
            return 0, 0
        first = int(np.searchsorted(self._times, start, side="right")) - 1
        last = int(np.searchsorted(self._times, stop, side="left"))
        after = int(self._seqs[first]) if first >= 0 else 0
        return after, int(self._seqs[min(last, len(self._seqs) - 1)])

    def counts(self, edges: Float64s) -> Float64s:
        """How many changes came between neighbouring `edges` [n + 1], rising -> [n]."""
        exact = self.exact
        if exact is not None and exact.after <= self.seqs_between(edges[0], edges[-1])[0]:
            wanted = self.seqs_between(edges[0], edges[-1])[1]
            if wanted <= exact.upto:
                return np.histogram(exact.times, edges, weights=exact.counts)[0].astype(np.float64)
        if not len(self._times):
            return np.zeros(len(edges) - 1)
        times = np.concatenate([self._times[:1] - FIRST_SECONDS, self._times])
        seqs = np.concatenate([[0.0], self._seqs])
        return np.diff(np.interp(edges, times, seqs))

    def gaps(self, start: float, stop: float) -> list[Gap]:
        """The times without changes that touch start to stop, oldest first."""
        if len(self._times) < 2:
            return []
        first = max(int(np.searchsorted(self._times, start)) - 1, 0)
        last = int(np.searchsorted(self._times, stop, side="right")) + 1
        times = self._times[first:last]
        is_gap = np.diff(times) > max(SHORTEST_PAUSE, PAUSE_TIMES * self._usual)
        return [Gap(float(times[at]), float(times[at + 1])) for at in np.flatnonzero(is_gap)]


def exact_moments(after: int, upto: int, moments: Sequence[tuple[float, int]]) -> ExactMoments:
    """From (seconds since 1970, how many) by rising time."""
    told = np.array(moments, np.float64).reshape(-1, 2)
    return ExactMoments(after, upto, told[:, 0], told[:, 1].astype(np.int64))
