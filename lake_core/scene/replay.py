"""A scene moved along its log, many rows at a time, and back again.

Rows do here what `Scene.replay` does one by one, in a fraction of the time: patches of one entity
are folded before it is stored once, arrays are written whole, runs of new edges are linked
together. What a run changed can be kept as a Step, which takes the scene back. Pure, as the scene
is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from lake_core.scene.change import ChangeKind, canonical
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene
from lake_core.scene.step import Step, put_connection, store

Row = tuple[int, int, str, int, bytes]
"""A row of the log: seq, kind, key, flux, patch."""

Shallow = dict[str, msgspec.Raw]
"""A JSON object by name, its values unopened: canonical text, which stays so when it is moved."""

_MANY: Final = 64
"""So many new edges are linked together; fewer one by one."""
_DISORDERING: Final = frozenset({ChangeKind.ENTITY_GONE, ChangeKind.CONNECTION_GONE})
_STRUCTURAL: Final = _DISORDERING | {ChangeKind.ENTITY, ChangeKind.CONNECTION}


class _Patch(msgspec.Struct, gc=False):
    """A patch, opened no further than its names."""

    fields: Shallow = msgspec.field(name="set", default_factory=dict)
    parameters: Shallow = {}
    removed: list[str] = []


_key = msgspec.json.Decoder(ConnectionKey).decode
_patch = msgspec.json.Decoder(_Patch).decode
_shallow = msgspec.json.Decoder(Shallow).decode


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
                self._step.entity_arrives(entity_id)
        self._entities[slot] = [row]

    def _entity_gone(self, entity_id: str) -> None:
        scene = self._scene
        slot = scene.slot_of[entity_id]
        if slot in self._entities:
            self._flush()
        if self._step is not None:
            self._step.entity_goes(scene, entity_id)
        scene.forget(slot)

    def _connection_gone(self, key: ConnectionKey) -> None:
        if self._step is not None:
            self._step.connection_changes(self._scene, key)
        self._scene.remove_connection(key)

    def _connection_patched(self, key: ConnectionKey, document: bytes) -> None:
        if key not in self._scene.edges.documents:
            raise KeyError(key)
        if self._step is not None:
            self._step.connection_changes(self._scene, key)
        put_connection(self._scene, key, document, self._scene.seq)

    def _link(self) -> None:
        """Let the new edges that wait act."""
        if not self._edges:
            return
        scene, fresh = self._scene, self._edges
        keys = [key for key, _, _ in fresh]
        if len(fresh) < _MANY:
            for key, document, order in fresh:
                put_connection(scene, key, document, order)
        else:
            documents = [document for _, document, _ in fresh]
            scene.edges.put_many(keys, documents, [order for _, _, order in fresh])
            scene.account_many((), documents)
        if self._step is not None:
            self._step.connections_arrive(keys)
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
            self._step.entities_change(scene, slots)
        store(scene, slots, documents, fluxes)
        self._entities.clear()


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
