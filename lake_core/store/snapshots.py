"""Reading snapshots, spaces and totals as the model's Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from lake_core.scene.model import (
    LakeStatistics,
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
    """Snapshots of a space, oldest first; `after` is the last one already had."""
    wanted = {"space_name": space_name, "start": start, "end": end, "limit": limit, "after": after}
    rows = connection.execute(SQL["list_snapshots"], wanted)
    return [_summary(row) for row in rows]


def find_snapshots(connection: Connection, ids: Sequence[UUID]) -> list[SnapshotSummary]:
    """Those of `ids` that exist, by space and time."""
    rows = connection.execute(SQL["find_snapshots"], {"ids": list(ids)})
    return [_summary(row) for row in rows]


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


def last_snapshot_seq(connection: Connection, space_id: int) -> int:
    """Where the log of a space stood at its newest snapshot; 0 where there is none."""
    row = connection.execute(SQL["last_snapshot"], {"space_id": space_id}).fetchone()
    return int(row[0]) if row else 0


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
