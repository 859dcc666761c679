"""Entities that were removed between two moments: as a scene of their own, and one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from lake_core.scene.arrays import Int32s, SceneArrays, SceneDelta
from lake_core.scene.describe import EntityDetail
from lake_core.scene.diff import SceneDiff, Still
from lake_core.scene.flux import flux_position
from studio.models.plain_values import name_words


class _Ends(msgspec.Struct):
    """Where a connection begins and ends."""

    source_id: str
    target_id: str


_edge = msgspec.json.Decoder(_Ends)
_decoded = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Gone:
    """All that were removed. Slots are by rank, in the order the earlier moment had them.

    `homes` are what they were in, each once, and `home_of` [capacity] the index into these, -1 of
    a root; `edges` are the connections that went with some, as documents by entity.
    """

    arrays: SceneArrays = field(default_factory=SceneArrays)
    slot_of: dict[str, int] = field(default_factory=dict)
    homes: list[str] = field(default_factory=list)
    home_of: Int32s = field(default_factory=lambda: np.full(64, -1, np.int32))
    edges: dict[str, list[bytes]] = field(default_factory=dict)
    seq: int = 0
    """Of the earlier moment."""

    def children_of(self, entity_id: str) -> list[str]:
        """Those that were removed from under one that was removed."""
        slot = self.slot_of.get(entity_id)
        under = [] if slot is None else np.flatnonzero(self.arrays.parents == slot).tolist()
        return [self.arrays.ids[one] for one in under]

    def home(self, entity_id: str) -> str | None:
        """What one was in; None of a root, and of what was not removed."""
        index = self.home_of[self.slot_of[entity_id]] if entity_id in self.slot_of else -1
        return self.homes[index] if index >= 0 else None

    def name_of(self, entity_id: str) -> str:
        """What one was called."""
        return name_words(self.arrays.names[self.slot_of[entity_id]], entity_id)

    def document_of(self, entity_id: str) -> bytes:
        """Its canonical JSON; b"" where it was not removed."""
        slot = self.slot_of.get(entity_id)
        return b"" if slot is None else self.arrays.documents[slot]

    def entity(self, entity_id: str) -> EntityDetail | None:
        """One as it was, with those children that went as well; None where it was not removed."""
        slot = self.slot_of.get(entity_id)
        if slot is None:
            return None
        document = _decoded(self.arrays.documents[slot])
        place = self.arrays.positions[slot].tolist()
        flux, rule = flux_position(place, document.get("parameters", {}))
        return EntityDetail(
            document,
            flux,
            rule,
            int(self.arrays.depths[slot]),
            self.home(entity_id),
            self.children_of(entity_id),
            [_decoded(edge) for edge in self.edges.get(entity_id, [])],
            self.seq,
        )


def gone_between(before: Still, diff: SceneDiff) -> Gone:
    """What `diff` found to be gone of what `before` had."""
    removed = [_decoded(document) for document in diff.removed]
    if not removed:
        return Gone()
    ids = [str(document["id"]) for document in removed]
    slot_of = {one: slot for slot, one in enumerate(ids)}
    parents = dict(zip(before.entities, before.parents, strict=True))
    edges: dict[str, list[bytes]] = {}
    for document in diff.connections_removed:
        edge = _edge.decode(document)
        for end in {edge.source_id, edge.target_id} & slot_of.keys():
            edges.setdefault(end, []).append(bytes(document))
    arrays = _arrays(before, ids, slot_of, removed, parents)
    known: dict[str, int] = {}
    home_of = np.full(arrays.capacity, -1, np.int32)
    for slot, one in enumerate(ids):
        if (home := parents[one]) is not None:
            home_of[slot] = known.setdefault(home, len(known))
    return Gone(arrays, slot_of, list(known), home_of, edges, before.seq)


def _arrays(
    before: Still,
    ids: list[str],
    slot_of: Mapping[str, int],
    removed: Sequence[Mapping[str, Any]],
    parents: Mapping[str, str | None],
) -> SceneArrays:
    fluxes = dict(zip(before.entities, before.fluxes, strict=True))
    at = [document.get("position", (0.0, 0.0, 0.0)) for document in removed]
    slots, depths, arrays = np.arange(len(ids), dtype=np.int32), _Depths(parents), SceneArrays()
    arrays.apply(
        SceneDelta(
            space_name=before.space_name,
            seq=before.seq,
            whole=True,
            capacity=len(ids),
            slots=slots,
            alive=np.ones(len(ids), np.bool_),
            ids=ids,
            names=[str(document.get("name", "")) for document in removed],
            class_types=[str(document.get("class_type", "")) for document in removed],
            documents=[before.entities[one] for one in ids],
            positions=np.array(at, np.float64).reshape(-1, 3),
            flux=np.array([fluxes[one] for one in ids], np.uint8),
            parents=np.array([slot_of.get(parents[one] or "", -1) for one in ids], np.int32),
            depths=np.array([depths.of(one) for one in ids], np.int32),
            orders=slots.astype(np.int64),
        )
    )
    return arrays


class _Depths:
    """How deep entities were, each way up walked once."""

    def __init__(self, homes: Mapping[str, str | None]) -> None:
        self._homes = homes
        self._known: dict[str, int] = {}

    def of(self, entity_id: str) -> int:
        """0 for a root."""
        way, at = [], entity_id
        while at not in self._known and (above := self._homes.get(at)) is not None:
            way.append(at)
            at = above
        depth = self._known.setdefault(at, 0)
        for one in reversed(way):
            depth += 1
            self._known[one] = depth
        return depth
