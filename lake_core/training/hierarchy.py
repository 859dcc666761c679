"""Samples by their place in the tree: subtrees whole, parents before children, siblings together.

Owns how the samples of one snapshot are grouped and ordered; it needs nothing but their ids and
their parents' ids. It must not know where samples come from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from lake_core.errors import InvalidInput
from lake_core.training.sample import TrainingSample


@dataclass(frozen=True, slots=True)
class Subtree:
    """A branch of a scene as one sample: parents come before children, siblings side by side.

    `parents[i]` is the place of the parent of `samples[i]`, -1 where that is not in the subtree.
    """

    samples: tuple[TrainingSample, ...]
    parents: tuple[int, ...]


def parents_first(samples: Iterable[TrainingSample]) -> list[TrainingSample]:
    """The samples of one snapshot, level by level: siblings side by side, in their order."""
    tree = _Tree(samples)
    ordered = list(tree.tops)
    for sample in ordered:  # grows as it is walked
        ordered += tree.children(sample)
    return ordered


def subtrees(samples: Iterable[TrainingSample], most: int = 256) -> Iterator[Subtree]:
    """The samples of one snapshot as subtrees of at most `most`; each sample is in one.

    A branch that is too large is cut above the siblings that do not fit, which then begin
    subtrees of their own, together; only where they alone are more than `most` are they parted.
    """
    if most < 1:
        raise InvalidInput("a subtree must hold at least one sample")
    tree = _Tree(samples)
    waiting = deque([top] for top in tree.tops)
    while waiting:
        group = waiting.popleft()
        if len(group) > most:
            waiting.extend(group[begin : begin + most] for begin in range(0, len(group), most))
            continue
        taken, parents = list(group), [-1] * len(group)
        for place, sample in enumerate(taken):  # grows as it is walked
            children = tree.children(sample)
            if len(taken) + len(children) <= most:
                taken += children
                parents += [place] * len(children)
            elif children:
                waiting.append(children)
        yield Subtree(tuple(taken), tuple(parents))


def by_snapshot(samples: Iterable[TrainingSample]) -> Iterator[list[TrainingSample]]:
    """A stream in its own order, cut where one snapshot ends and the next begins."""
    for _, group in groupby(samples, key=lambda sample: (sample.space_name, sample.snapshot_id)):
        yield list(group)


class _Tree:
    """Children by parent; tops are those whose parent is not among the samples."""

    def __init__(self, samples: Iterable[TrainingSample]) -> None:
        chosen = list(samples)
        known = {sample.entity_id for sample in chosen}
        self.tops: list[TrainingSample] = []
        self._children: dict[str, list[TrainingSample]] = {}
        for sample in chosen:
            if sample.parent_id in known and sample.parent_id is not None:
                self._children.setdefault(sample.parent_id, []).append(sample)
            else:
                self.tops.append(sample)

    def children(self, sample: TrainingSample) -> list[TrainingSample]:
        return self._children.get(sample.entity_id, [])
