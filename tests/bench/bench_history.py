"""How long it takes to see the past: cold, at a neighbour, and through the SQL surface.

`state_at` reads a scene of 100,000 entities cold at two ages of its space, the first with 10,000
changes behind it, the second with many more: what keyframes are for. Its baseline is to decode
the same scene from one whole JSON document in memory, as a store of full copies would have to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lake_core.lake import Lake
from lake_core.scene.describe import whole_snapshot
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.bench.parts import edge, part
from tests.bench.served import scratch

_ENTITIES = 100_000
_YOUNG, _OLD = 10_000, 500_000
_BATCH = 2000
_SPACE = "bench"


def _ingest(lake: Lake, **body: Any) -> UUID | None:
    raw = msgspec.json.encode({"space_name": _SPACE, **body})
    return lake.ingest("batch", raw).result(120).snapshot_id


def _populate(lake: Lake) -> None:
    """A tree of ten children each, of parts with a few parameters."""
    for start in range(0, _ENTITIES, 10_000):
        numbers = range(start, start + 10_000)
        _ingest(
            lake,
            entities=[part(i) for i in numbers],
            connections=[edge(i // 10, i) for i in numbers if i],
        )


def _move(lake: Lake, random: Random, changes: int) -> None:
    for _ in range(changes // _BATCH):
        chosen = random.sample(range(_ENTITIES), _BATCH)
        _ingest(
            lake,
            entities=[
                {"id": f"part/{i}", "position": [random.uniform(-99, 99) for _ in range(3)]}
                for i in chosen
            ],
        )


def _seconds(deed: Callable[[], Any]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def _steps(lake: Lake, random: Random) -> dict[str, float]:
    """A hundred changes, a snapshot, and again: how long a step to the one before and after is."""
    for _ in range(30):
        _move_few(lake, random)
    ids = [snapshot.id for snapshot in lake.snapshots(_SPACE)][-30:]
    cursor = lake.cursor(_SPACE)
    cursor.at(ids[-1])
    back = [_seconds(lambda at=at: cursor.at(at)) for at in reversed(ids[:-1])]  # type: ignore[misc]
    forward = [_seconds(lambda at=at: cursor.at(at)) for at in ids[1:]]  # type: ignore[misc]
    return {
        "diff_s": round(_seconds(lambda: lake.diff(_SPACE, ids[0], ids[-1])), 3),
        "step_back_ms": round(1000 * median(back), 2),
        "step_forward_ms": round(1000 * median(forward), 2),
        "step_worst_ms": round(1000 * max(back + forward), 2),
    }


def _move_few(lake: Lake, random: Random) -> None:
    _ingest(
        lake,
        entities=[
            {"id": f"part/{i}", "position": [random.uniform(-99, 99) for _ in range(3)]}
            for i in random.sample(range(_ENTITIES), 100)
        ],
    )


def _views(database_url: str, snapshot_id: UUID) -> dict[str, float]:
    """Seconds to read one snapshot's rows, as text, through each of the specification's views.

    The best of three, for other work on the machine only adds; with how many changes lie between
    the snapshot and the keyframe before it.
    """
    views = (
        ("eustress_entities", "snapshot_id"),
        ("eustress_hierarchy", "snapshot_id"),
        ("eustress_snapshots", "id"),
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        took: dict[str, float] = {"view_changes": _changes_behind(connection, snapshot_id)}
        for view, column in views:
            question = f"COPY (SELECT * FROM {view} WHERE {column} = '{snapshot_id}') TO STDOUT"
            read = partial(_read, connection, question)
            took[f"{view}_s"] = round(min(_seconds(read) for _ in range(3)), 2)
    return took


def _read(connection: psycopg.Connection[Any], question: str) -> None:
    with connection.cursor().copy(question) as rows:
        assert sum(len(row) for row in rows) > 0


def _changes_behind(connection: psycopg.Connection[Any], snapshot_id: UUID) -> int:
    row = connection.execute(
        "SELECT s.seq - max(k.seq) FROM lake_snapshots s JOIN lake_keyframes k USING (space_id) "
        "WHERE s.id = %s AND k.seq <= s.seq GROUP BY s.seq",
        [snapshot_id],
    ).fetchone()
    return int(row[0]) if row else 0


def _cold(lake: Lake, seq: int) -> float:
    return median(_seconds(lambda: lake.scene_at(_SPACE, seq)) for _ in range(5))


def _whole_copy_seconds(lake: Lake, snapshot_id: UUID) -> float:
    (told,) = (whole_snapshot(*pair) for pair in lake.scenes_at([snapshot_id]))
    text = msgspec.json.encode(told)
    return median(_seconds(lambda: msgspec.json.decode(text)) for _ in range(3))


def _state_at(lake: Lake, database_url: str) -> dict[str, Any]:
    random = Random(1)
    _populate(lake)
    _move(lake, random, _YOUNG)
    young = lake.snapshots(_SPACE)[-1].seq
    young_seconds = _cold(lake, young)
    _move(lake, random, _OLD - _YOUNG)
    last = lake.snapshots(_SPACE)[-1]
    old_seconds = _cold(lake, last.seq)
    baseline = _whole_copy_seconds(lake, last.id)
    return {
        "bench": "state_at",
        "value": round(old_seconds, 3),
        "unit": "s",
        "baseline": round(baseline, 3),
        "ratio": round(old_seconds / baseline, 3),
        "entities": _ENTITIES,
        "changes": last.seq,
        "young_s": round(young_seconds, 3),
        "young_changes": young,
        "entity_history_ms": round(
            1000 * _seconds(lambda: list(lake.entity_history(_SPACE, "part/4711"))), 1
        ),
        **_steps(lake, random),
        **_views(database_url, last.id),
    }


def run() -> Iterator[dict[str, Any]]:
    """`state_at`."""
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        lake = Lake.open(Settings(data_dir=folder, database_url=database.url))
        try:
            yield _state_at(lake, database.url)
        finally:
            lake.close()
            database.stop()
