"""A scene as parallel arrays: one slot an entity, the same for metadata, picking and drawing.

`SceneArrays` holds what a view needs of every entity; `SceneDelta` carries what changed since a
viewer last looked. The lake thread's Scene owns one SceneArrays; each viewer owns another and
brings it up to date with deltas, so that no array is ever shared between threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]
Int32s = NDArray[np.int32]
UInt8s = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SceneDelta:
    """The new values of some slots; k of them, in no particular order.

    `whole` is true where the viewer must forget what it had (first delta, another instant).
    """

    space_name: str
    seq: int
    whole: bool
    capacity: int
    slots: Int32s  # [k]
    alive: Bools  # [k]
    ids: list[str]
    names: list[str]
    class_types: list[str]
    documents: list[bytes]  # canonical JSON of each entity, b"" where it is gone
    positions: Float64s  # [k, 3] scene units
    flux: UInt8s  # [k] 0-9
    parents: Int32s  # [k] slot of the parent, -1 for a root
    depths: Int32s  # [k]
    orders: NDArray[np.int64]  # [k] siblings and roots are shown by rising order


class SceneArrays:
    """Arrays indexed by slot. Slots of deleted entities are dead until they are used again."""

    def __init__(self, capacity: int = 64) -> None:
        self._reset(capacity)

    def _reset(self, capacity: int) -> None:
        self.capacity = capacity
        self.ids: list[str] = [""] * capacity
        self.names: list[str] = [""] * capacity
        self.class_types: list[str] = [""] * capacity
        self.documents: list[bytes] = [b""] * capacity
        self.positions: Float64s = np.zeros((capacity, 3), np.float64)
        self.flux: UInt8s = np.zeros(capacity, np.uint8)
        self.parents: Int32s = np.full(capacity, -1, np.int32)
        self.depths: Int32s = np.zeros(capacity, np.int32)
        self.orders: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.alive: Bools = np.zeros(capacity, np.bool_)

    def grow(self, capacity: int) -> None:
        """Make room for at least `capacity` slots; at least doubles, so growth is amortised."""
        if capacity <= self.capacity:
            return
        more = max(capacity, self.capacity * 2) - self.capacity
        for texts in (self.ids, self.names, self.class_types):
            texts.extend([""] * more)
        self.documents.extend([b""] * more)
        self.positions = np.concatenate([self.positions, np.zeros((more, 3))])
        self.flux = np.concatenate([self.flux, np.zeros(more, np.uint8)])
        self.parents = np.concatenate([self.parents, np.full(more, -1, np.int32)])
        self.depths = np.concatenate([self.depths, np.zeros(more, np.int32)])
        self.orders = np.concatenate([self.orders, np.zeros(more, np.int64)])
        self.alive = np.concatenate([self.alive, np.zeros(more, np.bool_)])
        self.capacity += more

    def delta(self, space_name: str, seq: int, slots: Int32s, *, whole: bool) -> SceneDelta:
        """The present values of `slots`, copied so that they may cross a thread."""
        chosen = slots.tolist()
        return SceneDelta(
            space_name=space_name,
            seq=seq,
            whole=whole,
            capacity=self.capacity,
            slots=slots,
            alive=self.alive[slots],
            ids=[self.ids[slot] for slot in chosen],
            names=[self.names[slot] for slot in chosen],
            class_types=[self.class_types[slot] for slot in chosen],
            documents=[self.documents[slot] for slot in chosen],
            positions=self.positions[slots],
            flux=self.flux[slots],
            parents=self.parents[slots],
            depths=self.depths[slots],
            orders=self.orders[slots],
        )

    def apply(self, delta: SceneDelta) -> None:
        """Take over a delta; a whole one forgets everything else first."""
        if delta.whole:
            self._reset(max(delta.capacity, 64))
        self.grow(delta.capacity)
        slots = delta.slots
        for index, slot in enumerate(slots.tolist()):
            self.ids[slot] = delta.ids[index]
            self.names[slot] = delta.names[index]
            self.class_types[slot] = delta.class_types[index]
            self.documents[slot] = delta.documents[index]
        self.positions[slots] = delta.positions
        self.flux[slots] = delta.flux
        self.parents[slots] = delta.parents
        self.depths[slots] = delta.depths
        self.orders[slots] = delta.orders
        self.alive[slots] = delta.alive
