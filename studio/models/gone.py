"""Entities that were removed between two moments, as a scene of their own. Pure.

Slots are by rank among those removed, in the order the earlier moment had them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lake_core.scene.arrays import SceneArrays, SceneDelta
from lake_core.scene.diff import Still


def gone_arrays(before: Still, removed: Sequence[Mapping[str, Any]]) -> SceneArrays:
    """What `removed` (documents of entities that `before` has) was; parents only among them."""
    ids = [str(document["id"]) for document in removed]
    arrays = SceneArrays()
    if not ids:
        return arrays
    homes = dict(zip(before.entities, before.parents, strict=True))
    fluxes = dict(zip(before.entities, before.fluxes, strict=True))
    slot_of, depths = {one: slot for slot, one in enumerate(ids)}, _Depths(homes)
    at = [document.get("position", (0.0, 0.0, 0.0)) for document in removed]
    slots = np.arange(len(ids), dtype=np.int32)
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
            parents=np.array([slot_of.get(homes[one] or "", -1) for one in ids], np.int32),
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
