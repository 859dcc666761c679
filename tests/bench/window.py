"""A real Studio window on a real embedded lake, and a clock of it, for benchmarks.

A Qt application lives and dies with its process: `alone` runs a benchmark file in one of its own,
`run_window` is what that process does.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.served import scratch

if TYPE_CHECKING:
    from server.app import RunningServer
    from studio.desk import LakeDesk
    from studio.feed import Feed

TICK_MS: Final = 16
LIMIT_MS: Final = 100.0
PANELS: Final = ("Hierarchy", "Inspector", "Epochs", "Timeline")
"""Compare shares its place with the hierarchy; the monitor, with the scene."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a benchmark of the window works with."""

    desk: LakeDesk
    feed: Feed
    server: RunningServer


@asynccontextmanager
async def open_window(**settings_more: Any) -> AsyncIterator[Bench]:
    """The window with all panels, wired as the Studio wires it, over an empty lake."""
    from lake_core.lake import Lake
    from lake_core.settings import Settings
    from server.app import start_server
    from studio.annotating import Annotating
    from studio.bridge import LakeBridge
    from studio.comparing import Comparing
    from studio.deeds import Deeds
    from studio.desk import Desk
    from studio.feed import Feed
    from studio.interpreter import calm_interpreter
    from studio.linking import Linking
    from studio.lives import Lives
    from studio.models.scene_model import SceneModel
    from studio.monitoring import Monitoring
    from studio.session import Session
    from studio.timekeeping import Timekeeping
    from studio.window import StudioWindow
    from studio.workers import Workers

    with scratch() as folder, ExitStack() as until_then:
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")  # nothing of whoever measures
        settings = Settings(port=0, data_dir=folder, **settings_more)
        session, scene, workers = Session(), SceneModel(), Workers()
        window = StudioWindow(session, scene, settings.data_dir)
        window.show()
        window.scene.view.look.find_card()
        until_then.enter_context(calm_interpreter())
        lake = Lake.open(settings)
        server = await start_server(lake, settings.host, 0)
        bridge = LakeBridge(lake, workers)
        desk = Desk(session, scene, workers, window).with_lake(lake, bridge)
        feed = Feed(desk)
        Deeds(desk)
        for couple in (Comparing, Linking, Monitoring, Lives, Timekeeping, Annotating):
            couple(desk)
        for panel in PANELS:
            window.show_panel(panel)
        feed.start()
        yield Bench(desk, feed, server)
        bridge.close()
        await server.stop()
        workers.close()
        lake.close()


class Ticks:
    """When a 16 ms timer of the window came."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._at: list[tuple[float, float, float]] = []
        self._timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        self._at.append((time.perf_counter(), time.thread_time(), time.process_time()))

    def figures(self, name: str) -> dict[str, Any]:
        """Stop, and tell the gaps between ticks; and what processor time was used in each.

        Where others use the machine, time passes in which nobody here works: the window's own
        thread and the whole process bound from below and above what an idle machine would show.
        """
        self._timer.stop()
        each = np.sort(np.diff(np.array(self._at), axis=0) * 1000, axis=0)
        gaps, window_cpu, all_cpu = (each[:, column] for column in range(3))
        middle, last = len(gaps) // 2, int(len(gaps) * 0.99)
        return {
            "bench": name,
            "value": round(float(gaps[-1]), 1),
            "unit": "ms gap, worst",
            "baseline": LIMIT_MS,
            "ratio": round(float(gaps[-1]) / LIMIT_MS, 3),
            "p50_gap_ms": round(float(gaps[middle]), 1),
            "p99_gap_ms": round(float(gaps[last]), 1),
            "window_cpu_ms": _told(window_cpu, middle, last),
            "process_cpu_ms": _told(all_cpu, middle, last),
            "ticks": len(gaps) + 1,
        }


def _told(each: NDArray[np.float64], *places: int) -> list[float]:
    """Median, 99th percentile and worst."""
    return [round(float(each[at]), 1) for at in (*places, -1)]


async def until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for something; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


def alone(file: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """The lines that a benchmark file prints, run in a process of its own."""
    command = [sys.executable, file, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=1200, check=True)
    lines = (line for line in done.stdout.splitlines() if line.startswith("{"))
    yield from map(json.loads, lines)


def run_window(measure: Callable[[], Coroutine[Any, Any, list[dict[str, Any]]]]) -> None:
    """Measure in a Qt application, print a line each, and end the process."""
    import qasync
    from PySide6.QtWidgets import QApplication

    from studio import theme

    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    theme.install(app)
    with qasync.QEventLoop(app) as loop:
        for figures in loop.run_until_complete(measure()):
            print(json.dumps(figures), flush=True)
    os._exit(0)  # the window refuses to be closed by Qt's own teardown
