"""Which slots changed just now, and how much that is worth a look.

A change glows and fades. What changes all the time soon glows no more: news is what was quiet
before, and a scene in motion must not flicker all over. Pure: numpy, and the clock of whoever asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Float64s, Int32s

FADE: Final = 1.6
"""Seconds until a change has faded."""
HABIT: Final = 8.0
"""Seconds over which it is forgotten how busy a slot was."""
STEP: Final = 0.5
"""Changes closer together than so many seconds are one stretch of being busy."""
SETTLE: Final = 1.5
"""Seconds of a scene new to the viewer in which nothing is news yet: who is busy must show."""
FAINTEST: Final = 0.03
"""Below this level nothing is shown."""
BRANCH_SHARE: Final = 0.5
DEEPEST: Final = 64

Levels = NDArray[np.float64]


class Glow:
    """Levels from 0 to 1 by slot. Times are seconds of any one clock that only rises."""

    def __init__(self) -> None:
        self.forget()

    def forget(self, now: float = -np.inf) -> None:
        """Another scene from `now` on: nothing of it changed, ever."""
        self._news_from = now + SETTLE
        self._at: Float64s = np.full(64, -np.inf)
        self._busy: Float64s = np.zeros(64)
        self._news: Float64s = np.zeros(64)
        self._dark_from = -np.inf
        self._lately: deque[tuple[float, Int32s]] = deque()  # what was touched while it may glow

    def touch(self, slots: Int32s, now: float) -> None:
        """These slots changed."""
        if not len(slots):
            return
        self._make_room(int(slots.max()) + 1)
        since = now - self._at[slots]
        busy = self._busy[slots] * np.exp(-since / HABIT)
        self._news[slots] = 1.0 / (1.0 + busy) ** 2 if now >= self._news_from else 0.0
        self._busy[slots] = busy + np.minimum(since, STEP)
        self._at[slots] = now
        self._forget_before(now - FADE)
        self._lately.append((now, slots))
        if float(self._news[slots].max()) > FAINTEST:
            self._dark_from = now + FADE

    def is_lit(self, now: float) -> bool:
        """Whether anything may still glow."""
        return now < self._dark_from

    def level(self, slot: int, now: float) -> float:
        """How much a slot glows."""
        if not self.is_lit(now) or slot >= len(self._at):
            return 0.0
        left = 1.0 - (now - float(self._at[slot])) / FADE
        level = float(self._news[slot]) * left * left if left > 0.0 else 0.0
        return level if level >= FAINTEST else 0.0

    def ages(self, now: float, capacity: int) -> Float64s:
        """[capacity] seconds since each slot changed; infinite where it never did."""
        self._make_room(capacity)
        return now - self._at[:capacity]

    def brightest(self, now: float, most: int) -> tuple[Int32s, Levels]:
        """Slots that glow and their levels [k], at most `most` of them, the faintest first."""
        if not self.is_lit(now):
            return np.zeros(0, np.int32), np.zeros(0)
        recent = self._touched_since(now - FADE)
        left = np.clip(1.0 - (now - self._at[recent]) / FADE, 0.0, 1.0)
        levels = self._news[recent] * left * left
        order = np.argsort(levels, kind="stable")[-most:]
        order = order[levels[order] >= FAINTEST]
        return recent[order], levels[order]

    def _forget_before(self, then: float) -> None:
        while self._lately and self._lately[0][0] < then:
            self._lately.popleft()

    def _touched_since(self, then: float) -> Int32s:
        """Slots in rising order: few, however large the scene."""
        self._forget_before(then)
        marked = np.zeros(len(self._at), np.bool_)
        for _, slots in self._lately:
            marked[slots] = True
        return np.flatnonzero(marked).astype(np.int32)

    def _make_room(self, capacity: int) -> None:
        more = max(capacity, 2 * len(self._at)) - len(self._at)
        if capacity > len(self._at):
            self._at = np.concatenate([self._at, np.full(more, -np.inf)])
            self._busy = np.concatenate([self._busy, np.zeros(more)])
            self._news = np.concatenate([self._news, np.zeros(more)])


def risen(
    slots: Int32s, levels: Levels, parents: Int32s, is_shown: Callable[[int], bool]
) -> dict[int, float]:
    """Levels by slot for a tree: what is hidden in a shut branch lights the branch, half as much.

    `parents` holds each slot's parent, -1 at a root.
    """
    lit: dict[int, float] = {}
    for slot, level in zip(slots.tolist(), levels.tolist(), strict=True):
        steps = 0
        while slot >= 0 and not is_shown(slot) and steps < DEEPEST:
            slot, steps = int(parents[slot]), steps + 1
        level *= BRANCH_SHARE if steps else 1.0
        if slot >= 0 and level > lit.get(slot, 0.0):
            lit[slot] = level
    return lit
