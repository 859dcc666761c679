"""A stream of samples: pass after pass over a source, in a seeded order, resumable.

Owns shuffling, sacred priority and where a stream stands. Where samples come from is a source's
affair; who else reads the same source is settled by shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

import numpy as np

from lake_core.training.sample import TrainingSample
from lake_core.training.sampler import Repeater
from lake_core.training.share import WHOLE, Share


class SampleSource(Protocol):
    """Samples that can be read any number of times, always in the same order."""

    def samples(self, share: Share = ..., skip: int = ...) -> Iterator[TrainingSample]:
        """The samples of a share but for its first `skip`."""


class SampleStream:
    """Each iteration is one pass over the source, or what is left of it.

    Args:
        source: Where the samples come from.
        share: The part of them this stream reads.
        shuffle: How many samples are held to draw the next from; 0 keeps the source's order.
        prioritised: Hand each sample out as often as its weight says, in place of once.
        seed: Decides the order, which is another in each pass.
    """

    def __init__(
        self,
        source: SampleSource,
        *,
        share: Share = WHOLE,
        shuffle: int = 0,
        prioritised: bool = False,
        seed: int = 0,
    ) -> None:
        self._source, self._share = source, share
        self._shuffle, self._prioritised, self._seed = shuffle, prioritised, seed
        self._passes = 0
        self._taken = 0

    def __iter__(self) -> Iterator[TrainingSample]:
        for sample in self._pass():
            self._taken += 1  # before it is handed out: whoever has it may ask our state
            yield sample
        self._passes += 1
        self._taken = 0

    def state(self) -> dict[str, int]:
        """Where it stands: what `resume` takes. Plain numbers, to be kept with a checkpoint."""
        return {"passes": self._passes, "taken": self._taken}

    def resume(self, state: dict[str, int]) -> None:
        """Go on from where another stream, made in the same way, stood."""
        self._passes, self._taken = state["passes"], state["taken"]

    def _pass(self) -> Iterator[TrainingSample]:
        if not (self._shuffle or self._prioritised):
            return self._source.samples(self._share, self._taken)
        samples = self._source.samples(self._share)
        if self._prioritised:
            samples = _repeated(samples)
        if self._shuffle:
            random = np.random.default_rng((self._seed, self._passes, self._share.index))
            samples = shuffled(samples, self._shuffle, random)
        return islice(samples, self._taken, None)


def shuffled(
    samples: Iterable[TrainingSample], held: int, random: np.random.Generator
) -> Iterator[TrainingSample]:
    """In random order, as far as that can be had while holding no more than `held` samples."""
    waiting: list[TrainingSample] = []
    for sample in samples:
        if len(waiting) < held:
            waiting.append(sample)
            continue
        place = int(random.integers(held))
        waiting[place], sample = sample, waiting[place]
        yield sample
    for place in random.permutation(len(waiting)):
        yield waiting[place]


def _repeated(samples: Iterable[TrainingSample]) -> Iterator[TrainingSample]:
    repeater = Repeater()
    for sample in samples:
        for _ in range(repeater.times(sample.weight)):
            yield sample
