"""The figures of a training epoch, gathered snapshot by snapshot.

Owns the definitions of EpochStats and of an epoch's content hash (contract, section 7). Pure: it
is handed scenes one after another and keeps none of them; it must not know where they come from
or where an epoch is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from msgspec import Struct

from lake_core.errors import InvalidInput
from lake_core.scene.arrays import Float64s
from lake_core.scene.flux import SACRED
from lake_core.scene.model import EpochStats, SnapshotSummary, Vector3
from lake_core.scene.state import Scene

GRID: Final = 8
"""Cells along each axis of the grid that `spatial_coverage` counts."""

_SACRED = np.array(sorted(SACRED), np.uint8)


class EpochFigures(Struct, frozen=True, kw_only=True):
    """What an epoch says of its snapshots; the times are those of the first and the last."""

    start_time: datetime
    end_time: datetime
    sample_count: int
    stats: EpochStats
    content_hash: str
    space_names: list[str]


class EpochBuilder:
    """Takes an epoch's snapshots one after another, then says its figures.

    The summaries are needed up front: the grid of `spatial_coverage` spans the bounds of the whole
    epoch, which they know, so that one pass over the scenes is enough. Memory grows with the
    number of distinct entities, not with the number of snapshots.
    """

    def __init__(self, summaries: Sequence[SnapshotSummary]) -> None:
        if not summaries:
            raise InvalidInput("an epoch needs at least one snapshot")
        self._summaries = list(summaries)
        self._low, self._high = epoch_bounds(summaries)
        self._ids: dict[str, set[str]] = {summary.space_name: set() for summary in summaries}
        self._class_types: set[str] = set()
        self._cells = np.zeros(GRID**3, np.bool_)
        self._states: list[tuple[str, int, int]] = []
        self._samples = self._sacred = self._connections = 0

    def add(self, summary: SnapshotSummary, scene: Scene) -> None:
        """Count one snapshot, whose state is `scene`. Nothing of the scene is kept."""
        slots = scene.live_slots()
        arrays = scene.arrays
        chosen = slots.tolist()
        self._ids[summary.space_name].update([arrays.ids[slot] for slot in chosen])
        self._class_types.update({arrays.class_types[slot] for slot in chosen})
        self._samples += len(slots)
        self._sacred += int(np.isin(arrays.flux[slots], _SACRED).sum())
        self._connections += scene.connection_count
        self._cells[grid_cells(arrays.positions[slots], self._low, self._high)] = True
        self._states.append((summary.space_name, summary.seq, scene.state_hash))

    def figures(self) -> EpochFigures:
        """The figures over all snapshots that were added."""
        times = [summary.timestamp for summary in self._summaries]
        return EpochFigures(
            start_time=min(times),
            end_time=max(times),
            sample_count=self._samples,
            stats=self._stats(),
            content_hash=content_hash(self._states),
            space_names=sorted(self._ids),
        )

    def _stats(self) -> EpochStats:
        depths = [summary.metadata.hierarchy_depth for summary in self._summaries]
        return EpochStats(
            total_entities=sum(len(ids) for ids in self._ids.values()),
            total_connections=self._connections,
            unique_types=len(self._class_types),
            avg_hierarchy_depth=sum(depths) / len(depths),
            sacred_frequency=self._sacred / self._samples if self._samples else 0.0,
            spatial_coverage=int(self._cells.sum()) / GRID**3,
        )


def content_hash(states: Sequence[tuple[str, int, int]]) -> str:
    """SHA-256, as hex, over an epoch's states: (space_name, seq, state_hash) of each snapshot.

    What is hashed is a line `<state_hash as 32 hex digits> <space_name>` for each snapshot,
    ordered by space and sequence number: two epochs over equal states have equal hashes, however
    their snapshots were picked, and an epoch's states can be checked long after.
    """
    digest = hashlib.sha256()
    for space_name, _, state_hash in sorted(states):
        digest.update(f"{state_hash:032x} {space_name}\n".encode())
    return digest.hexdigest()


def epoch_bounds(summaries: Sequence[SnapshotSummary]) -> tuple[Vector3, Vector3]:
    """Low and high corner over all snapshots that hold entities; the origin where none does."""
    bounds = [s.metadata.spatial_bounds for s in summaries if s.metadata.entity_count]
    if not bounds:
        return (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    lows, highs = np.array([b[0] for b in bounds]), np.array([b[1] for b in bounds])
    low, high = lows.min(axis=0).tolist(), highs.max(axis=0).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def grid_cells(positions: Float64s, low: Vector3, high: Vector3) -> np.ndarray:
    """The cell of each position [n, 3] in a GRID x GRID x GRID grid over the bounds: int64 [n].

    The upper faces belong to the last cells. An axis without extent has but its first cell.
    """
    corner, extent = np.array(low), np.array(high) - np.array(low)
    flat = extent <= 0.0
    share = (positions - corner) / np.where(flat, 1.0, extent)
    cells = np.clip(share * GRID, 0, GRID - 1).astype(np.int64)
    cells[:, flat] = 0
    flattened: np.ndarray = cells @ np.array([GRID * GRID, GRID, 1], np.int64)
    return flattened
