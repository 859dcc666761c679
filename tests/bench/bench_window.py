"""How late the window's timers come while 10,000 entities live and 2,000 changes/s arrive.

Runs a real Studio window on a real embedded lake; another process sends the changes over HTTP.
Prints one JSON line. Usage: python tests/bench/bench_window.py [SECONDS]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

ENTITIES: Final = 10_000
CHANGES_PER_SECOND: Final = 2_000
BATCHES_PER_SECOND: Final = 40
TICK_MS: Final = 16
LIMIT_MS: Final = 100.0


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


async def measure(seconds: float) -> dict[str, Any]:
    """Gaps between ticks of a 16 ms timer while the window is live."""
    from PySide6.QtCore import Qt, QTimer

    from lake_core.lake import Lake
    from lake_core.settings import Settings
    from server.app import start_server
    from studio.app import calm_collector
    from studio.bridge import LakeBridge, Workers
    from studio.deeds import Deeds
    from studio.feed import Feed
    from studio.models.scene_model import SceneModel
    from studio.session import Session
    from studio.window import StudioWindow

    settings = Settings(port=0, data_dir=Path(tempfile.mkdtemp(prefix="lake-bench-", dir="/tmp")))
    settings.data_dir.chmod(0o711)
    session, scene, workers = Session(), SceneModel(), Workers()
    window = StudioWindow(session, scene, settings.data_dir)
    window.show()
    calm_collector()
    lake = Lake.open(settings)
    server = await start_server(lake, settings.host, 0)
    bridge = LakeBridge(lake, workers)
    feed = Feed(lake, bridge, workers, session, scene, window)
    Deeds(lake, workers, session, window)
    feed.start()

    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    sender = context.Process(target=send_changes, args=(server.url, stop))
    sender.start()
    while scene.entity_count < ENTITIES:
        await asyncio.sleep(0.05)
    session.select("e4242")
    await asyncio.sleep(2)

    ticks: list[float] = []
    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    accepted = lake.health().accepted_total
    await asyncio.sleep(seconds)
    timer.stop()
    arrived = (lake.health().accepted_total - accepted) / seconds

    stop.set()
    sender.join(10)
    bridge.close()
    await server.stop()
    workers.close()
    lake.close()
    gaps = sorted((b - a) * 1000 for a, b in pairwise(ticks))
    return {
        "bench": "window_tick",
        "value": round(gaps[-1] - TICK_MS, 1),
        "unit": "ms late, worst",
        "baseline": LIMIT_MS,
        "ratio": round((gaps[-1] - TICK_MS) / LIMIT_MS, 3),
        "p50_gap_ms": round(gaps[len(gaps) // 2], 1),
        "p99_gap_ms": round(gaps[int(len(gaps) * 0.99)], 1),
        "ticks": len(ticks),
        "changes_per_s": round(arrived),
        "entities": scene.entity_count,
    }


def run() -> Iterator[dict[str, Any]]:
    """One line, measured in a process of its own: a Qt application lives and dies with one."""
    command = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    yield json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run once and print the line."""
    import qasync
    from PySide6.QtWidgets import QApplication

    from studio import theme

    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    theme.install(app)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    with qasync.QEventLoop(app) as loop:
        print(json.dumps(loop.run_until_complete(measure(seconds))), flush=True)
    os._exit(0)  # the window refuses to be closed by Qt's own teardown


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
