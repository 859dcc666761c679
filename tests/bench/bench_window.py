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
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

ENTITIES: Final = 10_000
CHANGES_PER_SECOND: Final = 2_000
BATCHES_PER_SECOND: Final = 40
TICK_MS: Final = 16
LIMIT_MS: Final = 100.0
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


class Ticks:
    """When a 16 ms timer of the window came."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._at: list[float] = []
        self._timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._at.append(time.perf_counter()))
        self._timer.start()

    def figures(self, name: str) -> dict[str, Any]:
        """Stop, and tell the gaps between ticks."""
        self._timer.stop()
        gaps = sorted((b - a) * 1000 for a, b in pairwise(self._at))
        return {
            "bench": name,
            "value": round(gaps[-1] - TICK_MS, 1),
            "unit": "ms late, worst",
            "baseline": LIMIT_MS,
            "ratio": round((gaps[-1] - TICK_MS) / LIMIT_MS, 3),
            "p50_gap_ms": round(gaps[len(gaps) // 2], 1),
            "p99_gap_ms": round(gaps[int(len(gaps) * 0.99)], 1),
            "ticks": len(gaps) + 1,
        }


async def measure(seconds: float) -> list[dict[str, Any]]:
    """Gaps between ticks while the window is live, and while it is dragged through the past."""
    from lake_core.lake import Lake
    from lake_core.settings import Settings
    from server.app import start_server
    from studio.app import calm_collector
    from studio.bridge import LakeBridge, Workers
    from studio.comparing import Comparing
    from studio.deeds import Deeds
    from studio.desk import Desk
    from studio.feed import Feed
    from studio.lives import Lives
    from studio.models.scene_model import SceneModel
    from studio.monitoring import Monitoring
    from studio.session import Session
    from studio.timekeeping import Timekeeping
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
    desk = Desk(session, scene, workers, window).with_lake(lake, bridge)
    feed = Feed(desk)
    Deeds(desk)
    for couple in (Comparing, Lives, Monitoring, Timekeeping):
        couple(desk)
    feed.start()

    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    sender = context.Process(target=send_changes, args=(server.url, stop))
    sender.start()
    while scene.entity_count < ENTITIES:
        await asyncio.sleep(0.05)
    session.select("e4242")
    await asyncio.sleep(2)

    ticks, accepted = Ticks(), lake.health().accepted_total
    await asyncio.sleep(seconds)
    arrived = (lake.health().accepted_total - accepted) / seconds
    live = {**ticks.figures("window_tick"), "changes_per_s": round(arrived)}

    ticks, accepted = Ticks(), lake.health().accepted_total
    shown = await drag(session, feed, seconds)
    arrived = (lake.health().accepted_total - accepted) / seconds
    dragged = {**ticks.figures("window_scrub"), "changes_per_s": round(arrived), **shown}

    stop.set()
    sender.join(10)
    bridge.close()
    await server.stop()
    workers.close()
    lake.close()
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
    """Two lines, measured in a process of its own: a Qt application lives and dies with one."""
    command = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    yield from (json.loads(line) for line in done.stdout.splitlines()[-2:])


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
        for figures in loop.run_until_complete(measure(seconds)):
            print(json.dumps(figures), flush=True)
    os._exit(0)  # the window refuses to be closed by Qt's own teardown


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
