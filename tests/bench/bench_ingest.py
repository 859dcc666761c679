"""Ingestion over HTTP: batches against raw COPY of the rows they became, single POSTs against
the same server's `/healthz`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from tests.bench import load
from tests.bench.served import serve

_BATCHES, _PER_BATCH = 120, 1000
_SINGLES, _CONNECTIONS, _TURNS = 24_000, 32, 6


def _entity(index: int, step: int = 0) -> dict[str, Any]:
    return {
        "id": f"entity/{index}",
        "name": f"Entity {index}",
        "class_type": "Part",
        "position": [index * 0.25, float(step), index % 97 * 1.5],
        "rotation": [0.0, 0.0, 0.0, 1.0],
        "scale": [1.0, 1.0, 1.0],
        "tags": ["moving", "bench"],
        "parameters": {"energy": 3.6, "wavelength": 550.0 + index % 50},
    }


def _batches(step: int) -> list[bytes]:
    half = _BATCHES // 2
    return [
        load.post(
            "/eustress/ingest/batch",
            json.dumps(
                {
                    "space_name": "bench",
                    "entities": [_entity(batch * _PER_BATCH + i, step) for i in range(_PER_BATCH)],
                }
            ).encode(),
        )
        for batch in range(half)
    ]


def _raw_copy(database_url: str) -> float:
    """Rows a second of COPY alone, of the very rows the lake stored, into a table like its own."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM lake_changes) TO STDOUT (FORMAT binary)") as copy:
            rows = b"".join(copy)
        cursor.execute("SELECT lake_make_log('raw')")
        connection.commit()
        start = time.perf_counter()
        with cursor.copy("COPY raw FROM STDIN (FORMAT binary)") as copy:
            for at in range(0, len(rows), 1 << 18):
                copy.write(rows[at : at + (1 << 18)])
        count = cursor.rowcount
        connection.commit()
        return count / (time.perf_counter() - start)


def _in_turns(
    port: int, ones: Sequence[bytes], others: Sequence[bytes]
) -> tuple[load.Load, load.Load]:
    """Both sides a part at a time, so that what else the machine does falls on both alike."""
    runs = [
        [load.drive(port, requests[turn::_TURNS], _CONNECTIONS) for requests in (ones, others)]
        for turn in range(_TURNS)
    ]
    one, other = (
        load.Load(
            sum(part.seconds for part in side),
            [latency for part in side for latency in part.latencies],
        )
        for side in zip(*runs, strict=True)
    )
    return one, other


def run() -> Iterator[dict[str, Any]]:
    """`ingest_batch` in committed changes a second, `ingest_single` in requests a second."""
    with serve() as served:
        new = load.drive(served.port, _batches(0), 4)
        moved = load.drive(served.port, _batches(1), 4)
        changes = _BATCHES * _PER_BATCH
        rate = changes / (new.seconds + moved.seconds)
        baseline = _raw_copy(served.database_url)
        half = changes / 2
        yield {
            "bench": "ingest_batch",
            "value": round(rate),
            "unit": "changes/s",
            "baseline": round(baseline),
            "ratio": round(rate / baseline, 3),
            "first_sight": round(half / new.seconds),
            "moves": round(half / moved.seconds),
        }
    with serve() as served:
        singles = [
            load.post(
                "/eustress/ingest/entity",
                json.dumps({"space_name": "bench", "entity": _entity(i % 2000, i)}).encode(),
            )
            for i in range(_SINGLES)
        ]
        health, single = _in_turns(served.port, [load.get("/healthz")] * _SINGLES, singles)
        yield {
            "bench": "ingest_single",
            "value": round(single.per_second),
            "unit": "requests/s",
            "baseline": round(health.per_second),
            "ratio": round(single.per_second / health.per_second, 3),
            "p99_ms": round(single.percentile(0.99), 1),
            "connections": _CONNECTIONS,
        }
