"""The figures of a scene, kept as it changes, so that a snapshot costs the same at any size.

Flux counts are brought up to date change by change, bounds by the blocks of slots in which
something moved. Knows arrays, not documents.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Int32s, SceneArrays
from lake_core.scene.flux import SACRED
from lake_core.scene.model import SnapshotMetadata, Vector3

_INFINITY: Final = float("inf")
_ORIGIN: Final[Vector3] = (0.0, 0.0, 0.0)


_BLOCK_BITS: Final = 11
_BLOCK: Final = 1 << _BLOCK_BITS
"""Slots whose bounds are measured together."""


class Figures:
    """Counts by flux position, and the bounds of all positions."""

    def __init__(self) -> None:
        self.flux_counts = [0] * 10
        self._low = np.full((0, 3), _INFINITY)  # [blocks, 3]
        self._high = np.full((0, 3), -_INFINITY)
        self._stale_blocks: set[int] = set()

    def moved(self, slot: int) -> None:
        """The entity of this slot came, moved or went."""
        self._stale_blocks.add(slot >> _BLOCK_BITS)

    def stored(self, arrays: SceneArrays, slots: Int32s, fluxes: NDArray[np.int64]) -> None:
        """Entities come to hold these flux positions; before the arrays take them over."""
        before = arrays.flux[slots[arrays.alive[slots]]]
        change = np.bincount(fluxes, minlength=10) - np.bincount(before, minlength=10)
        self.flux_counts = [
            count + more for count, more in zip(self.flux_counts, change.tolist(), strict=True)
        ]
        self._stale_blocks.update(np.unique(slots >> _BLOCK_BITS).tolist())

    def bounds(self, arrays: SceneArrays) -> tuple[Vector3, Vector3]:
        """Low and high corner over live entities, in scene units; the origin where none are."""
        self._measure_stale(arrays)
        x0, y0, z0 = self._low.min(axis=0, initial=_INFINITY).tolist()
        x1, y1, z1 = self._high.max(axis=0, initial=-_INFINITY).tolist()
        return ((x0, y0, z0), (x1, y1, z1)) if x0 <= x1 else (_ORIGIN, _ORIGIN)

    def _measure_stale(self, arrays: SceneArrays) -> None:
        missing = (arrays.capacity + _BLOCK - 1) // _BLOCK - len(self._low)
        if missing > 0:
            self._low = np.concatenate([self._low, np.full((missing, 3), _INFINITY)])
            self._high = np.concatenate([self._high, np.full((missing, 3), -_INFINITY)])
        for block in self._stale_blocks:
            slots = slice(block << _BLOCK_BITS, (block + 1) << _BLOCK_BITS)
            positions = arrays.positions[slots][arrays.alive[slots]]
            self._low[block] = positions.min(axis=0, initial=_INFINITY)
            self._high[block] = positions.max(axis=0, initial=-_INFINITY)
        self._stale_blocks.clear()

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
