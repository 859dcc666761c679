"""Moments of a space, however they are named: a snapshot's id, a sequence number, a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from lake_core.errors import Archived, Gone, NotFound
from lake_core.store.database import Connection
from lake_core.store.history import SpaceRow, find_space, seq_at_time
from lake_core.store.queries import SQL
from lake_core.store.snapshots import find_snapshots, missing

Instant = UUID | int | datetime
"""A moment of a space: a snapshot's id, a sequence number, or a time."""


def find_space_of(connection: Connection, space_name: str) -> SpaceRow:
    """The space of that name; raises NotFound."""
    # PostgreSQL takes no such text, not even to look for it.
    found = None if "\0" in space_name else find_space(connection, space_name)
    if found is None:
        raise NotFound(f"no space {space_name!r}")
    return found


def locate(connection: Connection, space_name: str, at: Instant) -> tuple[int, int]:
    """The id of a space and its place in the log at an instant.

    Raises NotFound, Gone for what retention has let go, Archived for what is in an archive.
    """
    space = find_space_of(connection, space_name)
    asked = at
    if isinstance(at, UUID):
        at = _seq_of_snapshot(connection, space_name, at)
    elif isinstance(at, datetime):
        at = seq_at_time(connection, space.space_id, at)
    # A place that was found is there, though it was committed after the space was looked at.
    if isinstance(asked, int) and not 0 <= at <= space.head_seq:
        raise NotFound(
            f"space {space_name!r} has sequence numbers {space.floor_seq} to {space.head_seq}"
        )
    if at < space.floor_seq:
        # Who names no number is told of none.
        is_number = isinstance(asked, int)
        begin = f"at {space.floor_seq}: what was before" if is_number else "later: what was then"
        told = f"the history of space {space_name!r} begins {begin}"
        place = _place_reaching(connection, space.space_id, asked)
        if place is None:
            raise Gone(f"{told} was let go by retention")
        raise Archived(f"{told} is in the archive at {place}: `lake restore` brings it back")
    return space.space_id, at


def _place_reaching(connection: Connection, space_id: int, at: Instant) -> str | None:
    """Where the archive lies that holds an instant below the floor."""
    wanted = {
        "space_id": space_id,
        "seq": at if isinstance(at, int) else None,
        "at": at if isinstance(at, datetime) else None,
    }
    row = connection.execute(SQL["archive_reaching"], wanted).fetchone()
    return None if row is None else str(row[0])


def _seq_of_snapshot(connection: Connection, space_name: str, snapshot_id: UUID) -> int:
    found = find_snapshots(connection, [snapshot_id])
    if not found:
        raise missing(connection, [snapshot_id])
    if found[0].space_name != space_name:
        raise NotFound(f"snapshot {snapshot_id} is not of space {space_name!r}")
    return found[0].seq
