"""A scene told to others: one entity with its surroundings, or the whole as a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from lake_core.errors import NotFound
from lake_core.scene.model import EustressSnapshot, SnapshotSummary
from lake_core.scene.state import Scene


@dataclass(frozen=True, slots=True)
class EntityDetail:
    """One entity as it is now, with its place in the tree and its connections."""

    document: dict[str, Any]
    flux_position: int
    flux_rule: str
    depth: int
    parent_id: str | None
    children: list[str]
    connections: list[dict[str, Any]]
    seq: int


class _Parameters(msgspec.Struct):
    """The two fields of an entity that a snapshot repeats apart."""

    id: str
    parameters: msgspec.Raw


_parameters = msgspec.json.Decoder(_Parameters)


def describe_entity(scene: Scene, entity_id: str) -> EntityDetail:
    """One entity of a scene with its surroundings; raises NotFound."""
    slot = scene.slot_of.get(entity_id)
    if slot is None:
        raise NotFound(f"no entity {entity_id!r} in space {scene.space_name!r}")
    scene.settle()
    arrays = scene.arrays
    flux, rule = scene.flux(slot)
    parent = int(arrays.parents[slot])
    children = scene.edges.forest.children_of(slot)
    return EntityDetail(
        document=msgspec.json.decode(arrays.documents[slot]),
        flux_position=flux,
        flux_rule=rule,
        depth=int(arrays.depths[slot]),
        parent_id=arrays.ids[parent] if parent >= 0 else None,
        children=[arrays.ids[child] for child in children],
        connections=[
            msgspec.json.decode(scene.connections[key]) for key in scene.edges.touching(entity_id)
        ],
        seq=scene.seq,
    )


def whole_snapshot(summary: SnapshotSummary, scene: Scene) -> EustressSnapshot:
    """A snapshot as the specification shows it, from its summary and its state."""
    documents = list(scene.documents())
    parameters = (_parameters.decode(document) for document in documents)
    return EustressSnapshot(
        id=summary.id,
        space_name=summary.space_name,
        timestamp=summary.timestamp,
        entities=[msgspec.Raw(document) for document in documents],
        connections=[msgspec.Raw(document) for document in scene.connections.values()],
        hierarchy=scene.hierarchy(),
        parameters={
            entity.id: entity.parameters
            for entity in parameters
            if bytes(entity.parameters) != b"{}"
        },
        metadata=summary.metadata,
        seq=summary.seq,
        trigger=summary.trigger,
        pinned=summary.pinned,
        tags=summary.tags,
        note=summary.note,
        rating=summary.rating,
    )
