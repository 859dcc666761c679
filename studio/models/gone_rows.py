"""Rows of entities that are gone, among those of a scene: each first under what it was in.

They are a small tree of their own, opened, shut and filtered like the other, whose roots hang on
nodes of the scene. A node of either tree is one number: a slot of the scene from 0 up, what is
gone from -2 down, and -1 is none. Pure: no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import TypeVar

import numpy as np

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from studio.models.gone import Gone
from studio.models.tree_rows import TreeRows

Present = Callable[[], Mapping[str, int]]
"""Gives the slot of each entity of the scene, by id, as they are now."""


Number = TypeVar("Number", int, Int32s)


def gone(number: Number) -> Number:
    """The node of a slot of what is gone, and the slot of such a node; of one, or of many."""
    return -2 - number


class GoneRows:
    """`rows` is the tree of what is gone; an entity that is in the scene is left out of it."""

    def __init__(self) -> None:
        self.rows = TreeRows(SceneArrays(), open_levels=0)
        self._present: Present = dict
        self._removed = Gone()
        self._back: set[str] = set()  # those that are in the scene after all
        self._hosts: frozenset[int] = frozenset()  # slots of the scene that some are right under
        self._at: Int32s = np.zeros(0, np.int32)  # rising: rows of the scene they come before
        self._row_of: Int32s = np.zeros(0, np.int32)  # [capacity] among all rows, -1 where not
        self._raised: Int32s = np.zeros(0, np.int32)  # [capacity] how much deeper than in `rows`

    @property
    def slot_of(self) -> dict[str, int]:
        """The slot of each entity that is gone, in the scene after all or not, by id."""
        return self._removed.slot_of

    def use(self, removed: Gone, present: Present) -> None:
        """Other entities are gone."""
        self._removed, self._present = removed, present
        self._back, self._hosts = set(), frozenset()
        self._at = np.zeros(0, np.int32)
        self._row_of = np.full(removed.arrays.capacity, -1, np.int32)
        self._raised = np.zeros(removed.arrays.capacity, np.int32)
        removed.arrays.alive[: len(self.slot_of)] = True
        self._leave_out(self.slot_of.keys())
        self.rows.use(removed.arrays)

    def follow(self, ids: Iterable[str] | None = None) -> None:
        """These entities may have come into the scene or left it; None: any."""
        looked_at = self.slot_of.keys() if ids is None else self.slot_of.keys() & ids | self._back
        if looked_at and self._leave_out(looked_at):
            self.rows.refresh()

    def among(self, scene: TreeRows) -> Int32s:
        """[rows] the nodes of both trees, each where it is seen; a filter leaves the way to it."""
        slots, is_head = self.rows.slots, self.rows.levels == 0
        hosts = self._hosts_of(slots[is_head])
        held: Int32s = np.unique(hosts[hosts >= 0])
        scene.keep(held)
        self._hosts = frozenset(held.tolist())
        under = np.cumsum(is_head) - 1  # which head each row belongs to
        places, raised = _places(scene, hosts)
        at, self._raised[slots] = places[under], raised[under]
        order = np.argsort(at, kind="stable")[np.count_nonzero(at < 0) :]
        self._at, slots = at[order], slots[order]
        self._row_of[:] = -1
        self._row_of[slots] = self._at + np.arange(len(slots), dtype=np.int32)
        nodes: Int32s = np.insert(scene.slots, self._at, gone(slots))
        return nodes

    def row_of(self, scene: TreeRows, node: int) -> int:
        """The row of a node among those of both trees, -1 where none shows it."""
        if node < 0:
            return int(self._row_of[gone(node)]) if node < -1 else -1
        row = scene.row_of(node)
        return row + int(np.searchsorted(self._at, row, "right")) if row >= 0 else -1

    def rows_of(self, scene: TreeRows, nodes: Int32s) -> Int32s:
        """[k] the same of many."""
        found = np.full(len(nodes), -1, np.int32)
        living, dead = nodes >= 0, nodes < -1
        rows = scene.rows_of(nodes[living])
        pushed = np.searchsorted(self._at, rows, "right").astype(np.int32)
        found[living] = np.where(rows >= 0, rows + pushed, np.int32(-1))
        found[dead] = self._row_of[gone(nodes[dead])]
        return found

    def level_of(self, slot: int) -> int:
        """How deep among all rows one is that is shown."""
        return self.rows.level_of(slot) + int(self._raised[slot])

    def is_host(self, slot: int) -> bool:
        """Whether any is right under this slot of the scene."""
        return slot in self._hosts

    def parent_of(self, slot: int) -> int:
        """The node that one is under, -1 for none."""
        above = self.rows.ancestors(slot)[:1]
        return gone(above[0]) if above else self._host_of(slot)

    def reveal(self, scene: TreeRows, slot: int) -> None:
        """Open all that is above one, in both trees."""
        self.rows.reveal(slot)
        head = [slot, *self.rows.ancestors(slot)][-1]
        host = self._host_of(head)
        if host >= 0:
            scene.reveal(host)
            scene.set_open([host], True)

    def _host_of(self, slot: int) -> int:
        """The slot in the scene of what one was in, -1 where it was in nothing there."""
        home = self._removed.home(self._removed.arrays.ids[slot])
        return -1 if home is None else self._present().get(home, -1)

    def _hosts_of(self, slots: Int32s) -> Int32s:
        """[k] the same of many."""
        find = self._present().get
        homes = np.array([*(find(one, -1) for one in self._removed.homes), -1], np.int32)
        hosts: Int32s = homes[self._removed.home_of[slots]]
        return hosts

    def _leave_out(self, ids: Set[str]) -> bool:
        """See which of these are in the scene; whether any is that was not, or the reverse."""
        back = ids & self._present().keys()
        come, gone_again = back - self._back, (self._back & ids) - back
        for changed, is_gone in ((come, False), (gone_again, True)):
            self._removed.arrays.alive[[self.slot_of[one] for one in changed]] = is_gone
        self._back = self._back - gone_again | come
        return bool(come or gone_again)


def _places(scene: TreeRows, hosts: Int32s) -> tuple[Int32s, Int32s]:
    """[k] the row that what is first under each host comes before, -1 if unseen; and its level.

    What was in nothing that is here comes first of all.
    """
    known = (hosts >= 0) & (hosts < scene.arrays.capacity)
    rows = np.full(len(hosts), -1, np.int32)
    rows[known] = scene.rows_of(hosts[known])
    seen: Bools = rows >= 0
    seen[seen] = scene.are_open(hosts[seen])
    levels = np.zeros(len(hosts), np.int32)
    levels[seen] = scene.levels_of(hosts[seen]) + np.int32(1)
    places: Int32s = np.where(seen, rows + 1, np.where(hosts < 0, 0, -1)).astype(np.int32)
    return places, levels
