"""Following a space that another process writes: by reading what it has committed.

The lake thread holds only the scenes of spaces it writes itself. Whoever watches another's is
served here, by a thread that moves a scene of its own along the log. Never writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final
from uuid import UUID

from lake_core.errors import NotFound
from lake_core.garbage import without_collections
from lake_core.live import Notice, SnapshotCreated
from lake_core.scene.arrays import SceneDelta
from lake_core.scene.describe import EntityDetail, describe_entity
from lake_core.scene.state import Scene
from lake_core.store.database import Connection, Database
from lake_core.store.history import load_scene, moved
from lake_core.store.instants import find_space_of
from lake_core.store.snapshots import list_snapshots, newest_snapshot

_SNAPSHOTS_S: Final = 1.0


def taken(slots: set[int], most: int | None) -> set[int]:
    """Out of a set, so many of it, or all; they are in it no more."""
    if most is None or len(slots) <= most:
        every = slots.copy()
        slots.clear()
        return every
    some = set(islice(slots, most))
    slots -= some
    return some


class Follower:
    """One viewer's scene of a space that is written elsewhere; belongs to the followers' thread."""

    def __init__(
        self, database: Database, space_name: str, publish: Callable[[Notice], None]
    ) -> None:
        self.space_name = space_name
        self._database = database
        self._publish = publish
        self._scene: Scene | None = None
        self._shown: Scene | None = None  # of which the viewer has had the whole
        self._newest: UUID | None = None  # snapshot
        self._has_looked = False
        self._look_from = 0.0  # monotonic

    def collect(self, most: int | None = None) -> SceneDelta | None:
        """What changed since the last time; the whole scene at first. Raises NotFound.

        Of more than `most` entities that changed, so many; the others come the next times.
        """
        with self._database.reader() as connection:
            scene = self._scene = self._moved(connection)
            self._tell_snapshots(connection)
        scene.settle()  # whose place in the tree changed is touched as well
        if scene is not self._shown:
            self._shown = scene
            scene.touched.clear()
            return scene.delta()
        return scene.delta(taken(scene.touched, most)) if scene.touched else None

    def detail(self, entity_id: str) -> EntityDetail:
        """One entity as it is now; raises NotFound."""
        with self._database.reader() as connection:
            self._scene = self._moved(connection)
        return describe_entity(self._scene, entity_id)

    def _moved(self, connection: Connection) -> Scene:
        space = find_space_of(connection, self.space_name)
        if self._scene is not None and self._scene.seq == space.head_seq:
            return self._scene
        if self._scene is None or self._scene.seq < space.floor_seq:
            with without_collections():
                return load_scene(connection, space.space_id, self.space_name, space.head_seq)
        return moved(connection, space.space_id, self._scene, space.head_seq)

    def _tell_snapshots(self, connection: Connection) -> None:
        """Tell of snapshots that the other process has taken, once a second."""
        now = time.monotonic()
        if now < self._look_from:
            return
        self._look_from = now + _SNAPSHOTS_S
        if not self._has_looked:
            self._newest, self._has_looked = newest_snapshot(connection, self.space_name), True
            return
        try:
            fresh = list_snapshots(connection, self.space_name, after=self._newest)
        except NotFound:  # the one last told of is purged
            self._has_looked = False
            return
        for summary in fresh:
            self._publish(SnapshotCreated(summary))
            self._newest = summary.id


class Followers:
    """The followers of one lake, and their one thread."""

    def __init__(self, database: Database, publish: Callable[[Notice], None]) -> None:
        self._database = database
        self._publish = publish
        self._latest: dict[str, Follower] = {}
        self._thread = ThreadPoolExecutor(1, "lake-followers")

    def follows(self, space_name: str) -> bool:
        """Whether someone watches a space that is written elsewhere."""
        return space_name in self._latest

    def follow(self, space_name: str) -> Follower:
        """A new one."""
        follower = Follower(self._database, space_name, self._publish)
        self._latest[space_name] = follower
        return follower

    def collect(self, follower: Follower, most: int | None = None) -> Future[SceneDelta | None]:
        """What a follower has not seen yet, as `Follower.collect`; the future raises LakeError."""
        return self._thread.submit(follower.collect, most)

    def detail(self, space_name: str, entity_id: str) -> Future[EntityDetail]:
        """One entity of a space that is written elsewhere; the future raises NotFound."""
        follower = self._latest.get(space_name) or self.follow(space_name)
        return self._thread.submit(follower.detail, entity_id)

    def leave(self, follower: Follower) -> None:
        """A viewer wants no more."""
        if self._latest.get(follower.space_name) is follower:
            del self._latest[follower.space_name]

    def close(self) -> None:
        """Follow no more."""
        self._thread.shutdown(cancel_futures=True)
