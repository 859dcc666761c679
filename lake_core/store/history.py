"""Reading the lake: a space's state at any place in its log, by keyframe and rows since.

Builds Scenes; never writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from lake_core.scene.state import Scene
from lake_core.store.database import Connection
from lake_core.store.queries import SQL

ENTITY_PART: Final = 1
CONNECTION_PART: Final = 4

_documents = msgspec.json.Decoder(list[msgspec.Raw])


class Id(msgspec.Struct):
    """The one field a keyframe's document is asked for."""

    id: str


_id = msgspec.json.Decoder(Id)


class SpaceRow(NamedTuple):
    """A space as the database has it."""

    space_id: int
    head_seq: int
    head_at: datetime | None
    told_seq: int
    """Where it stood when its figures were last told."""


def find_space(connection: Connection, space_name: str) -> SpaceRow | None:
    """The space of that name, if there is one."""
    row = connection.execute(SQL["find_space"], {"space_name": space_name}).fetchone()
    return SpaceRow(*row) if row else None


def load_scene(connection: Connection, space_id: int, space_name: str, seq: int) -> Scene:
    """The state of a space at `seq`: nearest keyframe before, and the log since."""
    scene = Scene(space_name)
    frame = keyframe_before(connection, space_id, seq)
    if frame:
        _load_keyframe(connection, space_id, frame, scene)
    advance(connection, space_id, scene, seq)
    return scene


def advance(connection: Connection, space_id: int, scene: Scene, seq: int) -> None:
    """Move a scene forward in place to `seq`."""
    for row in changes_between(connection, space_id, scene.seq, seq):
        scene.replay(*row)
    scene.seq = seq
    scene.warnings.clear()


def changes_between(
    connection: Connection, space_id: int, after: int, upto: int
) -> Iterator[tuple[int, int, str, int, bytes]]:
    """Rows (seq, kind, key, flux, patch) of a space's log, in order; streamed."""
    if after >= upto:
        return
    wanted = {"space_id": space_id, "after": after, "upto": upto}
    # A server-side cursor keeps memory flat; it needs a transaction of its own.
    with connection.transaction(), connection.cursor(name="lake_log") as cursor:
        cursor.itersize = 10_000
        cursor.execute(SQL["changes_between"], wanted)
        for seq, kind, key, flux, patch in cursor:
            yield seq, kind, key, flux, patch.encode()


def keyframe_before(connection: Connection, space_id: int, seq: int) -> int:
    """The place of the nearest keyframe at or before `seq`; 0 where there is none."""
    wanted = {"space_id": space_id, "seq": seq}
    row = connection.execute(SQL["nearest_keyframe"], wanted).fetchone()
    return int(row[0]) if row else 0


def first_sights(connection: Connection, space_id: int, after: int) -> int:
    """How many entities were seen for the first time since a place in a space's log."""
    wanted = {"space_id": space_id, "after": after}
    row = connection.execute(SQL["count_first_sights"], wanted).fetchone()
    return int(row[0]) if row else 0


def log_weight(connection: Connection, space_id: int, after: int) -> int:
    """How heavy a space's log has grown since a place."""
    wanted = {"space_id": space_id, "after": after}
    row = connection.execute(SQL["log_weight"], wanted).fetchone()
    return int(row[0]) if row else 0


def seq_at_time(connection: Connection, space_id: int, at: datetime) -> int:
    """The newest sequence number recorded at or before a time; 0 before the first."""
    row = connection.execute(SQL["seq_at_time"], {"space_id": space_id, "at": at}).fetchone()
    return int(row[0]) if row else 0


def _load_keyframe(connection: Connection, space_id: int, seq: int, scene: Scene) -> None:
    parts: list[tuple[Any, ...]] = connection.execute(
        SQL["keyframe_parts"], {"space_id": space_id, "seq": seq}
    ).fetchall()
    for kind, fluxes, documents in parts:
        texts = [bytes(raw) for raw in _documents.decode(documents)]
        if kind == ENTITY_PART:
            for document, flux in zip(texts, fluxes, strict=True):
                scene.seq += 1  # slots keep the order of first sight
                scene.put_document(_id.decode(document).id, document, flux)
        else:
            for document in texts:
                scene.seq += 1
                scene.put_connection_document(document)
    scene.seq = seq
