"""What differs between two states of a space: by state, not by what happened in between.

Documents are compared as canonical bytes, and only unequal ones are opened. A `Still` is what a
scene held at one moment, by reference, so that the scene may move on before it is compared. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from lake_core.scene.change import Document, same_value
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene

_document = msgspec.json.Decoder(dict).decode


class Values(Struct, omit_defaults=True):
    """A value before and after; left out where there was or is none."""

    before: Any = UNSET
    after: Any = UNSET


class Parents(Struct):
    """An entity's parent before and after; None for a root."""

    before: str | None
    after: str | None


class FluxPositions(Struct):
    """An entity's flux position before and after."""

    before: int
    after: int


class ConnectionChange(Struct):
    """A connection with other contents, its documents before and after."""

    before: Raw
    after: Raw


EntityChange = dict[str, Values | dict[str, Values]]
"""What changed of one entity: by field; under `parameters` by parameter."""


class SceneDiff(Struct, kw_only=True):
    """What differs between two states; documents are canonical JSON.

    `reparented` and `flux_changed` speak of entities that are in both, by id: the parent is the
    one the tree acts on, which may change though no connection of the entity itself did.
    """

    space_name: str
    from_seq: int
    to_seq: int
    added: list[Raw]
    removed: list[Raw]
    changed: dict[str, EntityChange]
    reparented: dict[str, Parents]
    flux_changed: dict[str, FluxPositions]
    connections_added: list[Raw]
    connections_removed: list[Raw]
    connections_changed: list[ConnectionChange]

    @property
    def is_empty(self) -> bool:
        """Whether the two states are the same."""
        told = (getattr(self, name) for name in self.__struct_fields__)
        return not any(value for value in told if isinstance(value, list | dict))


class Still(Struct, frozen=True):
    """What a scene held at one moment, in the order of its entities: nothing in it is copied."""

    space_name: str
    seq: int
    entities: dict[str, bytes]
    fluxes: list[int]
    parents: list[str | None]
    connections: dict[ConnectionKey, bytes]

    @classmethod
    def of(cls, scene: Scene) -> Still:
        """The scene as it is now; it may be moved on afterwards."""
        slots = scene.live_slots()
        ids = [*scene.arrays.ids, None]  # the last one stands for no parent
        return cls(
            space_name=scene.space_name,
            seq=scene.seq,
            entities=dict(zip(scene.slot_of, scene.documents(), strict=True)),
            fluxes=scene.arrays.flux[slots].tolist(),
            parents=[ids[parent] for parent in scene.arrays.parents[slots].tolist()],
            connections=dict(scene.connections),
        )


def diff_scenes(before: Still, after: Still) -> SceneDiff:
    """What turns `before` into `after`."""
    old, new = before.entities, after.entities
    old_edges, new_edges = before.connections, after.connections
    parents, fluxes = _moves(before, after)
    return SceneDiff(
        space_name=after.space_name,
        from_seq=before.seq,
        to_seq=after.seq,
        added=_missing(new, old),
        removed=_missing(old, new),
        changed={
            key: entity_change(_document(a), _document(b)) for key, a, b in _unequal(old, new)
        },
        reparented=parents,
        flux_changed=fluxes,
        connections_added=_missing(new_edges, old_edges),
        connections_removed=_missing(old_edges, new_edges),
        connections_changed=[
            ConnectionChange(Raw(a), Raw(b)) for _, a, b in _unequal(old_edges, new_edges)
        ],
    )


def entity_change(before: Document, after: Document) -> EntityChange:
    """What differs between two documents of an entity, of which either may be empty."""
    change: EntityChange = dict(_differing(before, after))
    parameters = dict(_differing(before.get("parameters", {}), after.get("parameters", {})))
    change.pop("parameters", None)
    if parameters:
        change["parameters"] = parameters
    return change


def _differing(before: Document, after: Document) -> Iterator[tuple[str, Values]]:
    for name in before | after:
        old, new = before.get(name, UNSET), after.get(name, UNSET)
        if isinstance(old, UnsetType) or isinstance(new, UnsetType) or not same_value(old, new):
            yield name, Values(old, new)


def _missing(here: Mapping[Any, bytes], there: Mapping[Any, bytes]) -> list[Raw]:
    if here.keys() == there.keys():
        return []
    return [Raw(document) for key, document in here.items() if key not in there]


def _unequal(
    before: dict[Any, bytes], after: dict[Any, bytes]
) -> Iterator[tuple[Any, bytes, bytes]]:
    find = before.get
    for key, document in after.items():
        earlier = find(key, document)
        if earlier is not document and earlier != document:
            yield key, earlier, document


def _moves(before: Still, after: Still) -> tuple[dict[str, Parents], dict[str, FluxPositions]]:
    """Entities in both whose parent or flux position is another."""
    was = dict(zip(before.entities, zip(before.parents, before.fluxes, strict=True), strict=True))
    parents, fluxes = {}, {}
    now = zip(after.parents, after.fluxes, strict=True)
    for entity_id, place in zip(after.entities, now, strict=True):
        earlier = was.get(entity_id, place)
        if earlier == place:
            continue
        if earlier[0] != place[0]:
            parents[entity_id] = Parents(earlier[0], place[0])
        if earlier[1] != place[1]:
            fluxes[entity_id] = FluxPositions(earlier[1], place[1])
    return parents, fluxes
