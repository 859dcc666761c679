"""The way back: what takes a scene from the end of a run of rows to its beginning, exactly.

Contents, order and slots come back as they were. Whoever makes the run tells of each change before
it is made. Pure, as the scene is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Int32s
from lake_core.scene.change import ChangeKind
from lake_core.scene.contents import Shown
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene

K = TypeVar("K")
V = TypeVar("V")

_OVERHEAD: Final = 150
"""Bytes that keeping a document by reference takes beside the document."""
_shown = msgspec.json.Decoder(Shown).decode


@dataclass(slots=True)
class Step:
    """What takes a scene from the end of a run of rows back to its beginning."""

    seq: int  # where the run begins
    weight: int = 0  # bytes it keeps alive, about
    _back: list[Callable[[Scene], None]] = field(default_factory=list)
    _entities: list[str] | None = None  # in their order, where the run disturbs it
    _connections: list[ConnectionKey] | None = None
    _orders: tuple[Int32s, NDArray[np.int64]] | None = None  # slots, and their orders before

    def undo(self, scene: Scene) -> None:
        """Take back the run; the scene must stand where it ended."""
        for act in reversed(self._back):
            act(scene)
        if self._entities is not None:
            _reorder(scene.slot_of, self._entities)
        if self._connections is not None:
            _reorder(scene.edges.documents, self._connections)
        if self._orders is not None:
            slots, orders = self._orders
            scene.arrays.orders[slots] = orders
            scene.touched.update(slots.tolist())
        scene.warnings.clear()
        scene.seq = self.seq

    def entity_arrives(self, entity_id: str) -> None:
        """Let one go that is new."""
        self._remember(0, partial(_take_back_entity, entity_id))

    def entity_goes(self, scene: Scene, entity_id: str) -> None:
        """Keep one that is deleted, as it is now."""
        slot = scene.slot_of[entity_id]
        document = scene.arrays.documents[slot]
        flux = int(scene.arrays.flux[slot]) + 10 * int(scene.flux_rules[slot])
        order = int(scene.arrays.orders[slot])
        act = partial(_bring_back_entity, entity_id, document, flux, order)
        self._remember(len(document), act)

    def entities_change(self, scene: Scene, slots: Int32s) -> None:
        """Keep what is in these slots, as it is now, of all that is there already."""
        known = slots[scene.arrays.alive[slots]]
        if len(known):
            before = [scene.arrays.documents[slot] for slot in known.tolist()]
            fluxes = scene.arrays.flux[known] + 10 * scene.flux_rules[known].astype(np.int64)
            weight = sum(map(len, before)) + _OVERHEAD * len(before)
            self._remember(weight, partial(store, slots=known, documents=before, fluxes=fluxes))

    def connections_arrive(self, keys: Sequence[ConnectionKey]) -> None:
        """Let these go, which are new."""
        self._remember(_OVERHEAD * len(keys), partial(_take_back_connections, keys))

    def connection_changes(self, scene: Scene, key: ConnectionKey) -> None:
        """Keep one that is deleted or becomes another, as it is now."""
        document, order = scene.edges.documents[key], scene.edges.order_of(key)
        act = partial(_bring_back_connection, key, document, order)
        self._remember(len(document), act)

    def remember_order(self, scene: Scene, kinds: set[int]) -> None:
        """Keep what order rows of these kinds disturb; before the run."""
        if ChangeKind.ENTITY_GONE in kinds:
            self._entities = list(scene.slot_of)
            self.weight += 8 * len(self._entities)
        if ChangeKind.CONNECTION_GONE in kinds:
            self._connections = list(scene.edges.documents)
            self.weight += 8 * len(self._connections)

    def remember_places(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        """Keep the orders that the run has changed."""
        slots = np.flatnonzero(before != after[: len(before)]).astype(np.int32)
        self._orders = slots, before[slots]
        self.weight += 12 * len(slots)

    def _remember(self, weight: int, act: Callable[[Scene], None]) -> None:
        """Keep one thing to do on the way back."""
        self._back.append(act)
        self.weight += weight + _OVERHEAD


def store(
    scene: Scene,
    slots: Int32s,
    documents: Sequence[bytes],
    fluxes: Sequence[int] | NDArray[np.int64],
) -> None:
    """Put documents, each with its flux, into slots, none of which is named twice."""
    scene.show_many(slots, [_shown(document) for document in documents])
    scene.store_many(slots, documents, np.asarray(fluxes, np.int64))


def put_connection(scene: Scene, key: ConnectionKey, document: bytes, order: int) -> None:
    """Put a connection's document in its place in the order, where there may be one already."""
    scene.account_many((scene.edges.documents.get(key, b""),), (document,))
    scene.edges.put(key, document, order)


def _take_back_entity(entity_id: str, scene: Scene) -> None:
    scene.edges.entity_left(entity_id)
    scene.forget(scene.slot_of[entity_id])


def _bring_back_entity(
    entity_id: str, document: bytes, flux: int, order: int, scene: Scene
) -> None:
    slot = scene.new_slot(entity_id)  # the one it had: free slots are used last in, first out
    scene.arrays.orders[slot] = order
    store(scene, np.array([slot], np.int32), [document], [flux])
    scene.edges.entity_arrived(entity_id)


def _take_back_connections(keys: Sequence[ConnectionKey], scene: Scene) -> None:
    for key in reversed(keys):
        scene.remove_connection(key)


def _bring_back_connection(key: ConnectionKey, document: bytes, order: int, scene: Scene) -> None:
    put_connection(scene, key, document, order)


def _reorder(mapping: dict[K, V], keys: Sequence[K]) -> None:
    """Bring the keys of a dictionary into an order, in place: others hold on to it."""
    ordered = {key: mapping[key] for key in keys}
    mapping.clear()
    mapping.update(ordered)
