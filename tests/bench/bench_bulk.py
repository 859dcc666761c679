"""A large scene sent at once: how long it takes, and what the server weighs with it in memory.

130,000 entities and as many hierarchy edges, in batches over HTTP. The baseline of memory is the
scene's own text: what its JSON weighs on the wire.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import psutil

from tests.bench import load
from tests.bench.parts import edge, part
from tests.bench.served import serve

_ENTITIES, _PER_BATCH = 130_000, 2000
_MIB = 1 << 20


def _batches() -> list[bytes]:
    found = []
    for start in range(0, _ENTITIES, _PER_BATCH):
        numbers = range(start, min(start + _PER_BATCH, _ENTITIES))
        entities = [part(i) for i in numbers]
        connections = [edge(i // 10, i) for i in numbers if i]
        body = {"space_name": "bench", "entities": entities, "connections": connections}
        found.append(json.dumps(body).encode())
    return found


def run() -> Iterator[dict[str, Any]]:
    """`bulk_load` in seconds, with the server's memory in MiB."""
    bodies = _batches()
    wire = sum(map(len, bodies)) / _MIB
    with serve() as served:
        process = psutil.Process(served.pid)
        idle = process.memory_info().rss / _MIB
        requests = [load.post("/eustress/ingest/batch", body) for body in bodies]
        done = load.drive(served.port, requests, 2)
        most = process.memory_info().rss / _MIB
        time.sleep(3.0)  # keyframes are written behind it
        settled = process.memory_info().rss / _MIB
    yield {
        "bench": "bulk_load",
        "value": round(done.seconds, 2),
        "unit": "s",
        "entities": _ENTITIES,
        "connections": _ENTITIES - 1,
        "idle_mb": round(idle),
        "after_mb": round(most),
        "settled_mb": round(settled),
        "mb_per_100000": round((settled - idle) / _ENTITIES * 100_000),
        "baseline": round(wire),
        "ratio": round((settled - idle) / wire, 2),
    }
