"""Putting an archived stretch back into the tables, inside a transaction of the caller's.

What is put back, and that it fits, is known to whoever calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lake_core.errors import Conflict
from lake_core.store.archive import KeyframePart, LogRow, StoredSnapshot
from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.store.upkeep import drop_keyframes_below_floor


def lock(connection: Connection, space_id: int) -> None:
    """Let no one cut the space's log until the transaction ends."""
    connection.execute(SQL["lock_upkeep"], {"space_id": space_id})


def clear_below(connection: Connection, space_id: int) -> None:
    """Remove what may lie below the floor of a space still: it would be there twice."""
    floor = drop_keyframes_below_floor(connection, space_id)
    connection.execute(SQL["drop_log_below"], {"space_id": space_id, "seq": floor})


def found_space(connection: Connection, space_name: str) -> int:
    """The id of a space that was not there; raises Conflict where it is by now."""
    row = connection.execute(SQL["found_space"], {"space_name": space_name}).fetchone()
    if row is None:
        raise Conflict(f"space {space_name!r} was made just now by someone else; try again")
    return int(row[0])


def furnish_space(
    connection: Connection,
    space_id: int,
    *,
    head_seq: int,
    head_at: datetime,
    entity_count: int,
    connection_count: int,
    entities_seen: int,
) -> None:
    """Tell the figures of a space that came out of an archive."""
    wanted = {
        "space_id": space_id,
        "head_seq": head_seq,
        "head_at": head_at,
        "entity_count": entity_count,
        "connection_count": connection_count,
        "entities_seen": entities_seen,
    }
    connection.execute(SQL["furnish_space"], wanted)


def put_back_keyframe(
    connection: Connection, space_id: int, seq: int, parts: Sequence[KeyframePart]
) -> None:
    """The keyframe at which the history of a space begins."""
    place = {"space_id": space_id, "seq": seq}
    connection.execute(SQL["add_keyframe"], place)
    connection.execute(SQL["drop_keyframe_parts"], place)
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL["add_keyframe_part"],
            [
                place | {"part": part, "kind": kind, "fluxes": fluxes, "documents": documents}
                for part, (kind, fluxes, documents) in enumerate(parts)
            ],
        )


def put_back_rows(connection: Connection, space_id: int, rows: Sequence[LogRow]) -> None:
    """Rows of the log, at the places they had."""
    with connection.cursor() as cursor, cursor.copy(SQL["copy_stretch_rows"]) as copy:
        for row in rows:
            copy.write_row((space_id, *row))


def put_back_snapshots(
    connection: Connection, space_id: int, snapshots: Sequence[StoredSnapshot]
) -> None:
    """Snapshots with their ids and all that was said of them; raises Conflict for one that is."""
    ids = [each.id for each in snapshots]
    row = connection.execute(SQL["snapshots_among"], {"ids": ids}).fetchone()
    if row is not None:
        raise Conflict(f"snapshot {row[0]} is here already, elsewhere")
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL["put_back_snapshot"],
            [
                {name: getattr(each, name) for name in each.__struct_fields__}
                | {"space_id": space_id}
                for each in snapshots
            ],
        )


def lower_floor(connection: Connection, space_id: int, seq: int, at: datetime | None) -> None:
    """The log begins after this place again."""
    connection.execute(SQL["lower_floor"], {"space_id": space_id, "seq": seq, "at": at})
