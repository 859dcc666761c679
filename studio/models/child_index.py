"""Who is under whom, in sibling order, as two sorted arrays: the index that a tree is laid out by.

One entry an entity that the tree includes: a key made of parent and order, and the slot. A change
of some entities moves those entries alone. Pure numpy; knows no rows and no filter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from studio.models.splicing import Splice, Spliced

OUT: Final = -2
"""The parent of a slot that is not in the tree; -1 is that of a root."""
ORDER_BITS: Final = 38
"""Orders are sequence numbers: 2.7e11 of them, beside 33 million slots, fill 63 bits."""
Int64s = NDArray[np.int64]


class ChildIndex:
    """`parents` [capacity] is the parent each slot is shown under: a slot, -1, or `OUT`."""

    def __init__(self) -> None:
        self.parents: Int32s = np.zeros(0, np.int32)
        self._slots = Spliced(np.zeros(0, np.int32))
        self._sorted = Spliced(np.zeros(0, np.int64))
        self._orders: Int64s = np.zeros(0, np.int64)

    @property
    def slots(self) -> Int32s:
        """Every included slot, siblings side by side; good until the next change but one."""
        return self._slots.values

    @property
    def _keys(self) -> Int64s:
        return self._sorted.values

    def build(self, arrays: SceneArrays, included: Bools) -> None:
        """Index the `included` [capacity] entities from scratch."""
        slots: Int32s = np.flatnonzero(included).astype(np.int32)
        parents: Int32s = arrays.parents[slots]
        parents = np.where((parents >= 0) & included[parents], parents, np.int32(-1))
        self.parents = np.full(arrays.capacity, OUT, np.int32)
        self.parents[slots] = parents
        self._orders = arrays.orders.copy()
        keys = _keys(parents, self._orders[slots])
        order = np.argsort(keys, kind="stable")
        self._sorted.put(keys[order])
        self._slots.put(slots[order])

    def follow(self, arrays: SceneArrays, touched: Int32s) -> Int32s:
        """Bring the entries of `touched` slots up to date; all alive entities are included.

        Answers the slots whose place among others changed, which includes the children of those
        that came or went.
        """
        self._grow(arrays.capacity)
        touched = np.union1d(touched, self._orphaned(arrays, touched)).astype(np.int32, copy=False)
        parents = self._effective(arrays, touched)
        orders = arrays.orders[touched]
        moved = (parents != self.parents[touched]) | (orders != self._orders[touched])
        moved &= (parents != OUT) | (self.parents[touched] != OUT)
        slots: Int32s = touched[moved]
        parents, orders = parents[moved], orders[moved]
        here = parents != OUT
        was = slots[self.parents[slots] != OUT]
        self._splice(was, slots[here], parents[here], orders[here])
        self.parents[slots], self._orders[slots] = parents, orders
        return slots

    def is_stale(self, arrays: SceneArrays, touched: Int32s) -> bool:
        """Whether any indexed entity of `touched` went or moved, or a parent came to one."""
        self._grow(arrays.capacity)
        slots = touched[self.parents[touched] != OUT]
        if not np.array_equal(self._effective(arrays, slots), self.parents[slots]):
            return True
        if not np.array_equal(arrays.orders[slots], self._orders[slots]):
            return True
        come = touched[arrays.alive[touched] & (self.parents[touched] == OUT)]
        return len(self._waiting(arrays, come)) > 0

    def _waiting(self, arrays: SceneArrays, come: Int32s) -> Int32s:
        """Roots that were to be under one of `come`."""
        roots = self.slots[slice(*self.block(-1))]
        orphans = roots[arrays.parents[roots] >= 0]
        waiting: Int32s = orphans[np.isin(arrays.parents[orphans], come)]
        return waiting

    def block(self, parent: int) -> tuple[int, int]:
        """Start and stop in `slots` of the children of a slot; of the roots for -1."""
        find = self._keys.searchsorted
        low, high = (parent + 1) << ORDER_BITS, (parent + 2) << ORDER_BITS
        return int(find(low)), int(find(high))

    def blocks(self, parents: Int32s) -> tuple[Int64s, Int64s]:
        """The same of many: starts and counts, each [k]."""
        low = (parents.astype(np.int64) + 1) << ORDER_BITS
        starts = np.searchsorted(self._keys, low)
        return starts, np.searchsorted(self._keys, low + (1 << ORDER_BITS)) - starts

    def places(self, slots: Int32s) -> Int64s:
        """Where in `self.slots` each of some included slots stands [k]."""
        keys = _keys(self.parents[slots], self._orders[slots])
        places = np.searchsorted(self._keys, keys)
        for at in np.flatnonzero(self.slots[places] != slots).tolist():  # siblings of one order
            while self.slots[places[at]] != slots[at]:
                places[at] += 1
        return places

    def table(self) -> tuple[Int64s, Int64s]:
        """First child and number of children of every slot, each [capacity]; see `slots`."""
        above = (self._keys >> ORDER_BITS) - 1
        roots = int(np.searchsorted(self._keys, 1 << ORDER_BITS))
        counts = np.bincount(above[roots:], minlength=len(self.parents))
        return roots + np.cumsum(counts) - counts, counts

    def _grow(self, capacity: int) -> None:
        more = capacity - len(self.parents)
        if more > 0:
            self.parents = np.concatenate([self.parents, np.full(more, OUT, np.int32)])
            self._orders = np.concatenate([self._orders, np.zeros(more, np.int64)])

    def _orphaned(self, arrays: SceneArrays, touched: Int32s) -> Int32s:
        """Children whose parent is about to come or go: roots that wait, and those left behind."""
        was, now = self.parents[touched] != OUT, arrays.alive[touched]
        gone, come = touched[was & ~now], touched[now & ~was]
        starts, counts = self.blocks(gone)
        had = np.flatnonzero(counts)
        blocks = zip(starts[had].tolist(), counts[had].tolist(), strict=True)
        left = [self.slots[start : start + count] for start, count in blocks]
        if len(come):
            left.append(self._waiting(arrays, come))
        return np.concatenate([np.zeros(0, np.int32), *left])

    def _effective(self, arrays: SceneArrays, slots: Int32s) -> Int32s:
        parents = arrays.parents[slots]
        parents = np.where((parents >= 0) & arrays.alive[parents], parents, np.int32(-1))
        found: Int32s = np.where(arrays.alive[slots], parents, np.int32(OUT))
        return found

    def _splice(self, out: Int32s, into: Int32s, parents: Int32s, orders: Int64s) -> None:
        """Take some entries out and put others in, copying the rest once."""
        cuts = np.sort(self.places(out))
        keys = _keys(parents, orders)
        order = np.argsort(keys, kind="stable")
        keys, into = keys[order], into[order]
        splice = Splice.of_single(len(self._keys), cuts, np.searchsorted(self._keys, keys))
        self._sorted.splice(splice, keys)
        self._slots.splice(splice, into)


def _keys(parents: Int32s, orders: Int64s) -> Int64s:
    keys: Int64s = ((parents.astype(np.int64) + 1) << ORDER_BITS) | orders
    return keys
