"""What the window weighs while 8 hours' worth of changes is replayed into it, fast.

2,000 entities at 30 changes/s, a snapshot with every other batch of 99, all panels open, an entity
selected that moves and whose parameters change. Another process sends over HTTP. The baseline is
the weight after the first tenth; `kib_a_snapshot` is the growth since then for each snapshot that
the timeline has to show.
Usage: python tests/bench/bench_window_memory.py [HOURS]
"""

from __future__ import annotations

import asyncio
import http.client
import json
import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.window import alone, open_window, run_window, until

HOURS: Final = 8.0
ENTITIES: Final = 2_000
PER_SECOND: Final = 30
PER_BATCH: Final = 99
"""From 100 on each batch would take a snapshot itself."""
_MIB: Final = 1 << 20


def body(number: int) -> bytes:
    """Batch `number`: parts that move, and parameters that change."""
    first = number * PER_BATCH
    entities = [
        {
            "id": f"e{at % ENTITIES}",
            "position": [at % 97 + number % 89 / 89, at % 13, at % 31],
            "parameters": {"energy": (at * 7 + number) % 1000 / 10, "phase": number % 360},
        }
        for at in range(first, first + PER_BATCH)
    ]
    return json.dumps({"space_name": "bench", "entities": entities}).encode()


def send(url: str, batches: int, sent: Any) -> None:
    """All of it, as fast as it is taken; `sent` is how many are."""
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=60)
    headers = {"Content-Type": "application/json"}
    for number in range(batches):
        connection.request("POST", "/eustress/ingest/batch", body(number), headers)
        connection.getresponse().read()
        sent.value = number + 1


async def measure(hours: float) -> list[dict[str, Any]]:
    """The weight at each tenth of the way."""
    batches = round(hours * 3600 * PER_SECOND / PER_BATCH)
    async with open_window(snapshot_min_interval=0.0) as bench:
        desk, weight = bench.desk, psutil.Process().memory_info
        context = multiprocessing.get_context("spawn")
        sent = context.Value("i", 0)
        sender = context.Process(target=send, args=(bench.server.url, batches, sent))
        sender.start()
        await until(lambda: "e7" in desk.scene.slot_of)
        desk.session.select("e7")
        weights: list[float] = []
        for tenth in range(1, 11):
            await until(lambda: sent.value >= batches * tenth // 10, 600.0)  # noqa: B023
            weights.append(round(weight().rss / _MIB, 1))
        await asyncio.sleep(1.0)
        snapshots = len(desk.window.timeline.timeline)
        grown = weights[-1] - weights[0]
    figures = {"value": round(grown, 1), "unit": "MiB grown", "baseline": weights[0]}
    figures |= {"ratio": round(grown / weights[0], 3), "hours": hours, "entities": ENTITIES}
    figures |= {"changes": batches * PER_BATCH, "snapshots": snapshots, "mib": weights}
    figures["kib_a_snapshot"] = round(grown * 1024 / max(0.9 * snapshots, 1), 2)
    return [{"bench": "window_memory", **figures}]


def run() -> Iterator[dict[str, Any]]:
    """One line."""
    yield from alone(__file__)


if __name__ == "__main__":
    asked = float(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    run_window(lambda: measure(asked))
