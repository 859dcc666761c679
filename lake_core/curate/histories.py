"""The flux positions that entities went through, from snapshot to snapshot.

Owns what is remembered of each entity for its coherence (contract, section 7). Memory grows with
the number of distinct entities, not with the number of snapshots.
"""

from __future__ import annotations

from collections import defaultdict, deque

from lake_core.curate.beam import HISTORY_LIMIT, CoherenceMetrics, coherence_metrics
from lake_core.scene.state import Scene


class _Space:
    """One space's histories by entity, and again in the order of the last scene."""

    def __init__(self) -> None:
        self.histories: dict[str, bytearray] = {}
        self.ids: list[str] = []
        self.in_order: list[bytearray] = []
        self.added = 0


class FluxHistories:
    """The flux positions each entity of an epoch went through, oldest first."""

    def __init__(self) -> None:
        self._spaces: defaultdict[str, _Space] = defaultdict(_Space)

    def add(self, scene: Scene) -> None:
        """The next snapshot of a space."""
        space, ids = self._spaces[scene.space_name], list(scene.slot_of)
        if ids != space.ids:  # mostly the same entities, in the same order
            space.ids = ids
            space.in_order = [space.histories.setdefault(each, bytearray()) for each in ids]
        flux = scene.arrays.flux[scene.live_slots()].tolist()
        deque(map(bytearray.append, space.in_order, flux), maxlen=0)
        space.added += 1
        if space.added % HISTORY_LIMIT == 0:
            for history in space.histories.values():
                del history[:-HISTORY_LIMIT]

    def coherence(self, space_name: str, entity_id: str) -> CoherenceMetrics:
        """The coherence of one entity over the epoch."""
        return coherence_metrics(self._spaces[space_name].histories[entity_id])
