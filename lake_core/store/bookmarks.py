"""Bookmarks of a space's instants, and the moments of its log: its ends, and steps along it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from lake_core.errors import NotFound
from lake_core.scene.model import Bookmark
from lake_core.store.database import Connection
from lake_core.store.history import seq_at_time
from lake_core.store.queries import SQL

_TICK = timedelta(microseconds=1)
Moment = tuple[datetime, int]
"""When changes were recorded, and how many."""


class Extent(NamedTuple):
    """The history of a space that is here: after `floor_seq` up to `head_seq` of its log.

    `first_at` is when it begins: its first change, or where what was before was let go or put
    away; `last_at` when it last changed. None where nothing ever did.
    """

    floor_seq: int
    first_at: datetime | None
    head_seq: int
    last_at: datetime | None


def add_bookmark(connection: Connection, bookmark: Bookmark) -> None:
    """Store one; raises NotFound for an unknown space."""
    fields = {
        "id": bookmark.id,
        "space_name": bookmark.space_name,
        "at": bookmark.at,
        "note": bookmark.note,
    }
    if connection.execute(SQL["add_bookmark"], fields).fetchone() is None:
        raise NotFound(f"no space {bookmark.space_name!r}")


def delete_bookmark(connection: Connection, bookmark_id: UUID) -> None:
    """Take one away; raises NotFound."""
    if connection.execute(SQL["delete_bookmark"], {"id": bookmark_id}).fetchone() is None:
        raise NotFound(f"no bookmark {bookmark_id}")


def list_bookmarks(connection: Connection, space_name: str) -> list[Bookmark]:
    """Those of a space, oldest first; none for an unknown space."""
    rows = connection.execute(SQL["list_bookmarks"], {"space_name": space_name})
    return [
        Bookmark(id=identifier, space_name=name, at=at, note=note)
        for identifier, name, at, note in rows
    ]


def change_moments(connection: Connection, space_id: int, after: int, upto: int) -> list[Moment]:
    """When the changes after one place of a log and up to another were recorded, oldest first."""
    wanted = {"space_id": space_id, "after": after, "upto": upto}
    return [(at, int(count)) for at, count in connection.execute(SQL["change_moments"], wanted)]


def next_change(connection: Connection, space_id: int, at: datetime) -> datetime | None:
    """When the first change after an instant was recorded; None where there is none."""
    return _recorded_at(connection, space_id, seq_at_time(connection, space_id, at) + 1)


def previous_change(connection: Connection, space_id: int, at: datetime) -> datetime | None:
    """When the last change before an instant was recorded; None where there is none."""
    return _recorded_at(connection, space_id, seq_at_time(connection, space_id, at - _TICK))


def extent(connection: Connection, space_id: int) -> Extent:
    """From where to where a space's history goes."""
    row = connection.execute(SQL["space_extent"], {"space_id": space_id}).fetchone()
    return Extent(*row) if row else Extent(0, None, 0, None)


def _recorded_at(connection: Connection, space_id: int, seq: int) -> datetime | None:
    row = connection.execute(SQL["recorded_at"], {"space_id": space_id, "seq": seq}).fetchone()
    return row[0] if row else None
