"""Operations as frames of one socket, against single POSTs over 32 connections; and as lines of
one long stream, with what the server's memory grows by meanwhile.

`LAKE_BENCH_STREAM_MB` sets how long the stream is; 200 by default.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import psutil
import psycopg

from tests.bench import load, socket_load
from tests.bench.served import Served, serve

_FRAMES, _SINGLES, _CONNECTIONS = 60_000, 6_000, 32
_ENTITIES = 2000
_MEGABYTE = 1_000_000
_CHUNK_LINES = 1000
_STEPS = 32


def _entity(index: int, step: int) -> dict[str, Any]:
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


def _frames(first_step: int, *, timed: bool) -> list[bytes]:
    frames = []
    for n in range(_FRAMES):
        step, index = divmod(n, _ENTITIES)
        t = (n / 15_000) if timed else None
        entity = _entity(index, first_step + step)
        frames.append(socket_load.operation(n + 1, "bench", entity, t))
    return frames


def _singles() -> list[bytes]:
    return [
        load.post(
            "/eustress/ingest/entity",
            json.dumps({"space_name": "bench", "entity": _entity(i % _ENTITIES, -i)}).encode(),
        )
        for i in range(_SINGLES)
    ]


def _ingest_ws() -> dict[str, Any]:
    with serve() as served:
        single = load.drive(served.port, _singles(), _CONNECTIONS).per_second
        rate = _FRAMES / socket_load.drive(served.port, _frames(1, timed=False))
        timed = _FRAMES / socket_load.drive(served.port, _frames(1000, timed=True))
    return {
        "bench": "ingest_ws",
        "value": round(rate),
        "unit": "changes/s",
        "baseline": round(single),
        "ratio": round(rate / single, 2),
        "with_client_time": round(timed),
        "connections": 1,
    }


class _Memory:
    """The most a process takes beyond what it took at first, by its resident set."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.begin = self.most = self._process.memory_info().rss

    def look(self) -> None:
        self.most = max(self.most, self._process.memory_info().rss)

    @property
    def grown_mb(self) -> float:
        return float(self.most - self.begin) / _MEGABYTE


def _steps() -> list[list[bytes]]:
    """Chunks of lines made beforehand; in each step every entity is elsewhere."""
    return [
        [
            b"".join(_line(index, step) for index in range(first, first + _CHUNK_LINES))
            for first in range(0, _ENTITIES, _CHUNK_LINES)
        ]
        for step in range(_STEPS)
    ]


def _line(index: int, step: int) -> bytes:
    operation = {"op": "entity", "space_name": "bench", "t": step / 60}
    return json.dumps({**operation, "entity": _entity(index, step)}).encode() + b"\n"


def _chunks(steps: list[list[bytes]], total: int, memory: _Memory) -> Iterator[bytes]:
    """So many bytes of lines, one step after another, over and over."""
    sent = 0
    for step in cycle(steps):
        for chunk in step:
            sent += len(chunk)
            yield chunk
        memory.look()
        if sent >= total:
            return


def _stream(port: int, chunks: Iterator[bytes]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(load.HOST, port, timeout=600)
    headers = {"Content-Type": "application/x-ndjson"}
    connection.request("POST", "/eustress/ingest/stream", chunks, headers)
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    connection.close()
    if response.status != 200:
        raise RuntimeError(answer)
    return answer


def _raw_copy(served: Served, rows: int) -> float:
    """Rows a second of COPY alone, of the newest rows the lake stored."""
    with psycopg.connect(served.database_url) as connection, connection.cursor() as cursor:
        newest = f"(SELECT * FROM lake_changes ORDER BY seq DESC LIMIT {rows})"
        with cursor.copy(f"COPY {newest} TO STDOUT (FORMAT binary)") as copy:
            data = b"".join(copy)
        cursor.execute("SELECT lake_make_log('raw')")
        connection.commit()
        start = time.perf_counter()
        with cursor.copy("COPY raw FROM STDIN (FORMAT binary)") as copy:
            copy.write(data)
        count = cursor.rowcount
        connection.commit()
        return count / (time.perf_counter() - start)


def _ingest_stream() -> dict[str, Any]:
    total = int(os.environ.get("LAKE_BENCH_STREAM_MB", "200")) * _MEGABYTE
    steps = _steps()
    with serve() as served:
        memory = _Memory(served.pid)
        _stream(served.port, _chunks(steps, 1, memory))  # the scene is there before the stream
        memory = _Memory(served.pid)
        begun = time.perf_counter()
        answer = _stream(served.port, _chunks(steps, total, memory))
        rate = answer["lines"] / (time.perf_counter() - begun)
        baseline = _raw_copy(served, 200_000)
    return {
        "bench": "ingest_stream",
        "value": round(rate),
        "unit": "changes/s",
        "baseline": round(baseline),
        "ratio": round(rate / baseline, 3),
        "stream_mb": total // _MEGABYTE,
        "memory_growth_mb": round(memory.grown_mb, 1),
    }


def run() -> Iterator[dict[str, Any]]:
    """`ingest_ws` in committed changes a second on one connection, `ingest_stream` likewise."""
    yield _ingest_ws()
    yield _ingest_stream()
