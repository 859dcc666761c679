"""How fast history goes into cold storage and comes back, and how long ingestion waits meanwhile.

`archive` puts 200,000 changes away in a folder: written, read back, replayed, cut from the log.
Its baseline is PostgreSQL's own COPY of the same rows to this process, which checks nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psycopg

from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.bench.served import scratch

_ENTITIES = 5000
_BATCHES = 40
_SPACE = "bench"
_ROWS = "COPY (SELECT * FROM lake_changes WHERE seq <= {} ORDER BY seq) TO STDOUT"


def _live(lake: Lake) -> int:
    """Batches of moves; where the log ends then."""
    random = Random(1)
    for _ in range(_BATCHES):
        entities = [
            {"id": f"part/{i}", "position": [random.uniform(-99, 99) for _ in range(3)]}
            for i in range(_ENTITIES)
        ]
        body = msgspec.json.encode({"space_name": _SPACE, "entities": entities})
        lake.ingest("batch", body).result(120)
    return lake.newest(_SPACE)


@contextmanager
def _moved_meanwhile(lake: Lake) -> Iterator[list[float]]:
    """One entity of the space is moved time and again; how long each answer took, in seconds."""
    took: list[float] = []
    ended = threading.Event()

    def move() -> None:
        while not ended.is_set():
            entity = {"id": "part/0", "position": [len(took), 0, 0]}
            body = msgspec.json.encode({"space_name": _SPACE, "entity": entity})
            start = time.perf_counter()
            lake.ingest("entity", body).result(120)
            took.append(time.perf_counter() - start)
            time.sleep(0.01)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield took
    finally:
        ended.set()
        mover.join()


def _copy_seconds(database_url: str, upto: int) -> float:
    start = time.perf_counter()
    with (
        psycopg.connect(database_url) as connection,
        connection.cursor().copy(_ROWS.format(upto)) as rows,
    ):
        assert sum(len(row) for row in rows) > 0
    return time.perf_counter() - start


def _archive(lake: Lake, database_url: str, folder: Path) -> dict[str, Any]:
    upto = _live(lake)
    raw = _copy_seconds(database_url, upto)
    with _moved_meanwhile(lake) as took:
        start = time.perf_counter()
        told = lake.archive(_SPACE, str(folder / "cold"), upto, settled=0.0)
        put_away = time.perf_counter() - start
        start = time.perf_counter()
        lake.restore_archive(str(folder / "cold"))
        brought_back = time.perf_counter() - start
    assert lake.verify(_SPACE).faults == []
    return {
        "bench": "archive",
        "value": round(told.changes / put_away),
        "unit": "changes/s",
        "baseline": round(told.changes / raw),
        "ratio": round(raw / put_away, 3),
        "changes": told.changes,
        "restored_per_s": round(told.changes / brought_back),
        "bytes_per_change": round(told.bytes / told.changes, 2),
        "ingest_worst_ms": round(1000 * max(took), 1),
    }


def run() -> Iterator[dict[str, Any]]:
    """`archive`."""
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        lake = Lake.open(Settings(data_dir=folder, database_url=database.url))
        try:
            yield _archive(lake, database.url, folder)
        finally:
            lake.close()
            database.stop()
