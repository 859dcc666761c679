"""The tree of a scene: from hierarchy edges to parents, depths and roots.

`HierarchyTree` is the specification's structure, built whole from ids and edges. `Forest` keeps
the same tree up to date edge by edge over SceneArrays. Both hold to one rule: each child has at
most one edge, so every loop is a simple cycle, and the tree ignores the latest edge of each.
Neither knows of entities' contents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Protocol, Self

import numpy as np
from msgspec import Struct

from lake_core.scene.arrays import Int32s, SceneArrays

NO_PARENT: Final = -1

HIERARCHY: Final = "hierarchy"
"""The `connection_type` whose edges make the tree: parent `source_id`, child `target_id`."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class _Edge(Protocol):
    @property
    def source_id(self) -> str: ...
    @property
    def target_id(self) -> str: ...
    @property
    def connection_type(self) -> str: ...


class HierarchyTree(Struct):
    """Who is whose parent, and how deep. Roots have depth 0."""

    roots: list[str]
    parent_map: dict[str, str]
    children_map: dict[str, list[str]]
    depth_map: dict[str, int]

    @classmethod
    def build(cls, entities: Iterable[_HasId], connections: Iterable[_Edge]) -> Self:
        """The tree of `entities` under those `connections` that are hierarchy edges, in order.

        A later edge to the same child replaces the earlier; an edge that would close a loop,
        or whose parent or child is not among the entities, is left out.
        """
        known = dict.fromkeys(entity.id for entity in entities)
        edges: dict[str, str] = {}
        for edge in connections:
            if edge.connection_type == HIERARCHY:
                edges.pop(edge.target_id, None)
                edges[edge.target_id] = edge.source_id
        parent_map: dict[str, str] = {}
        for child, parent in edges.items():
            if child in known and parent in known and not _leads_to(parent_map, parent, child):
                parent_map[child] = parent
        return cls.of_parents(known, parent_map)

    @classmethod
    def of_parents(cls, ids: Iterable[str], parent_map: dict[str, str]) -> Self:
        """The tree of `ids` where `parent_map`, free of loops, names each child's parent."""
        children_map: dict[str, list[str]] = {}
        for child, parent in parent_map.items():
            children_map.setdefault(parent, []).append(child)
        roots = [entity_id for entity_id in ids if entity_id not in parent_map]
        depth_map = dict.fromkeys(roots, 0)
        level = roots
        while level:
            level = [child for parent in level for child in children_map.get(parent, ())]
            for child in level:
                depth_map[child] = depth_map[parent_map[child]] + 1
        return cls(roots, parent_map, children_map, depth_map)

    def max_depth(self) -> int:
        """The greatest depth; 0 for a scene without edges or without entities."""
        return max(self.depth_map.values(), default=0)

    def entities_at_depth(self, depth: int) -> list[str]:
        """Ids of the entities at `depth`, in the order of the map."""
        return [entity_id for entity_id, at in self.depth_map.items() if at == depth]


def _leads_to(parent_map: dict[str, str], start: str, goal: str) -> bool:
    at: str | None = start
    while at is not None and at != goal:
        at = parent_map.get(at)
    return at == goal


class Forest:
    """The tree over SceneArrays, kept edge by edge; slots in, slots out.

    `arrays.parents` holds the parents the tree acts on. An edge that is ignored because it
    closes a loop is kept aside and acts as soon as the loop is gone.
    """

    def __init__(self, arrays: SceneArrays) -> None:
        self._arrays = arrays
        self._edges: dict[int, tuple[int, int]] = {}  # child -> (parent, order), ignored or not
        self._ignored: set[int] = set()
        self._children: dict[int, int] = {}  # parent -> count over arrays.parents
        self._levels: list[int] = [0]  # entities at each depth
        self._depths_stale = False
        self.moved: set[int] = set()  # slots whose parent or depth changed; the owner clears it

    def add(self, slot: int) -> None:
        """A new entity: a root of depth 0."""
        self._arrays.parents[slot] = NO_PARENT
        self._arrays.depths[slot] = 0
        self._levels[0] += 1

    def add_many(self, slots: Int32s) -> None:
        """New entities: roots of depth 0."""
        self._arrays.parents[slots] = NO_PARENT
        self._arrays.depths[slots] = 0
        self._levels[0] += len(slots)

    def remove(self, slot: int) -> None:
        """Forget an entity that has neither a parent edge nor children any more."""
        if not self._depths_stale:
            self._levels[int(self._arrays.depths[slot])] -= 1

    def children_of(self, slot: int) -> list[int]:
        """Slots of the children of `slot`, in order of assertion."""
        if not self._children.get(slot):
            return []
        children: list[int] = np.flatnonzero(self._arrays.parents == slot).tolist()
        return sorted(children, key=lambda child: self._edges[child][1])

    def children_by_edge(self, slot: int) -> list[int]:
        """As `children_of`, and then those whose edge from `slot` is ignored."""
        ignored = [child for child in self._ignored if self._edges[child][0] == slot]
        return self.children_of(slot) + ignored

    def link(self, child: int, parent: int, order: int) -> bool:
        """Set the edge of `child`; true where it closes a loop (its latest edge is ignored)."""
        self.unlink(child)
        self._edges[child] = (parent, order)
        cycle = self._cycle_through(child, parent)
        if not cycle:
            self._attach(child, parent)
            return False
        latest = max(cycle, key=lambda slot: self._edges[slot][1])
        self._ignored.add(latest)
        if latest != child:
            self._detach(latest)
            self._attach(child, parent)
        return True

    def link_many(self, children: Int32s, parents: Int32s, orders: Sequence[int]) -> None:
        """As `link` one after another, for children that have no edge yet."""
        together = self._arrays.parents.copy()
        together[children] = parents
        edges = zip(children.tolist(), zip(parents.tolist(), orders, strict=True), strict=True)
        if has_loop(together):
            for child, (parent, order) in edges:
                self.link(child, parent, order)
            return
        self._edges.update(edges)
        for parent, count in Counter(parents.tolist()).items():
            self._children[parent] = self._children.get(parent, 0) + count
        self._arrays.parents[:] = together
        self._depths_stale = True
        self.moved.update(children.tolist())

    def unlink(self, child: int) -> None:
        """End the edge of `child`, if it has one; edges it held back act again."""
        if self._edges.pop(child, None) is None:
            return
        if child in self._ignored:
            self._ignored.discard(child)
            return
        self._detach(child)
        for slot in list(self._ignored):
            parent = self._edges[slot][0]
            if not self._cycle_through(slot, parent):
                self._ignored.discard(slot)
                self._attach(slot, parent)

    def max_depth(self) -> int:
        """The greatest depth of any entity."""
        self._refresh_depths()
        while len(self._levels) > 1 and not self._levels[-1]:
            self._levels.pop()
        return len(self._levels) - 1

    def refresh(self) -> None:
        """Bring `arrays.depths` up to date; depths below a moved branch wait for this."""
        self._refresh_depths()

    def _cycle_through(self, child: int, parent: int) -> list[int]:
        """The slots of the loop that child -> parent closes; empty where it closes none."""
        if child != parent and not self._children.get(child):
            return []
        path, at = [child], parent
        parents = self._arrays.parents
        while at not in (NO_PARENT, child):
            path.append(at)
            at = int(parents[at])
        return path if at == child else []

    def _attach(self, child: int, parent: int) -> None:
        self._arrays.parents[child] = parent
        self._children[parent] = self._children.get(parent, 0) + 1
        self._set_depth(child, int(self._arrays.depths[parent]) + 1)

    def _detach(self, child: int) -> None:
        parent = int(self._arrays.parents[child])
        self._arrays.parents[child] = NO_PARENT
        self._children[parent] -= 1
        if not self._children[parent]:
            del self._children[parent]
        self._set_depth(child, 0)

    def _set_depth(self, slot: int, depth: int) -> None:
        self.moved.add(slot)
        if self._depths_stale or self._children.get(slot):
            self._depths_stale = True
            return
        self._levels[int(self._arrays.depths[slot])] -= 1
        if depth >= len(self._levels):
            self._levels.extend([0] * (depth + 1 - len(self._levels)))
        self._levels[depth] += 1
        self._arrays.depths[slot] = depth

    def _refresh_depths(self) -> None:
        if not self._depths_stale:
            return
        self._depths_stale = False
        depths = depths_of(self._arrays.parents)
        alive = self._arrays.alive
        self.moved.update(np.flatnonzero(alive & (depths != self._arrays.depths)).tolist())
        self._arrays.depths[:] = depths
        self._levels = np.bincount(depths[alive], minlength=1).tolist()


def depths_of(parents: Int32s) -> Int32s:
    """Depth of every slot of a forest, by pointer doubling: O(n log depth) for any shape."""
    depths = (parents >= 0).astype(np.int32)
    jump = parents.copy()
    while (walking := np.flatnonzero(jump >= 0)).size:
        to = jump[walking]
        depths[walking] += depths[to]
        jump[walking] = jump[to]
    return depths


def has_loop(parents: Int32s) -> bool:
    """Whether following parents from some slot never ends; pointer doubling, as in `depths_of`."""
    jump = parents.copy()
    for _ in range(len(parents).bit_length() + 1):
        walking = np.flatnonzero(jump >= 0)
        if not walking.size:
            return False
        jump[walking] = jump[jump[walking]]
    return bool((jump >= 0).any())
