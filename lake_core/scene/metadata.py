"""The figures of a scene, kept as it changes, so that a snapshot costs the same at any size.

Bounds and flux counts are brought up to date change by change; only when an entity leaves the
very edge of the bounds are they measured anew. Knows arrays, not documents.
"""

from __future__ import annotations

from collections.abc import Sequence

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.flux import SACRED
from lake_core.scene.model import SnapshotMetadata, Vector3

_INFINITY = float("inf")


class Figures:
    """Counts by flux position and the bounds of all positions."""

    def __init__(self) -> None:
        self.flux_counts = [0] * 10
        self._low = [_INFINITY] * 3
        self._high = [-_INFINITY] * 3
        self._bounds_stale = False

    def include(self, position: Sequence[float]) -> None:
        """An entity is now at `position`."""
        low, high = self._low, self._high
        for axis in (0, 1, 2):
            at = position[axis]
            if at < low[axis]:
                low[axis] = at
            if at > high[axis]:
                high[axis] = at

    def exclude(self, position: Sequence[float]) -> None:
        """An entity is no longer at `position`."""
        x, y, z = position
        low, high = self._low, self._high
        if (
            x == low[0]
            or y == low[1]
            or z == low[2]
            or x == high[0]
            or y == high[1]
            or z == high[2]
        ):
            self._bounds_stale = True

    def bounds(self, arrays: SceneArrays) -> tuple[Vector3, Vector3]:
        """Low and high corner over live entities, in scene units; the origin where none are."""
        if self._bounds_stale:
            self.measure_bounds(arrays)
        if self._low[0] > self._high[0]:
            return (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
        low, high = self._low, self._high
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def measure_bounds(self, arrays: SceneArrays) -> None:
        """Bounds from the arrays themselves."""
        self._bounds_stale = False
        live = arrays.positions[arrays.alive]
        self._low = live.min(axis=0, initial=_INFINITY).tolist()
        self._high = live.max(axis=0, initial=-_INFINITY).tolist()

    def sacred_count(self) -> int:
        """How many entities hold a sacred position."""
        return sum(self.flux_counts[flux] for flux in SACRED)

    def average_flux(self) -> float:
        """Mean flux position, 0 where there are no entities."""
        total = sum(self.flux_counts)
        weighted = sum(flux * count for flux, count in enumerate(self.flux_counts))
        return weighted / total if total else 0.0


def make_metadata(
    figures: Figures,
    arrays: SceneArrays,
    *,
    connection_count: int,
    has_hierarchy: bool,
    hierarchy_depth: int,
    state_hash: int,
) -> SnapshotMetadata:
    """SnapshotMetadata per contract section 7; a quarter of quality for each thing present."""
    entity_count = sum(figures.flux_counts)
    sacred = figures.sacred_count()
    present = (entity_count > 0, connection_count > 0, has_hierarchy, sacred > 0)
    return SnapshotMetadata(
        entity_count=entity_count,
        connection_count=connection_count,
        hierarchy_depth=hierarchy_depth,
        sacred_entity_count=sacred,
        avg_flux_position=figures.average_flux(),
        spatial_bounds=figures.bounds(arrays),
        quality_score=0.25 * sum(present),
        state_hash=f"{state_hash:032x}",
    )
