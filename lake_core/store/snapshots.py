"""Snapshots, spaces and totals as the model's Structs; what people say of a snapshot.

Snapshots are made by the writer's transaction; here they are read, marked, deleted, brought back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET

from lake_core.errors import Archived, Conflict, Gone, LakeError, NotFound
from lake_core.scene.model import (
    LakeStatistics,
    SnapshotEdit,
    SnapshotMetadata,
    SnapshotSummary,
    SpaceSummary,
)
from lake_core.store.database import Connection
from lake_core.store.queries import SQL


class SnapshotMark(NamedTuple):
    """Where a snapshot points, and what it says is there."""

    id: UUID
    seq: int
    metadata: SnapshotMetadata


_metadata = msgspec.json.Decoder(SnapshotMetadata)


def list_snapshots(
    connection: Connection,
    space_name: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
    after: UUID | None = None,
) -> list[SnapshotSummary]:
    """Snapshots of a space, oldest first; `after` is the last one already had.

    Raises NotFound where the space has no such one, not even among the deleted.
    """
    if after is not None and _space_of(connection, after) != space_name:
        raise NotFound(f"no snapshot {after} in space {space_name!r} to go on after")
    wanted = {"space_name": space_name, "start": start, "end": end, "limit": limit, "after": after}
    rows = connection.execute(SQL["list_snapshots"], wanted)
    return [_summary(row) for row in rows]


def find_snapshots(connection: Connection, ids: Sequence[UUID]) -> list[SnapshotSummary]:
    """Those of `ids` that exist, by space and time."""
    rows = connection.execute(SQL["find_snapshots"], {"ids": list(ids)})
    return [_summary(row) for row in rows]


def missing(connection: Connection, snapshot_ids: Collection[UUID]) -> LakeError:
    """What to say of snapshots that are not there: that they were, where retention let them go.

    Of what was archived it tells where.
    """
    away = connection.execute(SQL["archive_holding"], {"ids": list(snapshot_ids)}).fetchone()
    if away is not None:
        return Archived(
            f"snapshot {away[0]} is in the archive at {away[1]}: `lake restore` brings it back"
        )
    gone = connection.execute(SQL["expired_among"], {"ids": list(snapshot_ids)}).fetchone()
    if gone is not None:
        return Gone(f"snapshot {gone[0]} was let go by retention")
    return NotFound(f"no snapshot {min(snapshot_ids)}")


def edit_snapshot(
    connection: Connection, snapshot_id: UUID, edit: SnapshotEdit
) -> tuple[bool, SnapshotSummary]:
    """Mark, delete or bring back a snapshot: whether it was deleted before, and how it is now.

    Raises NotFound for an unknown one and for a deleted one that is not brought back, Gone for
    what retention has let go, Conflict for deleting what an epoch holds.
    """
    with connection.transaction():
        row = connection.execute(SQL["lock_snapshot"], {"id": snapshot_id}).fetchone()
        if row is None:
            raise missing(connection, [snapshot_id])
        was_deleted, expired = row
        if expired and edit.deleted is not False:
            raise Gone(
                f'snapshot {snapshot_id} was let go by retention; {{"deleted": false}} undoes it'
            )
        if was_deleted and edit.deleted is not False:
            raise NotFound(f'snapshot {snapshot_id} was deleted; {{"deleted": false}} undoes it')
        if edit.deleted is True:
            _refuse_held(connection, snapshot_id)
        fields = {name: _or_none(value) for name, value in msgspec.structs.asdict(edit).items()}
        wanted = fields | {"id": snapshot_id, "is_rated": edit.rating is not UNSET}
        edited = connection.execute(SQL["edit_snapshot"], wanted).fetchone()
        assert edited is not None  # it is locked
        return was_deleted, _summary(edited)


def snapshot_marks(connection: Connection, space_id: int) -> list[SnapshotMark]:
    """Every snapshot of a space that is stored, deleted ones too, in the order of the log."""
    rows = connection.execute(SQL["snapshot_marks"], {"space_id": space_id})
    return [SnapshotMark(identifier, seq, _metadata.decode(text)) for identifier, seq, text in rows]


def list_spaces(connection: Connection) -> list[SpaceSummary]:
    """Every space, by name, as the database has it."""
    return [
        SpaceSummary(
            space_name=name,
            entities=entities,
            connections=connections,
            changes=changes,
            snapshots=count,
            last_change=last_change,
            rate_per_s=0.0,
        )
        for name, entities, connections, changes, last_change, count in connection.execute(
            SQL["list_spaces"]
        )
    ]


def count_spaces(connection: Connection) -> int:
    """How many spaces there are."""
    row = connection.execute(SQL["count_spaces"]).fetchone()
    return int(row[0]) if row else 0


def totals(connection: Connection, spaces: list[SpaceSummary]) -> LakeStatistics:
    """The lake's totals, with its spaces."""
    row = connection.execute(SQL["lake_totals"]).fetchone()
    assert row is not None  # a select of scalars
    total_snapshots, total_spaces, seen, total_epochs, size, last_snapshot = row
    return LakeStatistics(
        total_snapshots=total_snapshots,
        total_spaces=total_spaces,
        total_entities_seen=seen,
        total_epochs=total_epochs,
        storage_size_bytes=size,
        last_snapshot=last_snapshot,
        spaces=spaces,
    )


def newest_snapshot(connection: Connection, space_name: str) -> UUID | None:
    """The id of a space's newest snapshot."""
    row = connection.execute(SQL["newest_snapshot"], {"space_name": space_name}).fetchone()
    return row[0] if row else None


def last_snapshot(connection: Connection, space_id: int) -> tuple[int, datetime | None]:
    """Where the log of a space stood at its newest snapshot, and when; (0, None) without one."""
    row = connection.execute(SQL["last_snapshot"], {"space_id": space_id}).fetchone()
    return (int(row[0]), row[1]) if row else (0, None)


def _space_of(connection: Connection, snapshot_id: UUID) -> str | None:
    row = connection.execute(SQL["snapshot_space"], {"id": snapshot_id}).fetchone()
    return str(row[0]) if row else None


def _refuse_held(connection: Connection, snapshot_id: UUID) -> None:
    row = connection.execute(SQL["holding_epoch"], {"id": snapshot_id}).fetchone()
    if row is not None:
        epoch_id, name = row
        called = f"{name!r} ({epoch_id})" if name else str(epoch_id)
        raise Conflict(f"epoch {called} holds snapshot {snapshot_id}; delete the epoch first")


def _or_none(value: object) -> object:
    return None if value is UNSET else value


def _summary(row: tuple[Any, ...]) -> SnapshotSummary:
    identifier, space_name, timestamp, seq, trigger, pinned, metadata, tags, note, rating = row
    return SnapshotSummary(
        id=identifier,
        space_name=space_name,
        timestamp=timestamp,
        seq=seq,
        trigger=trigger,
        pinned=pinned,
        metadata=_metadata.decode(metadata),
        tags=tags,
        note=note,
        rating=rating,
    )
