"""How many changes came when, in one space: from marks along its log, finer where it is known.

A mark says where the log stood at a time: each snapshot is one, so are both ends of the log, and
so is what is heard of the present. Between two marks changes are taken to come evenly, but for
those after a pause: they came at its end. `learn` replaces that by the very moments for a part of
the log. Pure numpy.
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
"""A pause so many times as long as usual, with fewer than so many times the changes, is a gap."""
SHORTEST_TAIL: Final = 10.0
"""Seconds since the last change that are worth telling: more may come at any moment."""
FIRST_SECONDS: Final = 1.0
"""What came before the first mark is taken to have come in this time."""
AT_ONCE: Final = 0.001
"""The same where the first mark is the first change itself."""
HEARD_EVERY: Final = 0.25
"""Seconds between two marks of the present."""
FINE_MARKS: Final = 2_000
"""So many of the marks heard last are kept as they came, and at most as many more."""
COARSE_SECONDS: Final = 1.5
"""Of those before, one in so many seconds: less than a pause that is told."""


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
        self._usual_step = 0.0  # changes between two marks, in the median
        self._news: Float64s = np.zeros(0)  # times of marks that are further than those before
        self._news_seqs: Float64s = np.zeros(0)  # and their places
        self._stood: Float64s = np.zeros(0)  # until when the log is known to have stood there
        self._shown: tuple[Float64s, Float64s] = (np.zeros(0), np.zeros(0))
        self._ends: list[tuple[float, int]] = []
        self._heard: list[tuple[float, int]] = []
        self._late: set[float] = set()  # times of those before which nothing could be heard
        self._heard_at = 0.0
        self._untold: tuple[float, int] | None = None  # heard too soon after that for a mark
        self._listened: NDArray[np.bool_] | None = None
        self._thin_from = 2 * FINE_MARKS
        self._base = 0
        self.exact: ExactMoments | None = None

    def clear(self) -> None:
        """Another space."""
        self._ends, self._base, self.exact = [], 0, None
        self._heard.clear()
        self._late.clear()
        self._heard_at, self._untold = 0.0, None
        self._thin_from = 2 * FINE_MARKS
        self.show_marks(np.zeros(0), np.zeros(0))

    def show_ends(self, base: int, ends: Sequence[tuple[float, int]]) -> None:
        """The log begins after `base`; it stood so at its ends: (seconds since 1970, place)."""
        self._base, self._ends = base, list(ends)
        self._heard = [one for one in self._heard if one[1] >= base]
        if self.exact is not None and self.exact.after < base:
            self.exact = None
        self.show_marks(*self._shown)

    def show_marks(self, times: Float64s, seqs: NDArray[np.number]) -> None:
        """Snapshots at `times` [n] stand at `seqs` [n] in the log; what was heard is kept."""
        self._shown = times, seqs.astype(np.float64)
        told = np.array([*self._ends, *self._heard], np.float64).reshape(-1, 2)
        here = self._shown[1] >= self._base  # what was put away may still be shown for a moment
        all_times = np.concatenate([times[here], told[:, 0]])
        all_seqs = np.concatenate([self._shown[1][here], told[:, 1]])
        order = np.lexsort((all_times, all_seqs))
        self._seqs = all_seqs[order]
        # A mark tells its place no later than a farther place was reached.
        self._times = np.minimum.accumulate(all_times[order][::-1])[::-1]
        self._news_seqs, newest, times_told = np.unique(
            self._seqs, return_index=True, return_counts=True
        )
        self._news = self._times[newest]
        self._stood = self._times[newest + times_told - 1]
        self._listened = None
        is_told = len(self._news) > 1
        self._usual = float(np.median(np.diff(self._news))) if is_told else 0.0
        self._usual_step = float(np.median(np.diff(self._news_seqs))) if is_told else 0.0

    def hear(self, time: float, seq: int, *, is_late: bool = False) -> bool:
        """The log has grown to `seq` by `time`; whether that makes a mark of its own.

        `is_late` where nothing could be heard before, so that it may have grown at any time.
        """
        stands = int(self._seqs[-1]) if len(self._seqs) else -1
        if seq < stands or (seq == stands and self._heard):
            return False
        if time - self._heard_at < HEARD_EVERY:
            self._untold = time, seq
            return False
        untold, self._untold = self._untold, None
        if untold is not None and stands < untold[1] < seq and time - untold[0] > HEARD_EVERY:
            self._append(*untold)  # then came a pause, short or long
        if is_late:
            self._late.add(time)
        else:
            self._heard_at = time
        if seq == stands:
            self._heard.append((time, seq))
            self.show_marks(*self._shown)
            return False
        self._append(time, seq)
        if len(self._heard) >= self._thin_from:
            self._thin_out()
        return True

    def _append(self, time: float, seq: int) -> None:
        self._heard.append((time, seq))
        self._times = np.append(self._times, max([time, *self._times[-1:]]))
        self._seqs = np.append(self._seqs, float(seq))
        self._news = np.append(self._news, self._times[-1])
        self._news_seqs = np.append(self._news_seqs, float(seq))
        self._stood = np.append(self._stood, self._times[-1])
        self._listened = None

    def _thin_out(self) -> None:
        """What is heard for days must not weigh more and more; both ends of a pause are kept."""
        old, fine = self._heard[:-FINE_MARKS], self._heard[-FINE_MARKS:]
        kept = old[:1]
        for one, following in zip(old[1:], [*old[2:], fine[0]], strict=True):
            if following[0] - kept[-1][0] > COARSE_SECONDS:
                kept.append(one)
        self._heard = kept + fine
        self._thin_from = len(self._heard) + FINE_MARKS
        self.show_marks(*self._shown)

    @property
    def marks(self) -> int:
        """How many marks are held."""
        return len(self._times)

    def learn(self, exact: ExactMoments) -> None:
        """The very moments of a part of the log."""
        self.exact = exact

    def seqs_between(self, start: float, stop: float) -> tuple[int, int]:
        """The part of the log that may have come in a time: (after, up to)."""
        if not len(self._times):
            return 0, 0
        first = int(np.searchsorted(self._times, start, side="right")) - 1
        last = int(np.searchsorted(self._times, stop, side="left"))
        after = int(self._seqs[first]) if first >= 0 else self._base
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
        return np.diff(np.interp(edges, *self._knots()))

    def _knots(self) -> tuple[Float64s, Float64s]:
        """Between which changes come evenly: times [n], places [n].

        After a pause they come at its end: at once where that was heard, else at the usual pace.
        """
        lengths, came = np.diff(self._news), np.diff(self._news_seqs)
        is_heard = self._is_listened() & (lengths > COARSE_SECONDS)
        is_pause = (lengths > self._least) & (came <= PAUSE_TIMES * self._usual_step)
        pace = self._usual / max(self._usual_step, 1.0)
        took = np.where(is_heard, HEARD_EVERY, np.maximum(came * pace, HEARD_EVERY))
        stood = self._stood.copy()
        ends = np.maximum(self._news[1:] - took, stood[:-1])
        stood[:-1] = np.where(is_heard | is_pause, ends, stood[:-1])
        times, seqs = np.stack([self._news, stood], axis=1).ravel(), np.repeat(self._news_seqs, 2)
        if self._news[0] in self._late:  # nobody knows when what is before it came
            return times, seqs
        before = AT_ONCE if self._ends else FIRST_SECONDS
        return (
            np.concatenate([times[:1] - before, times]),
            np.concatenate([[float(self._base)], seqs]),
        )

    def _is_listened(self) -> NDArray[np.bool_]:
        """Whether what came between two neighbouring news would have been heard at once."""
        if self._listened is None:
            heard = np.array([at for at, _ in self._heard], np.float64)
            late = np.array([at in self._late for at, _ in self._heard], np.bool_)
            following = np.searchsorted(heard, self._news[1:])
            is_between = (following > 0) & (following < len(heard))
            at = np.where(is_between, following, 0)
            self._listened = is_between
            if len(heard):
                self._listened = is_between & (self._stood[:-1] >= heard[at - 1]) & ~late[at]
        return self._listened

    @property
    def _least(self) -> float:
        """Seconds without a change from which on it is a gap."""
        return max(SHORTEST_PAUSE, PAUSE_TIMES * self._usual)

    def last_before(self, moment: float) -> float | None:
        """When a change was last known to have come before a moment; None where none was."""
        at = int(np.searchsorted(self._news, moment)) - 1
        known = float(self._news[at]) if at >= 0 else None
        if self.exact is not None and len(self.exact.times):
            at = int(np.searchsorted(self.exact.times, moment)) - 1
            if at >= 0:
                known = max(known or 0.0, float(self.exact.times[at]))
        return known

    def gaps(self, start: float, stop: float, now: float | None = None) -> list[Gap]:
        """The times without changes that touch start to stop, oldest first.

        With `now`, also that since the last change.
        """
        least = self._least
        times = self._news
        if now is not None and len(times) and now - times[-1] > SHORTEST_TAIL:
            times = np.append(times, now)
        if len(times) < 2:
            return []
        first = max(int(np.searchsorted(times, start)) - 1, 0)
        last = int(np.searchsorted(times, stop, side="right")) + 1
        times = times[first:last]
        return [
            gap
            for at in np.flatnonzero(np.diff(times) > least)
            for gap in self._pauses(first + int(at), float(times[at]), float(times[at + 1]), least)
        ]

    def _pauses(self, at: int, start: float, stop: float, least: float) -> list[Gap]:
        """What of the time between two marks, from the `at`th of the news on, is without changes.

        Marks far apart need not mean that nothing came: retention takes those between them away.
        """
        upto = self._news_seqs[at + 1] if at + 1 < len(self._news_seqs) else self._news_seqs[at]
        came, exact = float(upto - self._news_seqs[at]), self.exact
        if exact is not None and exact.after <= self._news_seqs[at] and upto <= exact.upto:
            inner = exact.times[np.searchsorted(exact.times, start, side="right") :]
            inner = inner[: np.searchsorted(inner, stop)]
            times = np.concatenate([[start], inner, [stop]])
            long = np.flatnonzero(np.diff(times) > least)
            return [Gap(float(times[one]), float(times[one + 1])) for one in long]
        was_heard = at + 1 < len(self._news) and bool(self._is_listened()[at])
        if came > PAUSE_TIMES * self._usual_step and not was_heard:
            return []
        return [Gap(start, stop)]


def exact_moments(after: int, upto: int, moments: Sequence[tuple[float, int]]) -> ExactMoments:
    """From (seconds since 1970, how many) by rising time."""
    told = np.array(moments, np.float64).reshape(-1, 2)
    return ExactMoments(after, upto, told[:, 0], told[:, 1].astype(np.int64))
