"""The past as everyone asks for it: snapshots with and without their scenes, instants, lives.

The part of the Lake that only reads what is stored. It blocks, on connections of its own, so it
must not be asked on an event loop or a GUI thread. Knows nothing of what is live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from lake_core.cursor import SceneCursor
from lake_core.history import History
from lake_core.scene.describe import whole_snapshot
from lake_core.scene.diff import SceneDiff
from lake_core.scene.life import EntityMoment
from lake_core.scene.model import EustressSnapshot, SnapshotSummary
from lake_core.scene.state import Scene
from lake_core.store import snapshots
from lake_core.store.database import Database
from lake_core.store.instants import Instant, find_space_of
from lake_core.verify import Progress, SpaceCheck, verify_space


class Recalling:
    """What can be asked of what is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = History(database)

    def snapshots(
        self,
        space_name: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> list[SnapshotSummary]:
        """Snapshots of a space, oldest first; raises NotFound for an unknown space."""
        with self._database.reader() as connection:
            find_space_of(connection, space_name)
            return snapshots.list_snapshots(
                connection, space_name, start=start, end=end, limit=limit, after=after
            )

    def snapshot(self, snapshot_id: UUID) -> SnapshotSummary:
        """One snapshot; raises NotFound."""
        return self._history.summaries([snapshot_id])[0]

    def full_snapshots(
        self,
        space_name: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[EustressSnapshot]:
        """Snapshots with their scenes, oldest first, one in memory at a time."""
        chosen = self.snapshots(space_name, start=start, end=end, limit=limit, after=after)
        for summary, scene in self._history.scenes_along(chosen):
            yield whole_snapshot(summary, scene)

    def full_snapshot(self, snapshot_id: UUID) -> EustressSnapshot:
        """One snapshot with its scene; raises NotFound."""
        (snapshot,) = (whole_snapshot(*pair) for pair in self.scenes_at([snapshot_id]))
        return snapshot

    def scenes_at(self, snapshot_ids: Sequence[UUID]) -> Iterator[tuple[SnapshotSummary, Scene]]:
        """The state at each snapshot, oldest first within a space; raises NotFound.

        The Scene is moved forward in place between yields: copy what you keep.
        """
        return self._history.scenes_along(self._history.summaries(snapshot_ids))

    def scenes_along(
        self, summaries: Iterable[SnapshotSummary]
    ) -> Iterator[tuple[SnapshotSummary, Scene]]:
        """As `scenes_at`, for snapshots that may be asked for as they come; one space together.

        The next is not asked for before the last was handed out; a connection is held meanwhile.
        """
        return self._history.scenes_along(summaries)

    def scene_at(self, space_name: str, at: Instant) -> Scene:
        """The state of a space at any instant; raises NotFound."""
        return self._history.scene_at(space_name, at)

    def newest(self, space_name: str) -> int:
        """The newest sequence number of a space's log; raises NotFound."""
        with self._database.reader() as connection:
            return find_space_of(connection, space_name).head_seq

    def cursor(self, space_name: str) -> SceneCursor:
        """A reader for one thread that moves cheaply between neighbouring instants."""
        return self._history.cursor(space_name)

    def diff(self, space_name: str, before: Instant, after: Instant) -> SceneDiff:
        """What turns the state at one instant into that at another; raises NotFound."""
        return self._history.diff(space_name, before, after)

    def entity_history(
        self, space_name: str, entity_id: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[EntityMoment]:
        """Every change of one entity, oldest first, after a sequence number; raises NotFound."""
        return self._history.entity_history(space_name, entity_id, after=after, limit=limit)

    def verify(self, space_name: str, progress: Progress = lambda done, total: None) -> SpaceCheck:
        """Check a space's snapshots and keyframes against its log; raises NotFound."""
        return verify_space(self._database, space_name, progress)
