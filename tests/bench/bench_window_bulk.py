"""How late the window's timers come while 118,000 entities load at 20,000 changes/s.

All panels are open, one of the 110,000 children of one folder is selected, so the folder is open
too; another process sends entities with their hierarchy edges over HTTP.
Usage: python tests/bench/bench_window_bulk.py [ENTITIES A BATCH]
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.parts import edge, part
from tests.bench.window import Ticks, alone, open_window, run_window, until

ENTITIES: Final = 118_000
FOLDERS: Final = 400
"""The first entities; the first of them is the root, the second holds FLAT of the rest."""
FLAT: Final = 110_000
PER_SECOND: Final = 20_000
"""Changes, of entities and edges together."""
PER_BATCH: Final = 1_000
"""Entities; each comes with an edge."""


def parent_of(at: int) -> int:
    """The flat folder's children come first, as a model's parts do."""
    if at < FOLDERS:
        return 0
    return 1 if at - FOLDERS < FLAT else at % FOLDERS


def bodies(per_batch: int) -> list[bytes]:
    """The scene in batches."""
    found = []
    for start in range(0, ENTITIES, per_batch):
        numbers = range(start, min(start + per_batch, ENTITIES))
        entities = [part(at, "Folder" if at < FOLDERS else "Part") for at in numbers]
        edges = [edge(parent_of(at), at) for at in numbers if at]
        body = {"space_name": "bench", "entities": entities, "connections": edges}
        found.append(json.dumps(body).encode())
    return found


def send(url: str, per_batch: int, told: Any, go: Any) -> None:
    """Send it at the set rate; `told` [2] is whether it is ready, and how late the last was."""
    whole = bodies(per_batch)
    told[0] = 1.0
    go.wait()
    due = time.monotonic()
    for body in whole:
        time.sleep(max(0.0, due - time.monotonic()))
        request = urllib.request.Request(
            f"{url}/eustress/ingest/batch", body, {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=60).read()
        told[1] = time.monotonic() - due
        due += 2 * per_batch / PER_SECOND


async def measure(per_batch: int) -> list[dict[str, Any]]:
    """Gaps between ticks from the first batch until the last is shown."""
    async with open_window() as bench:
        scene, session = bench.desk.scene, bench.desk.session
        context = multiprocessing.get_context("spawn")
        told, go = context.Array("d", 2), context.Event()
        sender = context.Process(target=send, args=(bench.server.url, per_batch, told, go))
        sender.start()
        await until(lambda: bool(told[0]))  # it has made its texts
        ticks, began, used = Ticks(), time.monotonic(), time.process_time()
        go.set()
        chosen = f"part/{FOLDERS + 7}"
        await until(lambda: chosen in scene.slot_of)
        session.select(chosen)
        await until(lambda: scene.entity_count >= ENTITIES)
        seconds = time.monotonic() - began
        figures = ticks.figures("window_bulk")
        used = time.process_time() - used
        await until(lambda: not sender.is_alive())  # its server is this process
    figures |= {"entities": ENTITIES, "entities_a_batch": per_batch}
    figures |= {
        "changes_per_s": round((2 * ENTITIES - 1) / seconds),
        "cpu": round(used / seconds, 2),
    }
    return [figures | {"last_answer_s_late": round(told[1], 2)}]


def run() -> Iterator[dict[str, Any]]:
    """One line."""
    yield from alone(__file__)


if __name__ == "__main__":
    per_batch = int(sys.argv[1]) if len(sys.argv) > 1 else PER_BATCH
    run_window(lambda: measure(per_batch))
