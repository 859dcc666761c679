"""Epochs made of epochs: merged, extended, narrowed, compared.

Pure: it says which snapshots a derived epoch holds, and in what two epochs differ. Freezing it,
with the ids of those it came from, is the lake's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from lake_core.errors import InvalidInput
from lake_core.scene.model import TrainingEpoch


class EpochComparison(Struct, kw_only=True):
    """Two epochs side by side; `figures` has the name of each that differs: (first, second)."""

    first: UUID
    second: UUID
    same_content: bool
    in_both: list[UUID]
    only_in_first: list[UUID]
    only_in_second: list[UUID]
    figures: dict[str, tuple[float, float]]


def merged(epochs: Iterable[TrainingEpoch]) -> list[UUID]:
    """The snapshots of several epochs, each once: what the specification calls consolidation."""
    chosen = list(dict.fromkeys(held for epoch in epochs for held in epoch.snapshot_ids))
    if not chosen:
        raise InvalidInput("name at least one epoch to merge")
    return chosen


def extended(epoch: TrainingEpoch, snapshot_ids: Sequence[UUID]) -> list[UUID]:
    """An epoch's snapshots and these, each once; raises InvalidInput where it holds them all."""
    chosen = list(dict.fromkeys([*epoch.snapshot_ids, *snapshot_ids]))
    if len(chosen) == len(epoch.snapshot_ids):
        raise InvalidInput(f"epoch {epoch.name or epoch.id} holds all of these snapshots already")
    return chosen


def subset(epoch: TrainingEpoch, snapshot_ids: Sequence[UUID]) -> list[UUID]:
    """Some of an epoch's snapshots, in its order; raises InvalidInput for one it does not hold."""
    if strange := set(snapshot_ids) - set(epoch.snapshot_ids):
        raise InvalidInput(f"snapshot {min(strange)} is not of epoch {epoch.name or epoch.id}")
    wanted = set(snapshot_ids)
    return [held for held in epoch.snapshot_ids if held in wanted]


def compare(first: TrainingEpoch, second: TrainingEpoch) -> EpochComparison:
    """In what two epochs differ. Equal content is equal states, whichever snapshots hold them."""
    ours, theirs = set(first.snapshot_ids), set(second.snapshot_ids)
    before, after = _figures(first), _figures(second)
    return EpochComparison(
        first=first.id,
        second=second.id,
        same_content=first.content_hash == second.content_hash,
        in_both=[held for held in first.snapshot_ids if held in theirs],
        only_in_first=[held for held in first.snapshot_ids if held not in theirs],
        only_in_second=[held for held in second.snapshot_ids if held not in ours],
        figures={
            name: (before[name], after[name]) for name in before if before[name] != after[name]
        },
    )


def _figures(epoch: TrainingEpoch) -> dict[str, float]:
    counts = {"snapshots": len(epoch.snapshot_ids), "sample_count": epoch.sample_count}
    return counts | msgspec.structs.asdict(epoch.stats)
