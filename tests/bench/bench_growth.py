"""What a long log costs: a lake with millions of changes in one space beside an empty one.

Both are written to in turns, so that what else the machine is at falls on both alike. The long log
is made by the lake itself, and so has its keyframes where they would be. `LAKE_BENCH_ROWS` says how
long it is; 10,000,000 take some minutes and three gigabytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random
from statistics import median
from typing import Any

import msgspec
import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.bench.served import scratch

_ROWS = int(os.environ.get("LAKE_BENCH_ROWS", "1000000"))
_ENTITIES, _BATCH = 20_000, 2000
_ROUNDS, _BATCHES_A_ROUND = 20, 10
_LOOKS = 15
_SPACE = "bench"
_WEIGHT = """
SELECT sum(pg_total_relation_size(t.relid)), sum(c.reltuples)
FROM pg_partition_tree(%s) t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf
"""


class _Growing:
    """A lake with one space, whose entities move."""

    def __init__(self, lake: Lake, database_url: str) -> None:
        self.lake, self.database_url = lake, database_url
        self._random = Random(1)
        with psycopg.connect(database_url) as connection:
            self._server = psutil.Process(connection.info.backend_pid).parent()
        for start in range(0, _ENTITIES, _BATCH):
            self._ingest([_whole(n) for n in range(start, start + _BATCH)])
        lake.tidy()  # months from here on
        self.first = lake.spaces()[0].changes

    def move(self, batches: int) -> tuple[float, float]:
        """Move entities, so many batches; seconds a change, and seconds of processors a change."""
        bodies = [
            msgspec.json.encode({"space_name": _SPACE, "entities": self._moves()})
            for _ in range(batches)
        ]
        begun, worked = time.perf_counter(), _work(self._server)
        for answer in [self.lake.ingest("batch", body) for body in bodies]:
            answer.result(600)
        changes = batches * _BATCH
        return (time.perf_counter() - begun) / changes, (_work(self._server) - worked) / changes

    def state_at(self) -> float:
        """Seconds to read the state at some place of the log, cold."""
        last = self.lake.spaces()[0].changes
        took = []
        for _ in range(_LOOKS):
            seq = self._random.randint(self.first, last)
            begun = time.perf_counter()
            assert self.lake.scene_at(_SPACE, seq).entity_count == _ENTITIES
            took.append(time.perf_counter() - begun)
        return median(took)

    def weight(self) -> tuple[float, float]:
        """Bytes a change on disk: of the log with its indexes, and of keyframes."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            log, rows = connection.execute(_WEIGHT, ["lake_changes"]).fetchone() or (0, 1)
            frames, _ = connection.execute(_WEIGHT, ["lake_keyframe_parts"]).fetchone() or (0, 1)
        return float(log) / rows, float(frames) / rows

    def _ingest(self, entities: list[dict[str, Any]]) -> None:
        body = msgspec.json.encode({"space_name": _SPACE, "entities": entities})
        self.lake.ingest("batch", body).result(600)

    def _moves(self) -> list[dict[str, Any]]:
        chance = self._random
        return [
            {"id": f"part/{n}", "position": [round(chance.uniform(-99, 99), 3) for _ in range(3)]}
            for n in chance.sample(range(_ENTITIES), _BATCH)
        ]


def _work(server: psutil.Process | None) -> float:
    """Seconds that processors have worked for this process and for PostgreSQL."""
    spent = time.process_time()
    for one in server.children(recursive=True) if server else ():
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent += times.user + times.system
    return spent


def _whole(number: int) -> dict[str, Any]:
    return {
        "id": f"part/{number}",
        "name": f"Part {number}",
        "class_type": "Part",
        "position": [number % 317 / 2, number % 13, number / 317],
        "tags": ["bench"],
        "parameters": {"energy": 3.5, "material": "metal"},
    }


@contextmanager
def _lakes() -> Iterator[tuple[_Growing, _Growing]]:
    """Two lakes in two databases of one server, whose own habits fall on both alike."""
    with scratch() as folder, ExitStack() as stack:
        server = EmbeddedPostgres.start(folder)
        stack.callback(server.stop)
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE other")
        urls = (server.url, make_conninfo(server.url, dbname="other"))
        made = []
        for number, url in enumerate(urls):
            lake = Lake.open(Settings(data_dir=folder / str(number), database_url=url))
            stack.callback(lake.close)
            made.append(_Growing(lake, url))
        yield made[0], made[1]


def run() -> Iterator[dict[str, Any]]:
    """`growth`: changes a second on a long log, against an empty lake; and what the past costs."""
    with _lakes() as (long, empty):
        for _ in range(_ROWS // _BATCH // _BATCHES_A_ROUND):
            long.move(_BATCHES_A_ROUND)
        took: dict[_Growing, list[tuple[float, float]]] = {long: [], empty: []}
        for turn in range(_ROUNDS):  # in both orders: each leaves the other a keyframe to wait for
            for one in (long, empty) if turn % 2 else (empty, long):
                took[one].append(one.move(_BATCHES_A_ROUND))
        (on_long, work_long), (on_empty, work_empty) = (
            tuple(map(median, zip(*took[one], strict=True))) for one in (long, empty)
        )
        state_empty, state_long = empty.state_at(), long.state_at()
        log_bytes, keyframe_bytes = long.weight()
        yield {
            "bench": "growth",
            "value": round(1 / on_long),
            "unit": "changes/s",
            "baseline": round(1 / on_empty),
            "ratio": round(on_empty / on_long, 3),
            "work_us": round(1e6 * work_long, 2),
            "work_empty_us": round(1e6 * work_empty, 2),
            "changes": _ROWS,
            "entities": _ENTITIES,
            "state_at_ms": round(1000 * state_long, 1),
            "state_at_empty_ms": round(1000 * state_empty, 1),
            "log_bytes_per_change": round(log_bytes, 1),
            "keyframe_bytes_per_change": round(keyframe_bytes, 1),
        }
