"""How late the window's timers come while 10,000 entities live and 2,000 changes/s arrive.

Runs a real Studio window on a real embedded lake; another process sends the changes over HTTP.
Measured live, then while a hand drags through the past and the changes still arrive. Prints one
JSON line for each. Usage: python tests/bench/bench_window.py [SECONDS]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import multiprocessing
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.window import Ticks, alone, open_window, run_window, until

ENTITIES: Final = 10_000
CHANGES_PER_SECOND: Final = 2_000
BATCHES_PER_SECOND: Final = 40
DRAG_SECONDS: Final = 0.02


def _post(url: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{url}/eustress/ingest/batch",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).read()


def _entity(at: int, phase: float) -> dict[str, Any]:
    return {"id": f"e{at}", "position": [at % 100 + phase, (at // 100) % 10, at // 1000]}


def send_changes(url: str, stop: Any) -> None:
    """Send the scene, then moves at the set rate until told to stop."""
    whole = [{**_entity(at, 0.0), "class_type": "Part"} for at in range(ENTITIES)]
    edges = [
        {"source_id": f"e{at // 20}", "target_id": f"e{at}", "connection_type": "hierarchy"}
        for at in range(1, ENTITIES)
    ]
    _post(url, {"space_name": "bench", "entities": whole, "connections": edges})
    each, batch, due = CHANGES_PER_SECOND // BATCHES_PER_SECOND, 0, time.monotonic()
    while not stop.is_set():  # the server goes first when the measurement ends
        first = batch * each
        moved = [_entity((first + at) % ENTITIES, (batch % 97) / 97) for at in range(each)]
        with contextlib.suppress(OSError):
            _post(url, {"space_name": "bench", "entities": moved})
        batch += 1
        due += 1 / BATCHES_PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))


async def measure(seconds: float) -> list[dict[str, Any]]:
    """Gaps between ticks while the window is live, and while it is dragged through the past."""
    async with open_window() as bench:
        lake, session, scene = bench.desk.lake, bench.desk.session, bench.desk.scene
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        sender = context.Process(target=send_changes, args=(bench.server.url, stop))
        sender.start()
        await until(lambda: scene.entity_count >= ENTITIES)
        session.select("e4242")
        await asyncio.sleep(2)

        ticks, accepted = Ticks(), lake.health().accepted_total
        await asyncio.sleep(seconds)
        arrived = (lake.health().accepted_total - accepted) / seconds
        live = {**ticks.figures("window_tick"), "changes_per_s": round(arrived)}

        ticks, accepted = Ticks(), lake.health().accepted_total
        shown = await drag(session, bench.feed, seconds)
        arrived = (lake.health().accepted_total - accepted) / seconds
        dragged = {**ticks.figures("window_scrub"), "changes_per_s": round(arrived), **shown}

        stop.set()
        await until(lambda: not sender.is_alive())
    return [{**figures, "entities": ENTITIES} for figures in (live, dragged)]


async def drag(session: Any, feed: Any, seconds: float) -> dict[str, Any]:
    """Back and forth over the last `seconds`, as fast as a hand moves; how soon each was shown."""
    wished: dict[datetime, float] = {}
    waits: list[float] = []
    feed.travel.reader.arrived.connect(
        lambda sight: waits.append(time.perf_counter() - wished[sight.wish.instant])
    )
    end, ends = datetime.now(UTC), time.monotonic() + seconds
    while time.monotonic() < ends:
        swing = 0.5 + 0.5 * math.cos((ends - time.monotonic()) * 1.5)
        instant = end - timedelta(seconds=0.2 + seconds * swing)
        wished[instant] = time.perf_counter()
        session.show_instant(instant)
        await asyncio.sleep(DRAG_SECONDS)
    session.show_instant(None)
    waits.sort()
    return {
        "shown_per_s": round(len(waits) / seconds, 1),
        "shown_after_p50_ms": round(waits[len(waits) // 2] * 1000, 1),
        "shown_after_p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 1),
    }


def run() -> Iterator[dict[str, Any]]:
    """Two lines."""
    yield from alone(__file__)


if __name__ == "__main__":
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    run_window(lambda: measure(wanted))
