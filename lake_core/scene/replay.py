"""A scene moved along its log, many rows at a time, and back again.

Rows do here what `Scene.replay` does one by one, in a fraction of the time: patches of one entity
are folded before it is stored once, arrays are written whole, runs of new edges are linked
together. What a run changed can be kept as a Step, which takes the scene back exactly: contents,
order, slots. Pure, as the scene is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Int32s
from lake_core.scene.change import ChangeKind, canonical
from lake_core.scene.contents import Shown
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene

K = TypeVar("K")
V = TypeVar("V")

Row = tuple[int, int, str, int, bytes]
"""A row of the log: seq, kind, key, flux, patch."""

Shallow = dict[str, msgspec.Raw]
"""A JSON object by name, its values unopened: canonical text, which stays so when it is moved."""

_MANY: Final = 64
"""So many new edges are linked together; fewer one by one."""
_OVERHEAD: Final = 150
"""Bytes that keeping a document by reference takes beside the document."""
_DISORDERING: Final = frozenset({ChangeKind.ENTITY_GONE, ChangeKind.CONNECTION_GONE})
_STRUCTURAL: Final = _DISORDERING | {ChangeKind.ENTITY, ChangeKind.CONNECTION}


class _Patch(msgspec.Struct, gc=False):
    """A patch, opened no further than its names."""

    fields: Shallow = msgspec.field(name="set", default_factory=dict)
    parameters: Shallow = {}
    removed: list[str] = []


_shown = msgspec.json.Decoder(Shown).decode
_key = msgspec.json.Decoder(ConnectionKey).decode
_patch = msgspec.json.Decoder(_Patch).decode
_shallow = msgspec.json.Decoder(Shallow).decode


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

    def remember(self, weight: int, act: Callable[[Scene], None]) -> None:
        """Keep one thing to do on the way back."""
        self._back.append(act)
        self.weight += weight + _OVERHEAD

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


def replay_rows(scene: Scene, rows: Sequence[Row], *, keep: bool = False) -> Step | None:
    """Move a scene forward over rows that follow it; the way back, where that is to be kept.

    Raises KeyError or a msgspec error where the rows do not fit the scene, which is then broken.
    """
    if not rows:
        return None
    step = Step(scene.seq) if keep else None
    kinds = {row[1] for row in rows}
    structural = not kinds.isdisjoint(_STRUCTURAL)
    orders = scene.arrays.orders.copy() if step is not None and structural else None
    if step is not None:
        step.remember_order(scene, kinds)
    _Run(scene, step).take(rows)
    if step is not None and orders is not None:
        step.remember_places(orders, scene.arrays.orders)
    scene.warnings.clear()
    return step


class _Run:
    """A run of rows on its way into a scene: entities and edges that wait to be stored."""

    def __init__(self, scene: Scene, step: Step | None) -> None:
        self._scene = scene
        self._step = step
        self._entities: defaultdict[int, list[Row]] = defaultdict(list)  # by slot
        self._edges: list[tuple[ConnectionKey, bytes, int]] = []

    def take(self, rows: Sequence[Row]) -> None:
        scene = self._scene
        waiting, slot_of = self._entities, scene.slot_of
        for row in rows:
            seq, kind, key, _, patch = row
            scene.seq = seq
            if kind == ChangeKind.ENTITY_PATCH:
                waiting[slot_of[key]].append(row)
            elif kind == ChangeKind.CONNECTION:
                self._edges.append((_key(key), patch, seq))
            else:
                self._link()
                self._take_rare(row)
        self._link()
        self._flush()

    def _take_rare(self, row: Row) -> None:
        _, kind, key, _, patch = row
        if kind == ChangeKind.ENTITY:
            self._entity(row)
        elif kind == ChangeKind.ENTITY_GONE:
            self._entity_gone(key)
        elif kind == ChangeKind.CONNECTION_GONE:
            self._connection_gone(_key(key))
        else:
            self._connection_patched(_key(key), patch)

    def _entity(self, row: Row) -> None:
        scene, entity_id = self._scene, row[2]
        slot = scene.slot_of.get(entity_id)
        if slot is None:
            slot = scene.new_slot(entity_id)
            scene.edges.entity_arrived(entity_id)
            if self._step is not None:
                self._step.remember(0, partial(_take_back_entity, entity_id))
        self._entities[slot] = [row]

    def _entity_gone(self, entity_id: str) -> None:
        scene = self._scene
        slot = scene.slot_of[entity_id]
        if slot in self._entities:
            self._flush()
        document = scene.arrays.documents[slot]
        if self._step is not None:
            flux = int(scene.arrays.flux[slot]) + 10 * int(scene.flux_rules[slot])
            order = int(scene.arrays.orders[slot])
            act = partial(_bring_back_entity, entity_id, document, flux, order)
            self._step.remember(len(document), act)
        scene.forget(slot)

    def _connection_gone(self, key: ConnectionKey) -> None:
        edges = self._scene.edges
        if self._step is not None:
            document, order = edges.documents[key], edges.order_of(key)
            act = partial(_bring_back_connection, key, document, order)
            self._step.remember(len(document), act)
        self._scene.remove_connection(key)

    def _connection_patched(self, key: ConnectionKey, document: bytes) -> None:
        edges = self._scene.edges
        before = edges.documents[key]
        if self._step is not None:
            act = partial(_bring_back_connection, key, before, edges.order_of(key))
            self._step.remember(len(before), act)
        _put_connection(self._scene, key, document, self._scene.seq)

    def _link(self) -> None:
        """Let the new edges that wait act."""
        if not self._edges:
            return
        scene, fresh = self._scene, self._edges
        keys = [key for key, _, _ in fresh]
        if len(fresh) < _MANY:
            for key, document, order in fresh:
                _put_connection(scene, key, document, order)
        else:
            documents = [document for _, document, _ in fresh]
            scene.edges.put_many(keys, documents, [order for _, _, order in fresh])
            scene.account_many((), documents)
        if self._step is not None:
            self._step.remember(_OVERHEAD * len(keys), partial(_take_back_connections, keys))
        self._edges = []

    def _flush(self) -> None:
        """Store the entities that wait."""
        if not self._entities:
            return
        scene = self._scene
        slots = np.fromiter(self._entities, np.int32, len(self._entities))
        before = scene.arrays.documents
        documents = [_folded(before[slot], rows) for slot, rows in self._entities.items()]
        fluxes = [rows[-1][3] for rows in self._entities.values()]
        if self._step is not None:
            self._remember_stored(self._step, slots)
        _store(scene, slots, documents, fluxes)
        self._entities.clear()

    def _remember_stored(self, step: Step, slots: Int32s) -> None:
        scene = self._scene
        known = slots[scene.arrays.alive[slots]]
        if len(known):
            before = [scene.arrays.documents[slot] for slot in known.tolist()]
            fluxes = _fluxes(scene, known)
            weight = sum(map(len, before)) + _OVERHEAD * len(before)
            step.remember(weight, partial(_store, slots=known, documents=before, fluxes=fluxes))


def _folded(text: bytes, rows: list[Row]) -> bytes:
    """An entity's document after rows that speak of it; only the first may be a whole one."""
    if rows[0][1] == ChangeKind.ENTITY:
        text = rows[0][4]
        if len(rows) == 1:
            return text
        rows = rows[1:]
    document = _shallow(text)
    for row in rows:
        patch = _patch(row[4])
        document.update(patch.fields)
        if patch.parameters or patch.removed:
            parameters = _shallow(document["parameters"])
            parameters.update(patch.parameters)
            for name in patch.removed:
                parameters.pop(name, None)
            document["parameters"] = msgspec.Raw(canonical(parameters))
    return canonical(document)


def _fluxes(scene: Scene, slots: Int32s) -> NDArray[np.int64]:
    """Flux position plus ten times its rule."""
    rules = scene.flux_rules[slots].astype(np.int64)
    return scene.arrays.flux[slots] + 10 * rules


def _store(
    scene: Scene,
    slots: Int32s,
    documents: Sequence[bytes],
    fluxes: Sequence[int] | NDArray[np.int64],
) -> None:
    """Put documents, each with its flux, into slots, none of which is named twice."""
    scene.show_many(slots, [_shown(document) for document in documents])
    scene.store_many(slots, documents, np.asarray(fluxes, np.int64))


def _put_connection(scene: Scene, key: ConnectionKey, document: bytes, order: int) -> None:
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
    _store(scene, np.array([slot], np.int32), [document], [flux])
    scene.edges.entity_arrived(entity_id)


def _take_back_connections(keys: Sequence[ConnectionKey], scene: Scene) -> None:
    for key in reversed(keys):
        scene.remove_connection(key)


def _bring_back_connection(key: ConnectionKey, document: bytes, order: int, scene: Scene) -> None:
    _put_connection(scene, key, document, order)


def _reorder(mapping: dict[K, V], keys: Sequence[K]) -> None:
    """Bring the keys of a dictionary into an order, in place: others hold on to it."""
    ordered = {key: mapping[key] for key in keys}
    mapping.clear()
    mapping.update(ordered)
