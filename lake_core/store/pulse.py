"""How upkeep stands, as the database has it: asked again and again by who shows it.

Reads, brings back what someone saw go, and dismisses what someone has seen. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.upkeep.report import DeedKind, LastSnapshots, LetGo, UpkeepMark, Whereabouts


def upkeep_mark(connection: Connection, space_name: str) -> UpkeepMark:
    """Where upkeep stands, with the snapshots of one space, which need not be there."""
    row = connection.execute(SQL["upkeep_mark"], {"space_name": space_name}).fetchone()
    assert row is not None  # a select of scalars
    return UpkeepMark(*(text or "" for text in row))


def last_snapshots(connection: Connection) -> list[LastSnapshots]:
    """When each space had its last snapshots, by name."""
    return [LastSnapshots(*row) for row in connection.execute(SQL["last_snapshots"])]


def scheduled_since(connection: Connection) -> dict[str | None, datetime]:
    """Since when each schedule is as it is, by space; None for all without one of their own."""
    return dict(connection.execute(SQL["scheduled_since"]))


def let_go(connection: Connection) -> list[LetGo]:
    """What of each space can still be brought back, by name; spaces without any are left out."""
    return [LetGo(*row) for row in connection.execute(SQL["recoverable"])]


def count_purgeable(connection: Connection, space_id: int, before: datetime) -> int:
    """How many snapshots a purge of what was deleted before a time would take, as things are."""
    wanted = {"space_id": space_id, "before": before}
    row = connection.execute(SQL["count_purgeable"], wanted).fetchone()
    return int(row[0]) if row else 0


def restore_among(
    connection: Connection, space_id: int, snapshot_ids: Collection[UUID]
) -> list[UUID]:
    """Bring back those of these that retention let go and has not purged."""
    wanted = {"space_id": space_id, "ids": list(snapshot_ids)}
    return [row[0] for row in connection.execute(SQL["restore_expired_among"], wanted)]


def whereabouts(connection: Connection, snapshot_ids: Collection[UUID]) -> Whereabouts:
    """Where snapshots that once were here are now; what can be brought back is not counted."""
    row = connection.execute(SQL["whereabouts"], {"ids": list(snapshot_ids)}).fetchone()
    assert row is not None  # a select of counts
    return Whereabouts(*row)


def count_snapshots_below(connection: Connection, space_id: int, upto: int) -> int:
    """How many snapshots of a space point before a place, but for deleted ones."""
    wanted = {"space_id": space_id, "upto": upto}
    row = connection.execute(SQL["count_snapshots_below"], wanted).fetchone()
    return int(row[0]) if row else 0


def dismiss_failure(connection: Connection, space_id: int, kind: DeedKind) -> bool:
    """Speak of a failure no more; whether there was one."""
    wanted = {"space_id": space_id, "deed": kind}
    return connection.execute(SQL["dismiss_failure"], wanted).fetchone() is not None
