"""Storing and reading training epochs; the rows that hold their snapshots in place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lake_core.errors import NotFound
from lake_core.scene.model import EpochStats, TrainingEpoch
from lake_core.store.database import Connection
from lake_core.store.queries import SQL


def add_epoch(connection: Connection, epoch: TrainingEpoch) -> None:
    """Store a frozen epoch with the snapshots it holds; raises NotFound if one has gone."""
    fields = msgspec.structs.asdict(epoch)
    for name in ("snapshot_ids", "stats", "space_names", "derived_from"):
        fields[name] = msgspec.json.encode(fields[name]).decode()
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(SQL["add_epoch"], fields)
            cursor.executemany(
                SQL["hold_snapshot"],
                [{"epoch_id": epoch.id, "snapshot_id": held} for held in epoch.snapshot_ids],
            )
            # Held from here on: whoever deletes one now waits for us, and then is refused.
            cursor.execute(SQL["deleted_among"], {"ids": epoch.snapshot_ids})
            if (gone := cursor.fetchone()) is not None:
                raise NotFound(f"snapshot {gone[0]} was deleted meanwhile")
    except psycopg.errors.ForeignKeyViolation:
        raise NotFound("a snapshot of this epoch was purged meanwhile") from None


def find_epoch(connection: Connection, epoch_id: UUID) -> TrainingEpoch:
    """One epoch; raises NotFound."""
    wanted = {"id": epoch_id, "after": None, "limit": None}
    row = connection.execute(SQL["list_epochs"], wanted).fetchone()
    if row is None:
        raise NotFound(f"no epoch {epoch_id}")
    return _epoch(row)


def list_epochs(
    connection: Connection, *, after: UUID | None = None, limit: int | None = None
) -> list[TrainingEpoch]:
    """Every epoch, oldest first, after one already had; raises NotFound where that is gone."""
    if after is not None:
        find_epoch(connection, after)
    wanted = {"id": None, "after": after, "limit": limit}
    return [_epoch(row) for row in connection.execute(SQL["list_epochs"], wanted)]


def delete_epoch(connection: Connection, epoch_id: UUID) -> None:
    """Delete an epoch; its snapshots are free again. Raises NotFound."""
    if connection.execute(SQL["delete_epoch"], {"id": epoch_id}).fetchone() is None:
        raise NotFound(f"no epoch {epoch_id}")


def _epoch(row: tuple[Any, ...]) -> TrainingEpoch:
    (
        identifier, space_name, snapshot_ids, start, end, samples, stats,
        name, note, space_names, content_hash, created_at, derived_from,
    ) = row  # fmt: skip
    return TrainingEpoch(
        id=identifier,
        space_name=space_name,
        snapshot_ids=msgspec.json.decode(snapshot_ids, type=list[UUID]),
        start_time=start,
        end_time=end,
        sample_count=samples,
        stats=msgspec.json.decode(stats, type=EpochStats),
        name=name,
        note=note,
        space_names=msgspec.json.decode(space_names),
        content_hash=content_hash,
        created_at=created_at,
        derived_from=msgspec.json.decode(derived_from, type=list[UUID]),
    )
