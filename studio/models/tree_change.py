"""How the rows of a tree change where a few of its entities did: what leaves, what comes, where.

Pure numpy over rows as they were and a ChildIndex as it is. The cost is that of copying the rows
once, and of the entities that changed; nothing is laid out anew but them and what is under them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lake_core.scene.arrays import Bools, Int32s
from studio.models.child_index import OUT, ChildIndex, Int64s

FIRST_LOOK: Final = 64
"""Rows looked at first for the end of a subtree; then ever more."""

Layout = tuple[Int32s, Int32s]
"""Slots and levels of some rows, in order."""


@dataclass(frozen=True, slots=True)
class Before:
    """The rows that were."""

    slots: Int32s
    levels: Int32s

    def end_of(self, row: int) -> int:
        """The row after the last one under `row`."""
        level, at, look = int(self.levels[row]), row + 1, FIRST_LOOK
        while at < len(self.levels):
            ends = self.levels[at : at + look] <= level
            found = int(ends.argmax())
            if ends[found]:
                return at + found
            at, look = at + look, look * 8
        return len(self.levels)


@dataclass(slots=True)
class RowChange:
    """One change of rows: the index is the new one, `moved` the slots whose place changed."""

    before: Before
    rows: Int32s  # [capacity] the row that each of `asked` had, -1 where it had none
    index: ChildIndex
    moved: Int32s
    are_open: Callable[[Int32s, Int32s], Bools]  # slots, levels: whether children are shown
    lay_out: Callable[[int, int], Layout]  # slot, level: it and all that is shown under it

    def apply(self, shown: Bools) -> Layout:
        """All rows as they are now; brings `shown` [capacity], who has a row, up to date."""
        cuts, chunks = self._cuts(), self._chunks()
        slots, levels = self.before.slots, self.before.levels
        for start, stop in cuts:
            shown[slots[start:stop]] = False
        for _, (come, _) in chunks:
            shown[come] = True
        parts: list[Layout] = []
        at, cut = 0, 0
        for point, chunk in [*chunks, (len(slots), None)]:
            while cut < len(cuts) and cuts[cut][0] < point:
                parts.append((slots[at : cuts[cut][0]], levels[at : cuts[cut][0]]))
                at, cut = cuts[cut][1], cut + 1
            if at < point:
                parts.append((slots[at:point], levels[at:point]))
                at = point
            if chunk is not None:
                parts.append(chunk)
        return np.concatenate([one for one, _ in parts]), np.concatenate([two for _, two in parts])

    def _cuts(self) -> list[tuple[int, int]]:
        """Runs of rows that leave: each moved slot's and what was under it; apart and rising."""
        cuts: list[tuple[int, int]] = []
        rows = self.rows[self.moved]
        for row in np.sort(rows[rows >= 0]).tolist():
            if not cuts or row >= cuts[-1][1]:
                cuts.append((row, self.before.end_of(row)))
        return cuts

    def _chunks(self) -> list[tuple[int, Layout]]:
        """What comes, and before which of the old rows; rising, the deeper first."""
        here = self.moved[self.index.parents[self.moved] != OUT]
        if not len(here):
            return []
        places = self.index.places(here)
        order = np.argsort(places)
        here, places = here[order], places[order]
        parents = self.index.parents[here]
        levels = self._levels_under(parents, here)
        points = self._points(places, parents, levels)
        leaf = self.index.blocks(here)[1] == 0
        shown = np.flatnonzero(levels >= 0)
        shown = shown[np.lexsort((places[shown], -levels[shown], points[shown]))]
        return [
            (
                int(points[at]),
                (here[at : at + 1], levels[at : at + 1])
                if leaf[at]
                else self.lay_out(int(here[at]), int(levels[at])),
            )
            for at in shown.tolist()
        ]

    def _levels_under(self, parents: Int32s, here: Int32s) -> Int32s:
        """The level of a child of each parent; -1 where none is shown or it comes with another."""
        rows = np.where(parents >= 0, self.rows[parents], -1)
        above: Int32s = np.full(len(rows), -1, np.int32)
        above[rows >= 0] = self.before.levels[rows[rows >= 0]]
        opened = (rows >= 0) & self.are_open(parents, above)
        levels: Int32s = np.where(opened | (parents < 0), above + 1, np.int32(-1))
        branches = here[self.index.blocks(here)[1] > 0]
        if len(branches):
            moving = set(branches.tolist())
            for at in np.flatnonzero(levels > 0).tolist():
                if self._comes_along(int(parents[at]), int(levels[at]), moving):
                    levels[at] = -1
        return levels

    def _comes_along(self, parent: int, level: int, moving: set[int]) -> bool:
        """Whether a parent or one above it moves, and brings all that is under it."""
        for _ in range(level + 1):
            if parent in moving:
                return True
            parent = int(self.index.parents[parent])
            if parent < 0:
                break
        return False

    def _points(self, places: Int64s, parents: Int32s, levels: Int32s) -> Int64s:
        """The old row that each comes before: its next sibling that stays, or its parent's end."""
        slots, rows = self.index.slots, self.rows
        following = slots[np.minimum(places + 1, len(slots) - 1)]
        sibling = (places + 1 < len(slots)) & (self.index.parents[following] == parents)
        moving = np.zeros(len(rows), np.bool_)
        moving[self.moved] = True
        points: Int64s = rows[following].astype(np.int64)
        for at in np.flatnonzero(~sibling & (levels >= 0)).tolist():
            parent = int(parents[at])
            last = len(self.before.slots)
            points[at] = self.before.end_of(int(rows[parent])) if parent >= 0 else last
        for at in np.flatnonzero(sibling & moving[following])[::-1].tolist():
            points[at] = points[at + 1]
        return points


def asked(index: ChildIndex, moved: Int32s) -> Int32s:
    """Whose old rows a RowChange must know: those moved, their parents and next siblings."""
    here = moved[index.parents[moved] != OUT]
    if not len(here):
        return moved
    following = index.slots[np.minimum(index.places(here) + 1, len(index.slots) - 1)]
    parents = index.parents[here]
    return np.concatenate([moved, parents[parents >= 0], following])
