"""How the rows of a tree change where a few of its entities did: what leaves, what comes, where.

Pure numpy over rows as they were and a ChildIndex as it is. The cost is that of copying the rows
once, and of the entities that changed; nothing is laid out anew but them and what is under them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lake_core.scene.arrays import Bools, Int32s
from studio.models.child_index import OUT, ChildIndex, Int64s
from studio.models.splicing import Splice

FIRST_LOOK: Final = 64
"""Rows looked at first for the end of a subtree; then ever more."""


class Layout(NamedTuple):
    """Some nodes, each with all that is shown under it, in order."""

    slots: Int32s
    levels: Int32s
    starts: Int64s  # [k + 1] where each node's part begins, and where the last one's ends

    def reordered(self, order: Int64s) -> Layout:
        """The parts in another order."""
        sizes = np.diff(self.starts)[order]
        at = ranges(self.starts[:-1][order], sizes)
        return Layout(self.slots[at], self.levels[at], _starts(sizes))


@dataclass(frozen=True, slots=True)
class Before:
    """The rows that were: `level_of` [capacity] holds the level of each slot that had one."""

    slots: Int32s
    level_of: Int32s

    def ends_of(self, rows: Int64s) -> Int64s:
        """The row after the last one under each of `rows` [k]."""
        ends = rows + 1
        following = self.slots[np.minimum(ends, len(self.slots) - 1)]
        deeper = self.level_of[following] > self.level_of[self.slots[rows]]
        for at in np.flatnonzero(deeper & (ends < len(self.slots))).tolist():
            ends[at] = self._end_of(int(rows[at]))
        return ends

    def _end_of(self, row: int) -> int:
        level, at, look = int(self.level_of[self.slots[row]]), row + 1, FIRST_LOOK
        while at < len(self.slots):
            ends = self.level_of[self.slots[at : at + look]] <= level
            found = int(ends.argmax())
            if ends[found]:
                return at + found
            at, look = at + look, look * 8
        return len(self.slots)


@dataclass(slots=True)
class RowChange:
    """One change of rows: the index is the new one, `moved` the slots whose place changed."""

    before: Before
    rows: Int32s  # [capacity] the row that each of `asked` had, -1 where it had none
    index: ChildIndex
    moved: Int32s
    are_open: Callable[[Int32s, Int32s], Bools]  # slots, levels: whether children are shown
    lay_out: Callable[[Int32s, Int32s], Layout]  # slots, levels: each and all shown under it

    def leaving(self) -> tuple[Int64s, Int64s]:
        """Runs of rows that leave, [k] starts and stops: moved slots and what was under them."""
        rows = np.sort(self.rows[self.moved]).astype(np.int64)
        rows = rows[np.searchsorted(rows, 0) :]
        stops = self.before.ends_of(rows)
        outer = rows >= np.maximum.accumulate(np.concatenate([[0], stops]))[:-1]
        return rows[outer], stops[outer]

    def coming(self) -> tuple[Int64s, Layout]:
        """What comes, and before which of the old rows; rising, the deeper first."""
        here = self.moved[self.index.parents[self.moved] != OUT]
        places = self.index.places(here)
        order = np.argsort(places)
        here, places = here[order], places[order]
        parents = self.index.parents[here]
        counts = self.index.blocks(here)[1]
        levels = self._levels_under(parents, here[counts > 0])
        points = self._points(places, parents, levels)
        shown = np.flatnonzero(levels >= 0)
        shown = shown[np.lexsort((places[shown], -levels[shown], points[shown]))]
        return points[shown], self._laid_out(here[shown], levels[shown], counts[shown] == 0)

    def splice(self, cuts: tuple[Int64s, Int64s], points: Int64s, come: Layout) -> Splice:
        """The two together."""
        return Splice(len(self.before.slots), *cuts, points, np.diff(come.starts))

    def _laid_out(self, slots: Int32s, levels: Int32s, leaf: Bools) -> Layout:
        """Leaves as they are, branches with what is under them, in the order given."""
        if leaf.all():
            return Layout(slots, levels, np.arange(len(slots) + 1))
        branches = self.lay_out(slots[~leaf], levels[~leaf])
        order = np.argsort(np.concatenate([np.flatnonzero(leaf), np.flatnonzero(~leaf)]))
        sizes = np.concatenate([np.ones(int(leaf.sum()), np.int64), np.diff(branches.starts)])
        return Layout(
            np.concatenate([slots[leaf], branches.slots]),
            np.concatenate([levels[leaf], branches.levels]),
            _starts(sizes),
        ).reordered(order)

    def _levels_under(self, parents: Int32s, branches: Int32s) -> Int32s:
        """The level of a child of each parent; -1 where none is shown or it comes with another."""
        rows = np.where(parents >= 0, self.rows[parents], -1)
        above: Int32s = np.full(len(rows), -1, np.int32)
        above[rows >= 0] = self.before.level_of[parents[rows >= 0]]
        opened = (rows >= 0) & self.are_open(parents, above)
        levels: Int32s = np.where(opened | (parents < 0), above + 1, np.int32(-1))
        if len(branches):
            self._leave_out_who_comes_along(levels, parents, branches)
        return levels

    def _leave_out_who_comes_along(self, levels: Int32s, parents: Int32s, branches: Int32s) -> None:
        """Put -1 where a parent or one above it moves, and brings all that is under it."""
        asking = np.flatnonzero(levels > 0)
        above = parents[asking]
        moving = np.sort(branches)
        while len(asking):
            place = np.minimum(np.searchsorted(moving, above), len(moving) - 1)
            along = moving[place] == above
            levels[asking[along]] = -1
            further = self.index.parents[above]
            goes_on = ~along & (further >= 0)
            asking, above = asking[goes_on], further[goes_on]

    def _points(self, places: Int64s, parents: Int32s, levels: Int32s) -> Int64s:
        """The old row that each comes before: its next sibling that stays, or its parent's end."""
        slots, rows = self.index.slots, self.rows
        following = slots[np.minimum(places + 1, len(slots) - 1)]
        sibling = (places + 1 < len(slots)) & (self.index.parents[following] == parents)
        points: Int64s = rows[following].astype(np.int64)
        last = ~sibling & (levels >= 0)
        points[last & (parents < 0)] = len(self.before.slots)
        last &= parents >= 0
        points[last] = self.before.ends_of(rows[parents[last]].astype(np.int64))
        for at in np.flatnonzero(sibling & np.isin(following, self.moved))[::-1].tolist():
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


def ranges(starts: Int64s, sizes: Int64s) -> Int64s:
    """The numbers of several runs, one run after another."""
    first = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    found: Int64s = first + np.arange(len(first))
    return found


def _starts(sizes: Int64s) -> Int64s:
    starts: Int64s = np.concatenate([[0], np.cumsum(sizes)])
    return starts


def rows_of_levels(levels: list[tuple[int, Int64s]]) -> list[Int64s]:
    """Row of each node, given per level its length and each node's parent in the level above."""
    sizes = [np.ones(length, np.int64) for length, _ in levels]
    for level in range(len(levels) - 1, 0, -1):
        above = levels[level][1]
        weights = np.bincount(above, sizes[level], len(sizes[level - 1]))
        sizes[level - 1] += weights.astype(np.int64)
    rows: list[Int64s] = []
    for level, (_, above) in enumerate(levels):
        before = np.cumsum(sizes[level]) - sizes[level]
        if level == 0:
            rows.append(before)
            continue
        is_first = np.flatnonzero(np.diff(above, prepend=-1))
        start = np.repeat(before[is_first], np.diff(np.append(is_first, len(above))))
        rows.append(rows[level - 1][above] + 1 + before - start)
    return rows
