"""Training beside the engine: the samples of each snapshot as soon as it is there.

Owns the waiting. Snapshots of this process are told at once, those that another process takes are
found by looking now and then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SampleOptions
from lake_core.curate.samples import SampleReader
from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.live import Notice, SnapshotCreated
from lake_core.scene.model import SnapshotSummary
from lake_core.training.sample import TrainingSample, sample_of

LOOK_SECONDS: Final = 0.5

_CHANGED: Final = SampleOptions(dedupe=True)


def follow(
    lake: Lake,
    space_name: str,
    options: SampleOptions = _CHANGED,
    *,
    after: UUID | None = None,
    stop: threading.Event | None = None,
) -> Iterator[TrainingSample]:
    """Samples of a space's snapshots, those there are and those to come, oldest first.

    Waits for as long as there is no new one, and for the space itself where it is not there yet.
    A sample's coherence is that of its entity up to then. While it runs it holds one connection.

    Args:
        lake: The lake.
        space_name: The space to follow.
        options: Which samples; unless told otherwise, those that differ from the entity's last.
        after: Begin with what comes after this snapshot; raises NotFound where it is not there.
        stop: Ends the stream when it is set.
    """
    since = lake.snapshot(after).timestamp if after is not None else None
    histories = FluxHistories()
    reader = SampleReader(options, histories, links=False)
    for summary, scene in lake.scenes_along(_arrivals(lake, space_name, since, stop)):
        histories.add(scene)
        if not options.dedupe:  # an entity that stays as it was has another history all the same
            reader = SampleReader(options, histories, links=False)
        found = reader.read(summary, scene)
        for subject in found.subjects:
            yield sample_of(subject, found.seen)


def _arrivals(
    lake: Lake, space_name: str, since: datetime | None, stop: threading.Event | None
) -> Iterator[SnapshotSummary]:
    """Snapshots as they come. Their times only rise, so the last one's tells what is new."""
    with _told(lake, space_name) as news:
        while stop is None or not stop.is_set():
            news.clear()
            arrived = _snapshots(lake, space_name, since)
            for summary in arrived:
                yield summary
                since = summary.timestamp
                if stop is not None and stop.is_set():
                    return
            if not arrived:
                news.wait(LOOK_SECONDS)


def _snapshots(lake: Lake, space_name: str, since: datetime | None) -> list[SnapshotSummary]:
    try:
        found = lake.snapshots(space_name, start=since)
    except NotFound:
        return []
    return [summary for summary in found if since is None or summary.timestamp > since]


@contextmanager
def _told(lake: Lake, space_name: str) -> Iterator[threading.Event]:
    """An event that is set when this process takes a snapshot of the space."""
    news = threading.Event()

    def listen(notice: Notice) -> None:
        if isinstance(notice, SnapshotCreated) and notice.summary.space_name == space_name:
            news.set()

    end = lake.add_listener(listen)
    try:
        yield news
    finally:
        end()
