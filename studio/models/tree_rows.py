"""Which rows a tree shows, as flat arrays: expansion, filter, order. Pure: no Qt.

Reads a SceneArrays and never writes to it. Everything is recomputed level by level with numpy,
which at 100,000 entities costs less than keeping thousands of node objects in step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Bools, Int32s, SceneArrays

ALL_FLUX: Final = frozenset(range(10))
DEFAULT, OPEN, SHUT = 0, 1, 2
OPEN_LEVELS: Final = 1
"""Nodes above this depth are open until someone shuts them."""


class TreeRows:
    """The visible rows: `slots`, `levels`, `is_open`, all [rows]."""

    def __init__(self, arrays: SceneArrays) -> None:
        self.arrays = arrays
        self.text = ""
        self.flux: frozenset[int] = ALL_FLUX
        self._state: NDArray[np.uint8] = np.zeros(arrays.capacity, np.uint8)
        self._filter_state = self._state.copy()
        self._ids: list[str] = [""] * arrays.capacity
        self._child_slots: Int32s = np.zeros(0, np.int32)
        self._first: NDArray[np.int64] = np.zeros(0, np.int64)
        self._count: NDArray[np.int64] = np.zeros(0, np.int64)
        self._roots: Int32s = np.zeros(0, np.int32)
        self.matches: Bools = np.zeros(arrays.capacity, np.bool_)
        self.refresh()

    @property
    def is_filtered(self) -> bool:
        """Whether a text or a flux filter is in force."""
        return bool(self.text) or self.flux != ALL_FLUX

    def use(self, arrays: SceneArrays) -> None:
        """Change over to other arrays; who was open or shut is kept by id."""
        kept = {self._ids[slot]: int(self._state[slot]) for slot in np.flatnonzero(self._state)}
        self.arrays = arrays
        self._ids = arrays.ids.copy()
        self._state = np.zeros(arrays.capacity, np.uint8)
        self._filter_state = self._state.copy()
        if kept:
            for slot, entity_id in enumerate(arrays.ids):
                if entity_id in kept:
                    self._state[slot] = kept[entity_id]
        self.refresh()

    def refresh(self) -> None:
        """Read the arrays anew: after entities came, went or moved, or a filter changed."""
        self._follow_slots()
        self._index_children(self._included())
        self._lay_out()

    def set_filter(self, text: str, flux: frozenset[int]) -> None:
        """Show only entities whose name, id or class holds `text` and whose flux is in `flux`.

        Their ancestors stay, so that each is seen in its place.
        """
        text = text.strip().casefold()
        if (text, flux) != (self.text, self.flux):
            self.text, self.flux = text, flux
            self._filter_state[:] = DEFAULT
            self.refresh()

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
        return int(self._rows[slot]) if 0 <= slot < len(self._rows) else -1

    def level_of(self, slot: int) -> int:
        """How far a shown node is indented; 0 for one that is not shown."""
        row = self.row_of(slot)
        return int(self.levels[row]) if row >= 0 else 0

    def is_open_at(self, slot: int) -> bool:
        """Whether a shown node is open."""
        row = self.row_of(slot)
        return row >= 0 and bool(self.is_open[row])

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
        return int(self._count[slot]) if slot < len(self._count) else 0

    def _follow_slots(self) -> None:
        """Grow with the arrays; a slot that is dead forgets whether it was open."""
        more = self.arrays.capacity - len(self._state)
        if more > 0:
            self._state = np.concatenate([self._state, np.zeros(more, np.uint8)])
            self._filter_state = np.concatenate([self._filter_state, np.zeros(more, np.uint8)])
        dead = ~self.arrays.alive
        self._state[dead] = self._filter_state[dead] = DEFAULT
        self._ids = self.arrays.ids.copy()

    def _included(self) -> Bools:
        """[capacity] alive entities that match, and their ancestors."""
        arrays = self.arrays
        self.matches = arrays.alive.copy()
        if not self.is_filtered:
            return self.matches
        self.matches &= np.isin(arrays.flux, list(self.flux))
        if self.text:
            self.matches &= self._text_matches()
        return self._with_ancestors(self.matches)

    def _text_matches(self) -> Bools:
        found = np.zeros(self.arrays.capacity, np.bool_)
        names, ids, classes = self.arrays.names, self.arrays.ids, self.arrays.class_types
        text = self.text
        for slot in np.flatnonzero(self.matches).tolist():
            whole = f"{names[slot]}\n{ids[slot]}\n{classes[slot]}"
            found[slot] = text in whole.casefold()
        return found

    def _with_ancestors(self, matches: Bools) -> Bools:
        included = matches.copy()
        frontier: Int32s = np.flatnonzero(matches).astype(np.int32)
        while len(frontier):
            parents = np.unique(self.arrays.parents[frontier])
            parents = parents[parents >= 0]
            frontier = parents[self.arrays.alive[parents] & ~included[parents]]
            included[frontier] = True
        return included

    def _index_children(self, included: Bools) -> None:
        """Children of each slot, side by side in sibling order; roots apart."""
        slots: Int32s = np.flatnonzero(included).astype(np.int32)
        parents: Int32s = self.arrays.parents[slots]
        parents = np.where((parents >= 0) & included[parents], parents, -1)
        order = np.lexsort((self.arrays.orders[slots], parents))
        slots, parents = slots[order], parents[order]
        root_count = int(np.searchsorted(parents, 0))
        self._roots, self._child_slots = slots[:root_count], slots[root_count:]
        self._count = np.bincount(parents[root_count:], minlength=self.arrays.capacity)
        self._first = np.cumsum(self._count) - self._count

    def _open_slots(self, slots: Int32s, level: int) -> Bools:
        state = self._filter_state if self.is_filtered else self._state
        by_default = self.is_filtered or level < OPEN_LEVELS
        chosen = state[slots]
        wanted: Bools = (chosen == OPEN) | ((chosen == DEFAULT) & by_default)
        return wanted & (self._count[slots] > 0)

    def _lay_out(self) -> None:
        """Visible rows in tree order: levels from the top, sizes from the bottom, then rows."""
        levels = self._visible_levels()
        rows = _rows_of_levels([(len(slots), above) for slots, above, _ in levels])
        total = sum(len(slots) for slots, _, _ in levels)
        self.slots = np.zeros(total, np.int32)
        self.levels = np.zeros(total, np.int32)
        self.is_open = np.zeros(total, np.bool_)
        for level, ((slots, _, is_open), at) in enumerate(zip(levels, rows, strict=True)):
            self.slots[at], self.levels[at], self.is_open[at] = slots, level, is_open
        self._rows: Int32s = np.full(self.arrays.capacity, -1, np.int32)
        self._rows[self.slots] = np.arange(total, dtype=np.int32)

    def _visible_levels(self) -> list[tuple[Int32s, NDArray[np.int64], Bools]]:
        """Per level: slots, index of each one's parent in the level above, who is open."""
        levels: list[tuple[Int32s, NDArray[np.int64], Bools]] = []
        slots, above = self._roots, np.zeros(len(self._roots), np.int64)
        while len(slots):
            is_open = self._open_slots(slots, len(levels))
            levels.append((slots, above, is_open))
            opened = np.flatnonzero(is_open)
            counts = self._count[slots[opened]]
            above = np.repeat(opened, counts)
            first = np.repeat(self._first[slots[opened]] - (np.cumsum(counts) - counts), counts)
            slots = self._child_slots[first + np.arange(len(above))]
        return levels


def _rows_of_levels(
    levels: list[tuple[int, NDArray[np.int64]]],
) -> list[NDArray[np.int64]]:
    """Row of each node, given per level its length and each node's parent in the level above."""
    sizes = [np.ones(length, np.int64) for length, _ in levels]
    for level in range(len(levels) - 1, 0, -1):
        above = levels[level][1]
        weights = np.bincount(above, sizes[level], len(sizes[level - 1]))
        sizes[level - 1] += weights.astype(np.int64)
    rows: list[NDArray[np.int64]] = []
    for level, (_, above) in enumerate(levels):
        before = np.cumsum(sizes[level]) - sizes[level]
        if level == 0:
            rows.append(before)
            continue
        is_first = np.flatnonzero(np.diff(above, prepend=-1))
        start = np.repeat(before[is_first], np.diff(np.append(is_first, len(above))))
        rows.append(rows[level - 1][above] + 1 + before - start)
    return rows
