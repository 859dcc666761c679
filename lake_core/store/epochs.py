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
    except psycopg.errors.ForeignKeyViolation:
        raise NotFound("a snapshot of this epoch was deleted meanwhile") from None


def list_epochs(connection: Connection, epoch_id: UUID | None = None) -> list[TrainingEpoch]:
    """Every epoch, or the one of that id, oldest first."""
    return [_epoch(row) for row in connection.execute(SQL["list_epochs"], {"id": epoch_id})]


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
