"""The snapshots of one space as plain arrays, oldest first: what the timeline draws.

Pure: numpy and the schema, no Qt. Appending is amortised, so 100,000 snapshots arrive one by one
without copying what is there each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.model import SnapshotSummary

TRIGGERS: Final = ("manual", "threshold", "batch", "schedule")
"""Index into this is what `triggers` holds; a trigger not named here counts as the last."""
MANUAL: Final = TRIGGERS.index("manual")

Float64s = NDArray[np.float64]


class SnapshotTimeline:
    """Times in seconds since 1970 [n], rising; sequence numbers, triggers, entity counts [n]."""

    def __init__(self, summaries: Iterable[SnapshotSummary] = ()) -> None:
        self.summaries: list[SnapshotSummary] = []
        self._index_of: dict[UUID, int] = {}
        self._allocate(64)
        self.replace(summaries)

    def __len__(self) -> int:
        return len(self.summaries)

    @property
    def times(self) -> Float64s:
        """Seconds since 1970, UTC [n]."""
        return self._times[: len(self)]

    @property
    def seqs(self) -> NDArray[np.int64]:
        """Where in the change log each stands [n]."""
        return self._seqs[: len(self)]

    @property
    def triggers(self) -> NDArray[np.uint8]:
        """Index into TRIGGERS [n]."""
        return self._triggers[: len(self)]

    def replace(self, summaries: Iterable[SnapshotSummary]) -> None:
        """Hold these and no others, whatever their order."""
        self.summaries = sorted(summaries, key=_order)
        self._index_of = {summary.id: at for at, summary in enumerate(self.summaries)}
        self._allocate(max(64, len(self.summaries)))
        for at in range(len(self.summaries)):
            self._fill(at)

    def append(self, summary: SnapshotSummary) -> None:
        """Add one, usually the newest; one that is already here is brought up to date."""
        known = self._index_of.get(summary.id)
        if known is not None:
            self.summaries[known] = summary
            self._fill(known)
        elif self.summaries and _order(summary) < _order(self.summaries[-1]):
            self.replace([*self.summaries, summary])
        else:
            self._append_newest(summary)

    def remove(self, snapshot_id: UUID) -> None:
        """Take one away, if it is here."""
        if snapshot_id in self._index_of:
            self.replace(one for one in self.summaries if one.id != snapshot_id)

    def index_of(self, snapshot_id: UUID) -> int | None:
        """Where a snapshot stands, 0 the oldest; None where it is not here."""
        return self._index_of.get(snapshot_id)

    def ids_at(self, indices: Iterable[int]) -> tuple[UUID, ...]:
        """The ids at some places, oldest first."""
        return tuple(self.summaries[at].id for at in sorted(indices))

    def mask_of(self, snapshot_ids: Sequence[UUID]) -> NDArray[np.bool_]:
        """Which are among `snapshot_ids` [n]; ids that are not here are passed over."""
        mask = np.zeros(len(self), np.bool_)
        found = [self._index_of[one] for one in snapshot_ids if one in self._index_of]
        mask[found] = True
        return mask

    def changes_since_previous(self, at: int) -> int:
        """Changes between the snapshot before and this one."""
        before = int(self.seqs[at - 1]) if at else 0
        return int(self.seqs[at]) - before

    def range_between(self, start: float, stop: float) -> tuple[int, int]:
        """(first, past the last) of those with start <= time <= stop."""
        first = int(np.searchsorted(self.times, start, side="left"))
        return first, int(np.searchsorted(self.times, stop, side="right"))

    def _append_newest(self, summary: SnapshotSummary) -> None:
        at = len(self.summaries)
        self.summaries.append(summary)
        self._index_of[summary.id] = at
        if at == len(self._times):
            self._grow()
        self._fill(at)

    def _allocate(self, capacity: int) -> None:
        self._times = np.zeros(capacity)
        self._seqs = np.zeros(capacity, np.int64)
        self._triggers = np.zeros(capacity, np.uint8)

    def _grow(self) -> None:
        self._times, self._seqs, self._triggers = (
            np.concatenate([held, np.zeros_like(held)])
            for held in (self._times, self._seqs, self._triggers)
        )

    def _fill(self, at: int) -> None:
        summary = self.summaries[at]
        known = summary.trigger in TRIGGERS
        self._times[at] = summary.timestamp.timestamp()
        self._seqs[at] = summary.seq
        self._triggers[at] = TRIGGERS.index(summary.trigger) if known else len(TRIGGERS) - 1


def _order(summary: SnapshotSummary) -> tuple[float, int]:
    return summary.timestamp.timestamp(), summary.seq
