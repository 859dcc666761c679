"""Many updates of entities at once: as one after another, in a fraction of the time.

What each update makes of its entity is worked out one by one; flux positions, the arrays and the
state hash then follow for all of them together. Pure, as the scene is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Float64s, Int32s
from lake_core.scene.change import Change, ChangeKind
from lake_core.scene.flux import RULE_POSITION, flux_of, flux_of_positions, may_decide
from lake_core.scene.model import EntityUpdate
from lake_core.scene.revision import Revision, first_sight, revise
from lake_core.scene.state import Scene

_FEW: Final = 16
"""Below this, one by one is as fast."""


def update_entities(scene: Scene, updates: Sequence[EntityUpdate]) -> int:
    """As `Scene.update_entity` with each of `updates` in turn; how many changed anything."""
    if len(updates) < _FEW:
        return sum(map(scene.update_entity, updates))
    changed = 0
    run = _Run(scene)
    for update in updates:
        if not run.add(update):  # an entity that the run holds already
            changed += run.store()
            run = _Run(scene)
            run.add(update)
    return changed + run.store()


class _Run:
    """Revisions of different entities on their way into a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen: set[str] = set()
        self._ids: list[str] = []
        self._slots: list[int] = []  # -1 where it is new
        self._revisions: list[Revision] = []

    def add(self, update: EntityUpdate) -> bool:
        """Take one update in; false, and nothing done, where its entity is here already."""
        if type(update.id) is int:
            update.id = str(update.id)
        entity_id: str = update.id  # type: ignore[assignment]
        if entity_id in self._seen:
            return False
        self._seen.add(entity_id)
        scene = self._scene
        slot = scene.slot_of.get(entity_id, -1)
        if slot < 0:
            revision: Revision | None = first_sight(update)
        else:
            plain = scene.plain[slot]
            if plain is None:
                plain = scene.is_plain(slot)
            revision = revise(scene.arrays.documents[slot], plain, update)
        if revision is not None:
            self._ids.append(entity_id)
            self._slots.append(slot)
            self._revisions.append(revision)
        return True

    def store(self) -> int:
        """Log and store what the run holds; how many changes it made."""
        count = len(self._ids)
        if not count:
            return 0
        scene = self._scene
        slots = np.array(self._slots, np.int32)
        fresh = np.flatnonzero(slots < 0)
        moved, positions = self._positions()
        fluxes = self._fluxes(slots, moved, positions)
        scene.log_many(
            map(
                Change,
                np.where(slots < 0, ChangeKind.ENTITY, ChangeKind.ENTITY_PATCH).tolist(),
                self._ids,
                fluxes.tolist(),
                [revision.patch for revision in self._revisions],
            )
        )
        arrived = [self._ids[index] for index in fresh.tolist()]
        if arrived:
            slots[fresh] = scene.new_slots(arrived, fresh + (scene.seq - count + 1))
        self._show(slots.tolist())
        scene.arrays.positions[slots[moved]] = positions
        scene.store_many(slots, [revision.document for revision in self._revisions], fluxes)
        for key in scene.edges.entities_arrived(arrived):
            scene.warn_of_loop(key)
        return count

    def _positions(self) -> tuple[NDArray[np.intp], Float64s]:
        """Which revisions have a position, and those positions; [k], [k, 3]."""
        moved = [i for i, revision in enumerate(self._revisions) if revision.position is not None]
        positions = [self._revisions[i].position for i in moved]
        return np.array(moved, np.intp), np.array(positions, np.float64).reshape(-1, 3)

    def _fluxes(
        self, slots: Int32s, moved: NDArray[np.intp], positions: Float64s
    ) -> NDArray[np.int64]:
        """Flux position plus ten times its rule, of each revision."""
        scene = self._scene
        fluxes = scene.arrays.flux[slots] + 10 * scene.flux_rules[slots].astype(np.int64)
        by_position = flux_of_positions(positions) + 10 * RULE_POSITION
        heads = [revision.head for revision in self._revisions]
        has_head = np.array([head is not None for head in heads])
        free = has_head[moved] | (fluxes[moved] // 10 == RULE_POSITION)
        fluxes[moved[free]] = by_position[free]
        for index, head in enumerate(heads):
            if head is not None and may_decide(head.parameters):
                position = self._revisions[index].position
                assert position is not None  # comes with every head
                flux, rule = flux_of(position, head.parameters)
                fluxes[index] = flux + 10 * rule
        return fluxes

    def _show(self, slots: Sequence[int]) -> None:
        """Let the arrays show names and classes, where they may have changed."""
        arrays, plain = self._scene.arrays, self._scene.plain
        for slot, revision in zip(slots, self._revisions, strict=True):
            plain[slot] = revision.plain
            if (head := revision.head) is not None:
                arrays.names[slot] = head.name
                arrays.class_types[slot] = head.class_type
