"""The past of the lake's spaces: any instant, what differs between two, the life of one entity.

Reads on connections of its own and blocks: not for an event loop or a GUI thread. Never writes,
and knows nothing of what is live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, groupby, islice
from uuid import UUID

from lake_core.cursor import SceneCursor
from lake_core.errors import NotFound
from lake_core.garbage import without_collections
from lake_core.scene.diff import SceneDiff, Still, diff_scenes
from lake_core.scene.life import EntityMoment, tell_life
from lake_core.scene.model import SnapshotSummary
from lake_core.scene.state import Scene
from lake_core.store.database import Database
from lake_core.store.history import (
    entity_at_floor,
    entity_rows,
    load_scene,
    moved,
)
from lake_core.store.instants import Instant, find_space_of, locate
from lake_core.store.snapshots import find_snapshots, missing


class History:
    """What can be asked of the past."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def scene_at(self, space_name: str, at: Instant) -> Scene:
        """The state of a space at any instant; raises NotFound."""
        with self._database.reader() as connection:
            space_id, seq = locate(connection, space_name, at)
            return load_scene(connection, space_id, space_name, seq)

    def summaries(self, snapshot_ids: Sequence[UUID]) -> list[SnapshotSummary]:
        """These snapshots by space and time; raises NotFound where one is not there, or Gone."""
        with self._database.reader() as connection:
            found = find_snapshots(connection, snapshot_ids)
            if lacking := set(snapshot_ids) - {summary.id for summary in found}:
                raise missing(connection, lacking)
        return found

    def scenes_along(
        self, summaries: Iterable[SnapshotSummary]
    ) -> Iterator[tuple[SnapshotSummary, Scene]]:
        """The state at each snapshot; one scene is moved along those of a space, in place."""
        for space_name, group in groupby(summaries, key=lambda summary: summary.space_name):
            with self._database.reader() as connection:
                space_id = find_space_of(connection, space_name).space_id
                scene = Scene(space_name)
                for summary in group:
                    scene = moved(connection, space_id, scene, summary.seq)
                    yield summary, scene

    def cursor(self, space_name: str) -> SceneCursor:
        """A place in the past of a space that moves cheaply to neighbouring instants."""
        return SceneCursor(self._database, space_name)

    def diff(self, space_name: str, before: Instant, after: Instant) -> SceneDiff:
        """What turns the state at one instant into that at another; raises NotFound."""
        with self._database.reader() as connection, without_collections():
            space_id, begin = locate(connection, space_name, before)
            _, end = locate(connection, space_name, after)
            scene = load_scene(connection, space_id, space_name, min(begin, end))
            early = Still.of(scene)
            late = Still.of(moved(connection, space_id, scene, max(begin, end)))
            return diff_scenes(early, late) if begin <= end else diff_scenes(late, early)

    def entity_history(
        self, space_name: str, entity_id: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[EntityMoment]:
        """Every change of one entity, oldest first, as it is read; raises NotFound.

        `after` is the sequence number of the last change already had.
        """
        with self._database.reader() as connection:
            space = find_space_of(connection, space_name)
            # Whoever stops half-way leaves the rows' transaction open, but for `closing`.
            with closing(entity_rows(connection, space, entity_id)) as rows:
                before = entity_at_floor(connection, space, entity_id)
                moments = tell_life(rows, before)
                first = next(moments, None)
                if first is None and before is not None:
                    return  # it has not changed since the log begins
                if first is None:
                    raise NotFound(f"no entity {entity_id!r} in space {space_name!r}")
                wanted = (moment for moment in chain([first], moments) if moment.seq > after)
                yield from islice(wanted, limit)
