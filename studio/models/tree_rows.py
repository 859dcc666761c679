"""Which rows a tree shows, as flat arrays: expansion, filter, order. Pure: no Qt.

Reads a SceneArrays and never writes to it. Where a filter, a branch or much of the scene changes,
all rows are laid out anew, level by level with numpy; where some entities change, those alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from lake_core.scene.query import Query
from studio.models.child_index import ChildIndex, Int64s
from studio.models.matching import Matcher
from studio.models.row_finder import RowFinder
from studio.models.splicing import Spliced
from studio.models.tree_change import (
    Before,
    Layout,
    RowChange,
    asked,
    ranges,
    rows_of_levels,
)

ALL_FLUX: Final = frozenset(range(10))
DEFAULT, OPEN, SHUT = 0, 1, 2
OPEN_LEVELS: Final = 1
FEW: Final = 4_000
"""Up to so many changed entities are moved one by one; beyond, laying out anew is as fast."""

Blocks = Callable[[Int32s], tuple[Int64s, Int64s]]
"""Where the children of some slots begin in the index, and how many they are."""


class TreeRows:
    """The visible rows; `matches` [capacity] of the filter."""

    def __init__(self, arrays: SceneArrays, open_levels: int = OPEN_LEVELS) -> None:
        """Nodes above depth `open_levels` are open until someone shuts them."""
        self.arrays = arrays
        self._open_levels = open_levels
        self.query = Query()
        self.flux: frozenset[int] = ALL_FLUX
        self.matcher: Matcher
        self._state: NDArray[np.uint8] = np.zeros(arrays.capacity, np.uint8)
        self._filter_state = self._state.copy()
        self._index = ChildIndex()
        self._rows = Spliced(np.zeros(0, np.int32))
        self._shown: Bools = np.zeros(arrays.capacity, np.bool_)
        self._levels: Int32s = np.zeros(arrays.capacity, np.int32)  # of those that are shown
        self._finder = RowFinder()
        self._kept: Int32s = np.zeros(0, np.int32)
        self.refresh()

    @property
    def slots(self) -> Int32s:
        """[rows] the slot each shows; good until the next change but one."""
        return self._rows.values

    @property
    def levels(self) -> Int32s:
        """[rows] how deep each is, 0 for a root."""
        return self.levels_of(self.slots)

    @property
    def is_filtered(self) -> bool:
        """Whether a query or a flux filter is in force."""
        return bool(self.query) or self.flux != ALL_FLUX

    def use(self, arrays: SceneArrays) -> None:
        """Change over to other arrays; who was open or shut is kept by id."""
        ids = self.arrays.ids
        kept = {ids[slot]: int(self._state[slot]) for slot in np.flatnonzero(self._state).tolist()}
        self.arrays = arrays
        self._state = np.zeros(arrays.capacity, np.uint8)
        self._filter_state = self._state.copy()
        if kept:
            for slot, entity_id in enumerate(arrays.ids):
                if entity_id in kept:
                    self._state[slot] = kept[entity_id]
        self.refresh()

    def refresh(self) -> None:
        """Read all of the arrays anew, and forget what was known of them."""
        self._follow_slots()
        self.matcher = Matcher(self.arrays)
        self._state[~self.arrays.alive] = self._filter_state[~self.arrays.alive] = DEFAULT
        self.matches = self._matching()
        self._lay_out_included()

    def follow(self, touched: Int32s) -> None:
        """These slots came, went, moved or changed; the rest of the arrays is as it was."""
        self._follow_slots()
        self.matcher.touch(touched)
        dead = touched[~self.arrays.alive[touched]]
        self._state[dead] = self._filter_state[dead] = DEFAULT
        changed = self._match_again(touched)
        if self.is_filtered:
            if changed or self._index.is_stale(self.arrays, touched):
                self._lay_out_included()
        elif len(touched) > FEW:
            self._lay_out_included()
        else:
            self._move(self._index.follow(self.arrays, touched))

    def set_filter(self, query: Query, flux: frozenset[int]) -> None:
        """Show only entities that `query` is about and whose flux is in `flux`.

        Their ancestors stay, so that each is seen in its place.
        """
        if (query, flux) != (self.query, self.flux):
            self.query, self.flux = query, flux
            self._filter_state[:] = DEFAULT
            self.matches = self._matching()
            self._lay_out_included()

    def keep(self, slots: Int32s) -> None:
        """Have a filter leave these in view too, for the sake of something that is under them."""
        slots = slots[slots < len(self.matches)]
        is_new, self._kept = not np.array_equal(slots, self._kept), slots
        if is_new and self.is_filtered:
            self._lay_out_included()

    def set_open(self, slots: Iterable[int], is_open: bool) -> None:
        """Open or shut some nodes."""
        state = self._filter_state if self.is_filtered else self._state
        state[np.fromiter(slots, np.int64)] = OPEN if is_open else SHUT
        self._lay_out()

    def set_all_open(self, is_open: bool) -> None:
        """Open or shut every node."""
        state = self._filter_state if self.is_filtered else self._state
        state[:] = OPEN if is_open else SHUT
        self._lay_out()

    def row_of(self, slot: int) -> int:
        """The row that shows `slot`, -1 where none does."""
        return int((self.slots == slot).argmax()) if self.is_shown(slot) else -1

    def rows_of(self, slots: Int32s) -> Int32s:
        """[k] the same of many."""
        with self._finder.found(slots, self.slots, self.arrays.capacity) as rows:
            return rows[slots]

    def level_of(self, slot: int) -> int:
        """How deep a slot is that is shown."""
        return int(self._levels[slot])

    def levels_of(self, slots: Int32s) -> Int32s:
        """[k] the same of many."""
        levels: Int32s = self._levels[slots]
        return levels

    def is_shown(self, slot: int) -> bool:
        """Whether a row shows `slot`."""
        return 0 <= slot < len(self._shown) and bool(self._shown[slot])

    def is_open(self, slot: int) -> bool:
        """Whether what is under a slot is shown, if it is shown itself."""
        return bool(self.are_open(np.array([slot], np.int32))[0])

    def are_open(self, slots: Int32s) -> Bools:
        """[k] the same of many."""
        return self._are_open(slots, self._levels[slots])

    def reveal(self, slot: int) -> int:
        """Open all ancestors of `slot`; its row, -1 where the filter hides it."""
        ancestors = self.ancestors(slot)
        if self.row_of(slot) < 0 and ancestors:
            self.set_open(ancestors, True)
        return self.row_of(slot)

    def ancestors(self, slot: int) -> list[int]:
        """Slots from the parent of `slot` up to its root."""
        found: list[int] = []
        parent = int(self.arrays.parents[slot])
        while parent >= 0 and self.arrays.alive[parent] and len(found) < self.arrays.capacity:
            found.append(parent)
            parent = int(self.arrays.parents[parent])
        return found

    def child_count(self, slot: int) -> int:
        """How many children of `slot` the filter lets through."""
        start, stop = self._index.block(slot)
        return stop - start

    def _follow_slots(self) -> None:
        """Grow with the arrays."""
        more = self.arrays.capacity - len(self._state)
        if more > 0:
            self._state = np.concatenate([self._state, np.zeros(more, np.uint8)])
            self._filter_state = np.concatenate([self._filter_state, np.zeros(more, np.uint8)])
            self.matches = np.concatenate([self.matches, np.zeros(more, np.bool_)])
            self._shown = np.concatenate([self._shown, np.zeros(more, np.bool_)])
            self._levels = np.concatenate([self._levels, np.zeros(more, np.int32)])

    def _matching(self) -> Bools:
        """[capacity] alive entities that pass the filter."""
        matches = self.matcher.all_matches(self.query)
        if self.flux != ALL_FLUX:
            matches &= np.isin(self.arrays.flux, list(self.flux))
        return matches

    def _match_again(self, touched: Int32s) -> bool:
        """Look at some entities again; whether any passes that did not, or the reverse."""
        now = self.matcher.matches_of(self.query, touched)
        if self.flux != ALL_FLUX:
            now &= np.isin(self.arrays.flux[touched], list(self.flux))
        changed = not np.array_equal(now, self.matches[touched])
        self.matches[touched] = now
        return changed

    def _included(self) -> Bools:
        """[capacity] what a filter leaves, with all that is above it."""
        included = self.matches.copy()
        included[self._kept] = self.arrays.alive[self._kept]
        frontier: Int32s = np.flatnonzero(included).astype(np.int32)
        while len(frontier):
            parents = np.unique(self.arrays.parents[frontier])
            parents = parents[parents >= 0]
            frontier = parents[self.arrays.alive[parents] & ~included[parents]]
            included[frontier] = True
        return included

    def _lay_out_included(self) -> None:
        included = self._included() if self.is_filtered else self.arrays.alive
        self._index.build(self.arrays, included)
        self._lay_out()

    def _lay_out(self) -> None:
        """All visible rows in tree order."""
        firsts, counts = self._index.table()

        def blocks(slots: Int32s) -> tuple[Int64s, Int64s]:
            return firsts[slots], counts[slots]

        roots = self._index.slots[slice(*self._index.block(-1))]
        laid_out = self._laid_out(roots, 0, blocks)
        self._show(laid_out.slots, laid_out.levels)

    def _laid_out(self, slots: Int32s, level: Int32s | int, blocks: Blocks) -> Layout:
        """Some nodes, each followed by all that is shown under it; `level` is theirs."""
        found = self._visible_levels(slots, level, blocks)
        rows = rows_of_levels([(len(slots), above) for slots, _, above in found])
        total = sum(len(slots) for slots, _, _ in found)
        placed, levels = np.zeros(total, np.int32), np.zeros(total, np.int32)
        for (here, depth, _), at in zip(found, rows, strict=True):
            placed[at], levels[at] = here, depth
        starts = rows[0] if rows else np.zeros(0, np.int64)
        return Layout(placed, levels, np.append(starts, total))

    def _visible_levels(
        self, slots: Int32s, level: Int32s | int, blocks: Blocks
    ) -> list[tuple[Int32s, Int32s | int, Int64s]]:
        """Per level: slots, how deep they are, index of each one's parent in the level above."""
        levels: list[tuple[Int32s, Int32s | int, Int64s]] = []
        above = np.zeros(len(slots), np.int64)
        while len(slots):
            levels.append((slots, level, above))
            opened = np.flatnonzero(self._are_open(slots, level))
            starts, counts = blocks(slots[opened])
            above = np.repeat(opened, counts)
            level = level + 1 if isinstance(level, int) else level[above] + np.int32(1)
            slots = self._index.slots[ranges(starts, counts)]
        return levels

    def _are_open(self, slots: Int32s, levels: Int32s | int) -> Bools:
        """Whether the children of some nodes are shown, where they have any."""
        state = (self._filter_state if self.is_filtered else self._state)[slots]
        by_default = np.asarray(levels) < self._open_levels
        wanted: Bools = (state == OPEN) | ((state == DEFAULT) & (by_default | self.is_filtered))
        return wanted

    def _branches(self, slots: Int32s, levels: Int32s) -> Layout:
        """Some nodes with all that is shown under each."""
        return self._laid_out(slots, levels, self._index.blocks)

    def _show(self, slots: Int32s, levels: Int32s) -> None:
        self._rows.put(slots)
        if len(self._levels) < self.arrays.capacity:
            self._levels = np.zeros(self.arrays.capacity, np.int32)
        self._levels[slots] = levels
        self._shown = np.zeros(self.arrays.capacity, np.bool_)
        self._shown[slots] = True

    def _move(self, moved: Int32s) -> None:
        """Bring the rows up to date after the index followed some slots."""
        if len(moved) > FEW:
            self._lay_out()
        elif len(moved):
            before, sought = Before(self.slots, self._levels), asked(self._index, moved)
            with self._finder.found(sought, self.slots, self.arrays.capacity) as rows:
                self._take(
                    RowChange(before, rows, self._index, moved, self._are_open, self._branches)
                )

    def _take(self, change: RowChange) -> None:
        cuts, (points, come) = change.leaving(), change.coming()
        gone = self.slots[ranges(cuts[0], cuts[1] - cuts[0])]
        self._shown[gone] = False
        self._shown[come.slots] = True
        self._levels[come.slots] = come.levels
        self._rows.splice(change.splice(cuts, points, come), come.slots)
