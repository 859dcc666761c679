"""Keyframes: now and then the whole state of a space, so that history never grows slow to read.

The writer hands over documents (immutable bytes, so no copy is made); they are written on a
connection of their own while ingestion goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lake_core.scene.state import Scene
from lake_core.store.database import Connection
from lake_core.store.history import CONNECTION_PART, ENTITY_PART
from lake_core.store.queries import SQL

_PER_PART: Final = 1000
_MOST_BYTES: Final = 1 << 26
"""Of a part with several documents. PostgreSQL takes no value of more than a gigabyte."""
_COMPRESSION: Final = 3
"""A keyframe's documents take a fifth of their length on disk, rows of the log more than theirs.
Rows are slower to read than documents, too: at three, 100,000 entities are read in 0.6 s at worst.
"""
_LEAST_LOG_BYTES: Final = 1 << 20
"""Some 9,000 moves: a state behind them is read in 20 ms more, through a view in 50.

At a quarter of that a small scene that changes 10,000 times a second has four keyframes written a
second, which take a fiftieth of its pace and three times the room.
"""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The documents of a scene at one place in its log."""

    space_id: int
    seq: int
    entities: list[bytes]
    fluxes: list[int]
    connections: list[bytes]


def is_due(scene: Scene, log_bytes: int) -> bool:
    """Whether the log since the last keyframe outweighs a whole copy of the scene on disk."""
    return log_bytes > max(scene.document_bytes // _COMPRESSION, _LEAST_LOG_BYTES)


def take(scene: Scene, space_id: int) -> Keyframe:
    """The scene as it is, by reference: a millisecond for 100,000 entities."""
    slots = scene.live_slots()
    fluxes = scene.arrays.flux[slots].astype(int) + 10 * scene.flux_rules[slots].astype(int)
    return Keyframe(
        space_id=space_id,
        seq=scene.seq,
        entities=list(scene.documents()),
        fluxes=fluxes.tolist(),
        connections=list(scene.connections.values()),
    )


def write(connection: Connection, keyframe: Keyframe) -> None:
    """Store a keyframe in one transaction; a second one at the same place changes nothing.

    Part by part, each answered before the next is made: meanwhile others have the interpreter,
    and no more than one part is in memory a second time.
    """
    with connection.transaction(), connection.cursor() as cursor:
        place = {"space_id": keyframe.space_id, "seq": keyframe.seq}
        if not cursor.execute(SQL["add_keyframe"], place).rowcount:
            return
        cursor.execute(SQL["drop_keyframe_parts"], place)  # no key of ours ties them to theirs
        for part, (kind, fluxes, documents) in enumerate(_parts(keyframe)):
            row = place | {"part": part, "kind": kind, "fluxes": fluxes, "documents": documents}
            cursor.execute(SQL["add_keyframe_part"], row)


def _parts(keyframe: Keyframe) -> Iterator[tuple[int, str, str]]:
    for start, end in _runs(keyframe.entities):
        # As text: the driver takes half of this thread's time to make one of a list of numbers.
        fluxes = f"{{{','.join(map(str, keyframe.fluxes[start:end]))}}}"
        yield ENTITY_PART, fluxes, _array(keyframe.entities[start:end])
    for start, end in _runs(keyframe.connections):
        yield CONNECTION_PART, "{}", _array(keyframe.connections[start:end])


def _runs(documents: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends."""
    start = weight = 0
    for place, document in enumerate(documents):
        weight += len(document)
        if place > start and (place - start == _PER_PART or weight > _MOST_BYTES):
            yield start, place
            start, weight = place, len(document)
    if documents:
        yield start, len(documents)


def _array(documents: Sequence[bytes]) -> str:
    return (b"[" + b",".join(documents) + b"]").decode()
