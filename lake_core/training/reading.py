"""Samples straight from the lake: an epoch's, or those of a stretch of time.

Owns the two readings that takes: flux histories first, for the coherence of a sample is that over
all its snapshots, then the samples. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SampleOptions
from lake_core.curate.samples import SampleReader
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotSummary
from lake_core.training.sample import TrainingSample, sample_of
from lake_core.training.share import WHOLE, Dealer, Share

_ALL: Final = SampleOptions()
_SACRED: Final = SampleOptions(sacred_only=True)


class LakeEpoch:
    """An epoch as a source of samples, read from the lake each time anew; memory stays flat.

    Args:
        lake: The lake; or a function that opens it, where other processes are to read too: a
            lake that is open cannot be taken along. What the function opens is closed again.
        epoch_id: Which epoch.
        options: Which of its samples, and how they are weighed.
    """

    def __init__(
        self, lake: Lake | Callable[[], Lake], epoch_id: UUID, options: SampleOptions = _ALL
    ) -> None:
        self._lake, self._epoch_id, self._options = lake, epoch_id, options
        self._histories: FluxHistories | None = None

    def samples(self, share: Share = WHOLE, skip: int = 0) -> Iterator[TrainingSample]:
        """The samples of a share, snapshot by snapshot, but for its first `skip`.

        Raises NotFound where there is no such epoch.
        """
        with self._opened() as lake:
            snapshot_ids = lake.epoch(self._epoch_id).snapshot_ids
            if self._histories is None:
                self._histories = _histories(lake, snapshot_ids)
            reader = SampleReader(self._options, self._histories, links=False)
            yield from _read(lake, snapshot_ids, reader, Dealer(share, skip))

    @contextmanager
    def _opened(self) -> Iterator[Lake]:
        if isinstance(self._lake, Lake):
            yield self._lake
            return
        lake = self._lake()
        try:
            yield lake
        finally:
            lake.close()


def snapshots_in_range(
    lake: Lake, space_name: str, start: datetime, end: datetime
) -> list[SnapshotSummary]:
    """Snapshots of a space from `start` to `end`, oldest first; raises NotFound."""
    return lake.snapshots(space_name, start=start, end=end)


def samples_in_range(
    lake: Lake,
    space_name: str,
    start: datetime,
    end: datetime,
    options: SampleOptions = _ALL,
) -> Iterator[TrainingSample]:
    """The samples of a space's snapshots from `start` to `end`; raises NotFound."""
    snapshot_ids = [found.id for found in snapshots_in_range(lake, space_name, start, end)]
    reader = SampleReader(options, _histories(lake, snapshot_ids), links=False)
    yield from _read(lake, snapshot_ids, reader, Dealer(WHOLE))


def sacred_entities(
    lake: Lake, space_name: str, start: datetime, end: datetime
) -> Iterator[TrainingSample]:
    """Entities at flux positions 3, 6 and 9, at each snapshot from `start` to `end`."""
    return samples_in_range(lake, space_name, start, end, _SACRED)


def _histories(lake: Lake, snapshot_ids: Sequence[UUID]) -> FluxHistories:
    histories = FluxHistories()
    for _, scene in lake.scenes_at(snapshot_ids):
        histories.add(scene)
    return histories


def _read(
    lake: Lake, snapshot_ids: Sequence[UUID], reader: SampleReader, dealer: Dealer
) -> Iterator[TrainingSample]:
    for summary, scene in lake.scenes_at(snapshot_ids):
        found = reader.read(summary, scene)
        for wanted in dealer.deal(len(found.subjects)):
            for subject in found.subjects[wanted]:
                yield sample_of(subject, found.seen)
