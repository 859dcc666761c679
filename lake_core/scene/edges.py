"""The connections of a scene: which exist, and the tree that the hierarchy edges among them make.

Owns the documents of connections and the Forest. Entities are known here by id and slot only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import not_

import numpy as np

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.hierarchy import HIERARCHY, Forest, HierarchyTree
from lake_core.scene.model import ConnectionKey


class Edges:
    """All connections by key, in order of assertion, and the parents they give."""

    def __init__(self, arrays: SceneArrays, slot_of: Mapping[str, int]) -> None:
        self.documents: dict[ConnectionKey, bytes] = {}
        self.forest = Forest(arrays)
        self._arrays = arrays
        self._slot_of = slot_of
        # Each child's one hierarchy edge: its parent's id, and the order of its assertion.
        self._parents: dict[str, tuple[str, int]] = {}
        # Connections by end, for those that Forest does not hold: other types, and hierarchy
        # edges one end of which is not there yet.
        self._loose: dict[str, set[ConnectionKey]] = {}

    @property
    def has_hierarchy(self) -> bool:
        """Whether any hierarchy edge is stored."""
        return bool(self._parents)

    def edge_to(self, child: str) -> ConnectionKey | None:
        """The hierarchy edge that ends at `child`."""
        found = self._parents.get(child)
        return ConnectionKey(found[0], child, HIERARCHY) if found else None

    def touching(self, entity_id: str) -> list[ConnectionKey]:
        """Every connection that begins or ends at `entity_id`, a loop to itself once."""
        keys = dict.fromkeys(self._loose.get(entity_id, ()))
        if own := self.edge_to(entity_id):
            keys[own] = None
        if (slot := self._slot_of.get(entity_id)) is not None:
            for child in self.forest.children_by_edge(slot):
                keys[ConnectionKey(entity_id, self._arrays.ids[child], HIERARCHY)] = None
        return list(keys)

    def put(self, key: ConnectionKey, document: bytes, order: int) -> bool:
        """Store a connection; true where, as a hierarchy edge, it closes a loop.

        A child that has another hierarchy edge must have lost it before.
        """
        is_new = key not in self.documents
        self.documents[key] = document
        if not is_new:
            return False
        if key.connection_type == HIERARCHY:
            self._parents[key.target_id] = (key.source_id, order)
            if (linked := self._link(key)) is not None:
                return linked
        self._wait(key)
        return False

    def put_many(
        self, keys: Sequence[ConnectionKey], documents: Sequence[bytes], orders: Sequence[int]
    ) -> None:
        """As `put` of one after another, each with its order, for keys that are all new."""
        self.documents.update(zip(keys, documents, strict=True))
        hierarchy = [key[2] == HIERARCHY for key in keys]
        if not all(hierarchy):
            for key in compress(keys, map(not_, hierarchy)):
                self._wait(key)
            keys, orders = list(compress(keys, hierarchy)), list(compress(orders, hierarchy))
        parents, children = [key[0] for key in keys], [key[1] for key in keys]
        self._parents.update(zip(children, zip(parents, orders, strict=True), strict=True))
        self._link_many(keys, parents, children, orders)

    def drop(self, key: ConnectionKey) -> None:
        """End a connection that is there."""
        del self.documents[key]
        if key.connection_type == HIERARCHY:
            del self._parents[key.target_id]
            child = self._slot_of.get(key.target_id)
            if child is not None:
                self.forest.unlink(child)
        self._loosen(key)

    def entity_arrived(self, entity_id: str) -> list[ConnectionKey]:
        """Let hierarchy edges that waited for `entity_id` act; those that close a loop."""
        looping = []
        for key in list(self._loose.get(entity_id, ())):
            if key.connection_type == HIERARCHY and (linked := self._link(key)) is not None:
                self._loosen(key)
                if linked:
                    looping.append(key)
        return looping

    def entities_arrived(self, entity_ids: Iterable[str]) -> list[ConnectionKey]:
        """As `entity_arrived` with each of them in turn."""
        if not self._loose:
            return []
        return [key for entity_id in entity_ids for key in self.entity_arrived(entity_id)]

    def entity_left(self, entity_id: str) -> None:
        """The inverse of `entity_arrived`: the entity's hierarchy edges wait for it again."""
        for key in self.touching(entity_id):
            if key.connection_type == HIERARCHY and key not in self._loose.get(entity_id, ()):
                self.forest.unlink(self._slot_of[key.target_id])
                self._wait(key)

    def order_of(self, key: ConnectionKey) -> int:
        """Where in the log a hierarchy edge was asserted; 0 for a connection of another type."""
        return self._parents[key.target_id][1] if key.connection_type == HIERARCHY else 0

    def tree(self) -> HierarchyTree:
        """The tree as ids; roots in order of first sight, children in order of assertion."""
        parents, ids = self._arrays.parents, self._arrays.ids
        parent_map = {
            child: ids[parent]
            for child in self._children_in_order()
            if (parent := int(parents[self._slot_of[child]])) >= 0
        }
        return HierarchyTree.of_parents(self._slot_of, parent_map)

    def _children_in_order(self) -> Iterator[str]:
        for key in self.documents:
            if key.connection_type == HIERARCHY and key.target_id in self._slot_of:
                yield key.target_id

    def _link(self, key: ConnectionKey) -> bool | None:
        """Give a hierarchy edge to the forest; None while one of its ends is unknown."""
        child, parent = self._slot_of.get(key.target_id), self._slot_of.get(key.source_id)
        if child is None or parent is None:
            return None
        order = self._parents[key.target_id][1]
        self._arrays.orders[child] = order
        return self.forest.link(child, parent, order)

    def _link_many(
        self,
        keys: Sequence[ConnectionKey],
        parents: Sequence[str],
        children: Sequence[str],
        orders: Sequence[int],
    ) -> None:
        """As `_link` of one after another; those an end of which is unknown wait."""
        find = self._slot_of.get
        ends = list(map(find, parents)), list(map(find, children))
        if None in ends[0] or None in ends[1]:
            known = [None not in pair for pair in zip(*ends, strict=True)]
            for key in compress(keys, map(not_, known)):
                self._wait(key)
            ends = list(compress(ends[0], known)), list(compress(ends[1], known))
            orders = list(compress(orders, known))
        if orders:
            acting = np.array(ends[1], np.int32)
            self._arrays.orders[acting] = orders
            self.forest.link_many(acting, np.array(ends[0], np.int32), orders)

    def _wait(self, key: ConnectionKey) -> None:
        self._loose.setdefault(key.source_id, set()).add(key)
        self._loose.setdefault(key.target_id, set()).add(key)

    def _loosen(self, key: ConnectionKey) -> None:
        for end in (key.source_id, key.target_id):
            if keys := self._loose.get(end):
                keys.discard(key)
                if not keys:
                    del self._loose[end]
