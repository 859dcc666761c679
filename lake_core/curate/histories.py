"""The flux positions that entities went through, from snapshot to snapshot.

Owns what is remembered of each entity for its coherence (contract, section 7). Memory grows with
the number of distinct entities, not with the number of snapshots.
"""

from __future__ import annotations

from collections import defaultdict

from lake_core.curate.beam import HISTORY_LIMIT, CoherenceMetrics, coherence_metrics
from lake_core.scene.state import Scene


class FluxHistories:
    """The flux positions each entity of an epoch went through, oldest first."""

    def __init__(self) -> None:
        self._histories: defaultdict[str, dict[str, bytearray]] = defaultdict(dict)

    def add(self, scene: Scene) -> None:
        """The next snapshot of a space."""
        histories = self._histories[scene.space_name]
        flux = scene.arrays.flux[scene.live_slots()].tolist()
        for entity_id, position in zip(scene.slot_of, flux, strict=True):
            history = histories.get(entity_id)
            if history is None:
                histories[entity_id] = bytearray((position,))
            else:
                history.append(position)
                if len(history) > 2 * HISTORY_LIMIT:
                    del history[:-HISTORY_LIMIT]

    def coherence(self, space_name: str, entity_id: str) -> CoherenceMetrics:
        """The coherence of one entity over the epoch."""
        return coherence_metrics(self._histories[space_name][entity_id])
