"""What a call of the client costs the scene's thread, and how fast what has gathered is delivered.

An imagined engine says 2,000 changes a second; halfway the server goes away for good. Beside each
call as much plain Python is timed, which is what the machine itself does to a stretch of code.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lake_core.client import LakeClient
from lake_core.simulate import FRAMES_PER_SECOND, Engine, Plot
from tests.bench.served import serve

_PLOT = Plot(entities=500, moving=0.5, rate=2000.0, spawns=10.0, deletes=10.0)
_SECONDS = 5.0
_BURST = 50_000


class _Speaker(threading.Thread):
    """Says frames for some seconds, before other threads where it may; times each call."""

    def __init__(self, client: LakeClient, engine: Engine) -> None:
        super().__init__(name="engine")
        self.calls: list[float] = []
        self.controls: list[float] = []
        self._client, self._engine = client, engine

    def run(self) -> None:
        with contextlib.suppress(AttributeError, PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        began = time.monotonic()
        for frame in range(1, round(_SECONDS * FRAMES_PER_SECOND)):
            for operation in self._engine.frame():
                started = time.perf_counter()
                self._client.operation(operation)
                called = time.perf_counter()
                sum(range(60))
                self.controls.append(time.perf_counter() - called)
                self.calls.append(called - started)
            time.sleep(max(0.0, began + frame / FRAMES_PER_SECOND - time.monotonic()))


def _say(client: LakeClient, engine: Engine) -> _Speaker:
    speaker = _Speaker(client, engine)
    gc.disable()  # or a call is charged with looking through what the benchmark remembers
    speaker.start()
    speaker.join()
    gc.enable()
    return speaker


def _high(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.999 * len(seconds))] * 1e6


def run() -> Iterator[dict[str, Any]]:
    """`client_call` in microseconds, p99.9; `client_delivery` in changes a second."""
    with TemporaryDirectory() as folder:
        engine = Engine(_PLOT)
        with serve() as served:
            url = f"http://127.0.0.1:{served.port}"
            client = LakeClient(url, "bench", spool=Path(folder) / "call")
            for operation in engine.build():
                client.operation(operation)
            there = _say(client, engine)
        away = _say(client, engine)
        client.close(0.0)
        calls, controls = there.calls + away.calls, there.controls + away.controls
        yield {
            "bench": "client_call",
            "value": round(_high(calls), 1),
            "unit": "us",
            "baseline": round(_high(controls), 1),
            "ratio": round(_high(calls) / _high(controls), 1),
            "median_us": round(sorted(calls)[len(calls) // 2] * 1e6, 1),
            "longest_ms": round(max(calls) * 1e3, 2),
            "over_1_ms": sum(seconds > 1e-3 for seconds in calls),
            "calls": len(calls),
            "p99.9_while_away_us": round(_high(away.calls), 1),
        }
        yield _delivery(Path(folder) / "delivery")


def _delivery(spool: Path) -> dict[str, Any]:
    """A burst of changes, from the first call to the last answer, against the calls alone."""
    with serve() as served:
        client = LakeClient(f"http://127.0.0.1:{served.port}", "bench", spool=spool, coalesce=False)
        began = time.perf_counter()
        for number in range(_BURST):
            client.update(number % 1000, position=[number, 0, 0])
        said = time.perf_counter() - began
        if not client.flush(120.0):
            raise RuntimeError(str(client.status))
        delivered = time.perf_counter() - began
        client.close()
    return {
        "bench": "client_delivery",
        "value": round(_BURST / delivered),
        "unit": "changes/s",
        "baseline": round(_BURST / said),
        "ratio": round(said / delivered, 3),
        "changes": _BURST,
    }
