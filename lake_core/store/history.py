"""Reading the lake: a space's state at any place in its log, by keyframe and rows since.

Builds Scenes; never writes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from lake_core.errors import Gone
from lake_core.garbage import without_collections
from lake_core.scene.life import EntityRow
from lake_core.scene.loading import load_connections, load_entities
from lake_core.scene.replay import Row, replay_rows
from lake_core.scene.state import Scene
from lake_core.scene.step import Step
from lake_core.store.database import Connection
from lake_core.store.queries import SQL

ENTITY_PART: Final = 1
CONNECTION_PART: Final = 4

_ROWS_AT_ONCE: Final = 10_000
_FOLDED_ROWS: Final = 200_000
_FOLDED_BYTES: Final = 32 << 20
"""Rows moved over together: the more, the more changes of one entity become one."""


class SpaceRow(NamedTuple):
    """A space as the database has it."""

    space_id: int
    head_seq: int
    head_at: datetime | None
    """When it last changed."""
    told_seq: int
    """Where it stood when its figures were last told."""
    floor_seq: int
    """Its log begins after this place; what was before was let go."""
    is_spread: bool
    """Its log is on another server, and what is there beyond the head never happened."""


def find_space(connection: Connection, space_name: str) -> SpaceRow | None:
    """The space of that name, if there is one."""
    row = connection.execute(SQL["find_space"], {"space_name": space_name}).fetchone()
    return SpaceRow(*row) if row else None


def load_scene(connection: Connection, space_id: int, space_name: str, seq: int) -> Scene:
    """The state of a space at `seq`: nearest keyframe before, and the log since."""
    with without_collections():
        scene = load_keyframe(connection, space_id, space_name, seq)
        advance(connection, space_id, scene, seq)
    return scene


def load_keyframe(connection: Connection, space_id: int, space_name: str, seq: int) -> Scene:
    """The state of a space at its nearest keyframe at or before `seq`; empty where none is."""
    scene = Scene(space_name)
    scene.put_off_state_hash()
    if frame := keyframe_before(connection, space_id, seq):
        _read_keyframe(connection, space_id, frame, scene)
    return scene


def advance(connection: Connection, space_id: int, scene: Scene, seq: int) -> None:
    """Move a scene forward in place to `seq`."""
    gathered: list[Row] = []
    weight = 0
    expected = seq - scene.seq
    for rows in changes_between(connection, space_id, scene.seq, seq):
        expected -= len(rows)
        gathered += rows
        weight += sum(len(row[4]) for row in rows)
        if weight > _FOLDED_BYTES or len(gathered) > _FOLDED_ROWS:
            replay_rows(scene, gathered)
            gathered, weight = [], 0
    _refuse_gap(scene, seq, expected)
    replay_rows(scene, gathered)
    scene.seq = seq


def advance_in_steps(
    connection: Connection, space_id: int, scene: Scene, seq: int, rows: int
) -> Iterator[Step]:
    """Move a scene forward in place to `seq`, at most so many rows at a time; the ways back."""
    expected = seq - scene.seq
    for some in changes_between(connection, space_id, scene.seq, seq, rows):
        expected -= len(some)
        if (step := replay_rows(scene, some, keep=True)) is not None:
            yield step
    _refuse_gap(scene, seq, expected)
    scene.seq = seq


def changes_between(
    connection: Connection, space_id: int, after: int, upto: int, at_once: int = _ROWS_AT_ONCE
) -> Generator[list[Row], None, None]:
    """Rows of a space's log after a place and up to another, in order; so many at once."""
    if after >= upto:
        return
    wanted = {"space_id": space_id, "after": after, "upto": upto}
    # A server-side cursor keeps memory flat; it needs a transaction of its own.
    with connection.transaction(), connection.cursor(name="lake_log", binary=True) as cursor:
        cursor.execute(SQL["changes_between"], wanted)
        while rows := cursor.fetchmany(at_once):
            yield rows


def moved(connection: Connection, space_id: int, scene: Scene, seq: int) -> Scene:
    """The state at `seq`: the scene at hand moved forward, or a keyframe's where that is nearer."""
    if scene.seq <= seq:
        from_here = seq - scene.seq
        from_keyframe = seq - keyframe_before(connection, space_id, seq) + scene.entity_count
        if from_here <= from_keyframe:
            advance(connection, space_id, scene, seq)
            return scene
    return load_scene(connection, space_id, scene.space_name, seq)


def entity_rows(
    connection: Connection, space: SpaceRow, entity_id: str
) -> Generator[EntityRow, None, None]:
    """The rows of one entity in a space's log, in order; streamed."""
    wanted = {"space_id": space.space_id, "key": entity_id, "floor": space.floor_seq}
    with connection.transaction(), connection.cursor(name="lake_life", binary=True) as cursor:
        # All rows are wanted, so what comes soonest is not what is cheapest.
        connection.execute(SQL["plan_for_all_rows"])
        cursor.execute(SQL["entity_rows"], wanted)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows


def entity_at_floor(connection: Connection, space: SpaceRow, entity_id: str) -> bytes | None:
    """An entity's document where a space's log begins; None where it was not there yet."""
    if not space.floor_seq:
        return None
    wanted = {"space_id": space.space_id, "seq": space.floor_seq, "entity_id": entity_id}
    row = connection.execute(SQL["entity_at_keyframe"], wanted).fetchone()
    return bytes(row[0]) if row else None


def keyframe_before(connection: Connection, space_id: int, seq: int) -> int:
    """The place of the nearest keyframe at or before `seq`; 0 where there is none."""
    wanted = {"space_id": space_id, "seq": seq}
    row = connection.execute(SQL["nearest_keyframe"], wanted).fetchone()
    return int(row[0]) if row else 0


def keyframe_places(connection: Connection, space_id: int) -> list[int]:
    """Where a space has keyframes, in order."""
    rows = connection.execute(SQL["keyframe_places"], {"space_id": space_id})
    return [int(seq) for (seq,) in rows]


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


def _refuse_gap(scene: Scene, seq: int, missing: int) -> None:
    if missing > 0:
        raise Gone(
            f"{missing} changes of space {scene.space_name!r} before {seq} are not in the log: "
            "retention has let them go, or `lake verify` says what is wrong"
        )


def _read_keyframe(connection: Connection, space_id: int, seq: int, scene: Scene) -> None:
    # Streamed: PostgreSQL unpacks the next part while this one is decoded.
    parts = connection.cursor(binary=True).stream(
        SQL["keyframe_parts"], {"space_id": space_id, "seq": seq}
    )
    for kind, some in groupby(parts, itemgetter(0)):
        if kind == ENTITY_PART:
            load_entities(scene, ((text, fluxes) for _, fluxes, text in some))
        else:
            load_connections(scene, (text for _, _, text in some))
    is_empty = not scene.entity_count and not scene.connection_count
    if is_empty and keyframe_before(connection, space_id, seq) != seq:
        raise Gone(f"history of space {scene.space_name!r} at {seq} went while it was read")
    scene.seq = seq
