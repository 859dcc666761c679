"""What of a scene is as it was when last looked at, told without looking at each entity.

A document that has not changed is the same object from one snapshot to the next, so identity is
enough to tell, and is told for a whole scene at once. What is not told unchanged may still be
equal: the caller compares. It must not know what the documents hold.
"""

from __future__ import annotations

from operator import is_

import numpy as np

from lake_core.scene.arrays import Bools, Int32s
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene


class Unchanged:
    """Remembers one space's scene from look to look."""

    def __init__(self) -> None:
        self._documents: list[bytes] = []
        self._parents: Int32s = np.zeros(0, np.int32)
        self._depths: Int32s = np.zeros(0, np.int32)
        self._links: list[bytes] = []

    def slots(self, scene: Scene) -> Bools:
        """Slots [capacity] whose document, depth, parent and parent's document are as before."""
        arrays = scene.arrays
        documents, parents = arrays.documents, arrays.parents
        both = min(len(documents), len(self._documents))
        same = np.zeros(len(documents), np.bool_)
        same[:both] = _identical(documents, self._documents)
        placed = same.copy()
        placed[:both] &= parents[:both] == self._parents[:both]
        placed[:both] &= arrays.depths[:both] == self._depths[:both]
        placed &= (parents < 0) | same[parents]
        self._documents = documents.copy()
        self._parents, self._depths = parents.copy(), arrays.depths.copy()
        return placed

    def links(self, connections: dict[ConnectionKey, bytes]) -> bool:
        """Whether all connections are as before, and in the same order."""
        documents, before = list(connections.values()), self._links
        self._links = documents
        return len(documents) == len(before) and bool(_identical(documents, before).all())


def _identical(documents: list[bytes], before: list[bytes]) -> Bools:
    """Which documents are the same objects, as far as both lists go."""
    both = min(len(documents), len(before))
    return np.fromiter(map(is_, documents, before), np.bool_, both)
