"""How the rows of a tree change where a few of its entities did: what leaves, what comes, where.

Pure numpy over rows as they were and a ChildIndex as it is. The cost is that of copying the rows
once, and of the entities that changed; nothing is laid out anew but them and what is under them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lake_core.scene.arrays import Int32s
from studio.models.child_index import OUT, ChildIndex

FIRST_LOOK: Final = 64
"""Rows looked at first for the end of a subtree; then ever more."""

Layout = tuple[Int32s, Int32s]
"""Slots and levels of some rows, in order."""


@dataclass(frozen=True, slots=True)
class Before:
    """The rows that were: `rows` [capacity] is each slot's row, -1 where it has none."""

    slots: Int32s
    levels: Int32s
    rows: Int32s

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
    index: ChildIndex
    moved: Int32s
    is_open: Callable[[int, int], bool]  # slot, level: whether its children are shown
    lay_out: Callable[[int, int], Layout]  # slot, level: it and all that is shown under it

    def apply(self) -> Layout:
        """All rows as they are now."""
        cuts = self._cuts()
        chunks = self._chunks(cuts)
        slots, levels = self.before.slots, self.before.levels
        parts: list[Layout] = []
        at, cut = 0, 0
        for point, chunk in [*chunks, (len(slots), None)]:
            while cut < len(cuts) and cuts[cut][0] < point:
                parts.append((slots[at : cuts[cut][0]], levels[at : cuts[cut][0]]))
                at, cut = cuts[cut][1], cut + 1
            parts.append((slots[at:point], levels[at:point]))
            at = max(at, point)
            if chunk is not None:
                parts.append(chunk)
        return np.concatenate([one for one, _ in parts]), np.concatenate([two for _, two in parts])

    def _cuts(self) -> list[tuple[int, int]]:
        """Runs of rows that leave: each moved slot's and what was under it; apart and rising."""
        cuts: list[tuple[int, int]] = []
        rows = self.before.rows[self.moved]
        for row in np.sort(rows[rows >= 0]).tolist():
            if not cuts or row >= cuts[-1][1]:
                cuts.append((row, self.before.end_of(row)))
        return cuts

    def _chunks(self, cuts: list[tuple[int, int]]) -> list[tuple[int, Layout]]:
        """What comes, and before which of the old rows; rising, the deeper first."""
        here = self.moved[self.index.parents[self.moved] != OUT]
        places = self.index.places(here)
        order = np.argsort(places)
        here, places = here[order][::-1], places[order][::-1]
        leaf = self.index.blocks(here)[1] == 0
        moving = set(here.tolist())
        found: list[tuple[int, int, int, Layout]] = []
        point, last = -1, -1
        for at, (slot, place) in enumerate(zip(here.tolist(), places.tolist(), strict=True)):
            parent = int(self.index.parents[slot])
            level = self._level_under(parent, moving)
            if level < 0:
                continue
            if last != place + 1 or int(self.index.parents[self.index.slots[last]]) != parent:
                point = self._point(place, parent, moving)
            last = place
            alone = here[at : at + 1], np.array([level], np.int32)
            chunk = alone if leaf[at] else self.lay_out(slot, level)
            found.append((point, -level, place, chunk))
        found.sort(key=lambda one: one[:3])
        return [(point, chunk) for point, _, _, chunk in found]

    def _level_under(self, parent: int, moving: set[int]) -> int:
        """The level of a child of `parent`; -1 where it is not shown or comes with another."""
        if parent < 0:
            return 0
        row = int(self.before.rows[parent])
        if row < 0:
            return -1
        level, above = int(self.before.levels[row]), parent
        for _ in range(level + 1):  # an ancestor that moves brings all that is under it along
            if above in moving:
                return -1
            above = int(self.index.parents[above])
            if above < 0:
                break
        return level + 1 if self.is_open(parent, level) else -1

    def _point(self, place: int, parent: int, moving: set[int]) -> int:
        """The old row that the child at `place` comes before."""
        slots, stop = self.index.slots, self.index.block(parent)[1]
        for at in range(place + 1, stop):
            slot = int(slots[at])
            if slot not in moving:
                return int(self.before.rows[slot])
        if parent < 0:
            return len(self.before.slots)
        return self.before.end_of(int(self.before.rows[parent]))
