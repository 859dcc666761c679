"""Drafts of epochs: choices of snapshots that are not frozen yet, kept until they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lake_core.errors import NotFound
from lake_core.scene.model import EpochDraft
from lake_core.store.database import Connection
from lake_core.store.queries import SQL


def keep_draft(connection: Connection, draft: EpochDraft) -> EpochDraft:
    """Store a draft, in place of the one with its id; as it is kept."""
    fields = {
        "id": draft.id,
        "name": draft.name,
        "note": draft.note,
        "snapshot_ids": draft.snapshot_ids,
    }
    row = connection.execute(SQL["keep_draft"], fields).fetchone()
    assert row is not None  # RETURNING
    return _draft(row)


def list_drafts(connection: Connection) -> list[EpochDraft]:
    """All drafts, the last touched first; of their snapshots those still there."""
    return [_draft(row) for row in connection.execute(SQL["list_drafts"])]


def drop_draft(connection: Connection, draft_id: UUID) -> None:
    """Forget a draft; raises NotFound."""
    if connection.execute(SQL["drop_draft"], {"id": draft_id}).fetchone() is None:
        raise NotFound(f"no draft {draft_id}")


def _draft(row: tuple[Any, ...]) -> EpochDraft:
    identifier, name, note, snapshot_ids, updated_at = row
    return EpochDraft(
        id=identifier, name=name, note=note, snapshot_ids=snapshot_ids, updated_at=updated_at
    )
