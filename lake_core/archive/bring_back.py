"""Restoring: an archived stretch comes back below the history of its space, all or nothing.

Every row is compared on its way in, as when the archive was written. Blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import Struct

from lake_core.archive.files import (
    ArchiveManifest,
    read_changes,
    read_keyframe,
    read_manifest,
    read_snapshots,
)
from lake_core.archive.place import Place
from lake_core.archive.put_away import Progress, Watch
from lake_core.archive.replay import Replay
from lake_core.errors import Conflict
from lake_core.scene.change import ChangeKind
from lake_core.store import archive, unarchive
from lake_core.store.archive import KeyframePart, LogRow
from lake_core.store.database import Connection, Database
from lake_core.store.history import ENTITY_PART, find_space, load_keyframe
from lake_core.store.keyframes import is_due, take, write
from lake_core.store.rows import ROW_WEIGHT


class RestoredStretch(Struct, frozen=True, kw_only=True):
    """What came back: changes after `from_seq` up to `to_seq`, and snapshots.

    Those that had been deleted or let go came as well; they are not among `snapshot_ids`.
    """

    space_name: str
    from_seq: int
    to_seq: int
    changes: int
    snapshot_ids: list[UUID]


def bring_back(
    database: Database, where: str, progress: Progress, cancelled: Callable[[], bool]
) -> RestoredStretch:
    """Bring an archived stretch back as it was; what is at `where` stays there.

    Raises InvalidInput where there is no archive, Conflict where it does not fit exactly below
    what the lake has of the space, Cancelled, LakeError for an archive that is damaged.
    """
    place = Place.at(where)
    manifest = read_manifest(place)
    watch = Watch(manifest.changes, progress, cancelled)
    with database.reader() as connection:
        space = find_space(connection, manifest.space_name)
        if space is None:
            with connection.transaction():
                filling = _found(connection, place, manifest, watch)
        else:
            name = manifest.space_name
            with archive.alone(connection, space.space_id, name), connection.transaction():
                unarchive.lock(connection, space.space_id)
                _refuse_misfit(connection, manifest)
                filling = _fill(connection, space.space_id, place, manifest, watch)
    return RestoredStretch(
        space_name=manifest.space_name,
        from_seq=manifest.from_seq,
        to_seq=manifest.to_seq,
        changes=manifest.changes,
        snapshot_ids=filling.visible,
    )


def _found(
    connection: Connection, place: Place, manifest: ArchiveManifest, watch: Watch
) -> _Filling:
    """Restore into a lake that has no such space."""
    space_id = unarchive.found_space(connection, manifest.space_name)
    filling = _fill(connection, space_id, place, manifest, watch)
    scene = filling.replay.scene
    unarchive.furnish_space(
        connection,
        space_id,
        head_seq=manifest.to_seq,
        head_at=manifest.to_at,
        entity_count=scene.entity_count,
        connection_count=scene.connection_count,
        entities_seen=filling.seen,
    )
    return filling


def _refuse_misfit(connection: Connection, manifest: ArchiveManifest) -> None:
    name, end = manifest.space_name, manifest.to_seq
    space = find_space(connection, name)
    assert space is not None  # spaces never go
    if space.floor_seq < end:
        raise Conflict(
            f"the history of space {name!r} begins at {space.floor_seq}: what this archive holds, "
            f"{manifest.from_seq} to {end}, is here already"
        )
    if space.floor_seq > end:
        raise Conflict(
            f"the history of space {name!r} begins at {space.floor_seq} and this archive ends at "
            f"{end}: restore what lies between them first"
        )
    here = load_keyframe(connection, space.space_id, name, end)
    if f"{here.state_hash:032x}" != manifest.to_state_hash:
        raise Conflict(
            f"this archive is of another history than that of space {name!r}: their states at "
            f"{end} are not the same"
        )


def _fill(
    connection: Connection, space_id: int, place: Place, manifest: ArchiveManifest, watch: Watch
) -> _Filling:
    """Put everything back, in the transaction that is open."""
    snapshots = read_snapshots(place, manifest)
    keyframe = read_keyframe(place, manifest)
    unarchive.clear_below(connection, space_id)
    if manifest.from_seq:
        unarchive.put_back_keyframe(connection, space_id, manifest.from_seq, keyframe)
    filling = _Filling(connection, space_id, Replay(manifest, keyframe, snapshots), keyframe)
    filling.visible = [each.id for each in snapshots if each.deleted_at is None]
    for rows in read_changes(place, manifest):
        filling.take(rows)
        watch.step(len(rows))
    filling.replay.finish()
    unarchive.put_back_snapshots(connection, space_id, snapshots)
    begins_at = manifest.from_at if manifest.from_seq else None
    unarchive.lower_floor(connection, space_id, manifest.from_seq, begins_at)
    archive.forget(connection, manifest.id)
    return filling


class _Filling:
    """Rows on their way in, with keyframes wherever the writer would have made one."""

    def __init__(
        self,
        connection: Connection,
        space_id: int,
        replay: Replay,
        keyframe: Sequence[KeyframePart],
    ) -> None:
        self._connection, self._space_id = connection, space_id
        self._log_bytes = 0
        self.replay = replay
        self.visible: list[UUID] = []
        self.seen = sum(len(part[1]) for part in keyframe if part[0] == ENTITY_PART)

    def take(self, rows: Sequence[LogRow]) -> None:
        self.replay.take(rows)
        unarchive.put_back_rows(self._connection, self._space_id, rows)
        self.seen += sum(row[3] == ChangeKind.ENTITY for row in rows)
        self._log_bytes += sum(len(row[5]) + len(row[6] or "") + ROW_WEIGHT for row in rows)
        if is_due(self.replay.scene, self._log_bytes):
            write(self._connection, take(self.replay.scene, self._space_id))
            self._log_bytes = 0
