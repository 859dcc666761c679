"""Who gets which sample: several readers of one source take each sample once between them.

Samples are dealt in runs, turn by turn, by nothing but their number, so that every reader knows
its own without asking the others. It must not know what a sample is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lake_core.errors import InvalidInput

RUN: Final = 256
"""Samples dealt at once: neighbours, so that a reader decodes them together."""


@dataclass(frozen=True, slots=True)
class Share:
    """One of `of` equal parts of a source."""

    index: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.of:
            raise InvalidInput(f"there is no share {self.index} of {self.of}")

    def count(self, total: int) -> int:
        """How many of `total` samples are in this share."""
        rounds, rest = divmod(total, RUN * self.of)
        return rounds * RUN + min(max(rest - self.index * RUN, 0), RUN)

    def within(self, other: Share) -> Share:
        """This share of another share: a worker's part of what its machine was dealt."""
        return Share(other.index + other.of * self.index, other.of * self.of)


WHOLE: Final = Share()
"""All of a source."""


class Dealer:
    """Walks along a source and says which of its samples are to be handed out."""

    def __init__(self, share: Share, skip: int = 0) -> None:
        self._share = share
        self._skip = skip  # of this share's own samples
        self._at = 0

    def deal(self, count: int) -> Iterator[slice]:
        """Of the next `count` samples of the source, those that are wanted."""
        first, self._at = self._at, self._at + count
        for run in range(first // RUN, -(-self._at // RUN)):
            if run % self._share.of == self._share.index:
                begin, end = max(run * RUN, first), min((run + 1) * RUN, self._at)
                passed = min(self._skip, end - begin)
                self._skip -= passed
                if begin + passed < end:
                    yield slice(begin + passed - first, end - first)


def dealt_in_turn(left: list[int], count: int) -> list[int]:
    """How many of `count` things come from each of several stacks that are taken from in turn."""
    given = [0] * len(left)
    while count and (open_ := [index for index, have in enumerate(left) if have > given[index]]):
        rounds = min(count // len(open_), *(left[index] - given[index] for index in open_))
        for index in open_:
            given[index] += rounds
        count -= rounds * len(open_)
        if not rounds:
            for index in open_[:count]:
                given[index] += 1
            count = 0
    return given


def whose_turn(left: list[int], given: list[int]) -> int:
    """From which stack the next thing comes; 0 where nothing is left."""
    open_ = [index for index, have in enumerate(left) if have > given[index]]
    return min(open_, key=lambda index: (given[index], index), default=0)
