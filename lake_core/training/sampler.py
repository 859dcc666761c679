"""Drawing by weight: which sample comes next, where some are to come more often than others.

Owns the arithmetic of draws, all of it decided by a seed. It must not know what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Self

import numpy as np

from lake_core.errors import InvalidInput
from lake_core.scene.arrays import Float64s
from lake_core.scene.flux import SACRED

_LEAST_ROUND: Final = 4_096


class WeightedSampler:
    """Endless numbers of samples, each drawn as often as its weight says; resumable.

    Draws come in rounds. A round walks along the weights in equal steps from a random start and
    is then shuffled, so that after any number of rounds each sample has been drawn within one draw
    a round of its due: shares are truer than those of independent draws.
    """

    def __init__(self, weights: Sequence[float], seed: int = 0) -> None:
        self._reach: Float64s = np.cumsum(np.asarray(weights, np.float64))
        if not (len(self._reach) and np.isfinite(self._reach[-1]) and self._reach[-1] > 0):
            raise InvalidInput("there must be a weight above 0, and all must be finite")
        if min(weights) < 0:
            raise InvalidInput("a weight must be 0 or more")
        self._seed = seed
        self._round = 0
        self._taken = 0

    @classmethod
    def of_flux(cls, positions: Sequence[int], weight_sacred: float = 1.5, seed: int = 0) -> Self:
        """Draws sacred positions (3, 6, 9) `weight_sacred` times as often as others."""
        return cls([weight_sacred if flux in SACRED else 1.0 for flux in positions], seed)

    def __iter__(self) -> Iterator[int]:
        while True:
            draws = self._draws()
            while self._taken < len(draws):
                self._taken += 1  # before the draw is handed out: whoever has it may ask our state
                yield int(draws[self._taken - 1])
            self._round += 1
            self._taken = 0

    def state(self) -> dict[str, int]:
        """Where it stands: what `resume` takes."""
        return {"round": self._round, "taken": self._taken}

    def resume(self, state: dict[str, int]) -> None:
        """Go on from where another with the same weights and seed stood."""
        self._round, self._taken = state["round"], state["taken"]

    def _draws(self) -> np.ndarray:
        random = np.random.default_rng((self._seed, self._round))
        count = max(_LEAST_ROUND, len(self._reach))
        marks = (np.arange(count) + random.random()) * (self._reach[-1] / count)
        drawn: np.ndarray = np.searchsorted(self._reach, marks, side="right")
        return random.permutation(np.minimum(drawn, self._last))

    @property
    def _last(self) -> int:
        """The last sample that weighs anything: rounding must not lead past it."""
        return int(np.searchsorted(self._reach, self._reach[-1], side="left"))


class Repeater:
    """How often a sample of a passing stream is to be handed out, for its weight to be met.

    Fractions are carried from one sample to the next of the same weight: of 1,000 samples that
    weigh 1.5, 500 come once and 500 twice.
    """

    def __init__(self) -> None:
        self._carried: dict[float, float] = {}

    def times(self, weight: float) -> int:
        """The number for the next sample, which weighs this much."""
        due = self._carried.get(weight, 0.0) + weight
        whole = int(due + 1e-9)
        self._carried[weight] = due - whole
        return whole
