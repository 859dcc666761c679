"""A space with ten snapshots, and all that is stored of it: what archives are tested on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit

LOG = "SELECT * FROM lake_changes ORDER BY seq"
SNAPSHOTS = "SELECT * FROM lake_snapshots ORDER BY seq, id"
FLOOR = "SELECT floor_seq, floor_at FROM lake_spaces"


def move(lake: Lake, step: int, entity_id: str = "a", **fields: Any) -> None:
    entity = {"id": entity_id, "position": [step, 0, 0], "parameters": {"step": step}, **fields}
    body = {"space_name": "s", "entity": entity}
    lake.ingest("entity", msgspec.json.encode(body)).result(20)


def snapshot(lake: Lake) -> UUID:
    taken = lake.create_snapshot("s").result(20).snapshot_id
    assert taken is not None
    return taken


def stored(database_url: str) -> list[Any]:
    """All that is stored of the one space's history, but for keyframes."""
    with psycopg.connect(database_url) as connection:
        return [connection.execute(query).fetchall() for query in (LOG, SNAPSHOTS, FLOOR)]


def ten_snapshots(lake: Lake) -> list[UUID]:
    """Ten snapshots, three changes apart; texts that are hard to carry among them."""
    move(lake, 0, "b", name="tab\t newline\n \\N “quotes” 😀", note="kept")
    edge = {"source_id": "b", "target_id": "a", "connection_type": "hierarchy"}
    found = []
    for step in range(30):
        move(lake, step)
        if step == 4:
            body = msgspec.json.encode({"space_name": "s", "connection": edge})
            lake.ingest("connection", body).result(20)
        if step % 3 == 2:
            found.append(snapshot(lake))
    lake.edit_snapshot(found[1], SnapshotEdit(tags=["good", "a,b"], note="tab\t", rating=3))
    lake.delete_snapshot(found[2])
    return found
