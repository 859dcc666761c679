"""An engine speaks through a LakeClient while its server, or the engine itself, is killed.

At the end the lake's log must hold every state of every entity once, and in the order in which
the engine said it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lake_core.client import ClientStatus, LakeClient
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.simulate import FRAMES_PER_SECOND, Engine, Plot
from lake_core.store.embedded import EmbeddedPostgres
from tests.faults.test_rounds import ROOT, Server

SPACE = "simulated"
RATE = 2000.0
PLOT = Plot(entities=400, moving=0.5, rate=RATE, spawns=20.0, deletes=15.0, seed=4)
SECONDS_A_KILL = 4.0


class Speaker(threading.Thread):
    """Says an engine's frames to a client until it is told to stop; remembers all it said.

    `calls` are seconds in each call of the client; `controls` in as much of plain Python beside
    each. Where it may, the thread goes before others on the processor, so that what is measured is
    the client's doing and not that of the programs beside it.
    """

    def __init__(self, client: LakeClient) -> None:
        super().__init__(name="engine")
        self.positions: dict[str, list[Any]] = defaultdict(list)
        self.alive: set[str] = set()
        self.calls: list[float] = []
        self.controls: list[float] = []
        self.over = threading.Event()
        self._client = client

    def run(self) -> None:
        with contextlib.suppress(AttributeError, PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        gc.disable()  # or a call is charged with looking through all that this test remembers
        engine = Engine(PLOT)
        self._say(list(engine.build()))
        began, frames = time.monotonic(), 0
        while not self.over.is_set():
            self._say(engine.frame())
            frames += 1
            time.sleep(max(0.0, began + frames / FRAMES_PER_SECOND - time.monotonic()))
        gc.enable()

    def _say(self, operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            started = time.perf_counter()
            self._client.operation(operation)
            called = time.perf_counter()
            sum(range(60))
            self.controls.append(time.perf_counter() - called)
            self.calls.append(called - started)
            if operation["op"] == "entity":
                self.positions[operation["entity"]["id"]].append(operation["entity"]["position"])
                self.alive.add(operation["entity"]["id"])
            elif operation["op"] == "delete_entity":
                self.alive.discard(operation["entity_id"])


@pytest.mark.timeout(600)
def test_that_an_engine_loses_and_doubles_nothing_while_its_server_is_killed(
    data_dir: Path, tmp_path: Path, client_kills: int
) -> None:
    chance = random.Random(4)
    server = Server(data_dir)
    client = LakeClient(
        f"http://127.0.0.1:{server.port}", SPACE, coalesce=False, spool=tmp_path / "spool"
    )
    speaker = Speaker(client)
    speaker.start()
    for _ in range(client_kills):
        time.sleep(chance.uniform(0.6, 1.0) * SECONDS_A_KILL)
        server.kill()
        time.sleep(chance.uniform(0.1, 0.9))
        server.start()
    time.sleep(SECONDS_A_KILL / 4)
    speaker.over.set()
    speaker.join()
    assert client.flush(120.0), client.status
    status = client.status
    assert client.close()
    assert server.stop() == 0
    _compare(data_dir, speaker)
    _report(speaker, status)


ENGINE = """
import sys, time
from pathlib import Path
from lake_core.client import LakeClient

url, spool, entity_id = sys.argv[1:]
client = LakeClient(url, "engines", coalesce=False, spool=Path(spool))
for step in range(1_000_000):
    client.update(entity_id, position=[step, 0, 0])
    time.sleep(0.0005)
    if step % 100 == 0:
        print(step, flush=True)
"""


@pytest.mark.timeout(120)
def test_that_an_engine_that_is_killed_goes_on_where_it_stopped(
    data_dir: Path, tmp_path: Path
) -> None:
    server = Server(data_dir)
    url, spool = f"http://127.0.0.1:{server.port}", tmp_path / "spool"
    told: list[int] = []
    for life in range(4):
        if life == 2:
            server.kill()  # this life and the next speak to nobody
        told.append(_live_and_die(url, spool, f"life/{life}"))
    server.start()
    with LakeClient(url, "engines", spool=spool) as client:
        client.spawn({"id": "the last"})
        assert client.flush(60.0), client.status
        assert client.status.refused == 0
    assert server.stop() == 0
    stored = _positions(data_dir)
    for life, last in enumerate(told):
        steps = [int(position[0]) for position in stored[f"life/{life}"]]
        assert steps == list(range(len(steps)))  # once each, in order
        assert len(steps) > last / 2  # what it said in its last moments was still in memory


def _live_and_die(url: str, spool: Path, entity_id: str) -> int:
    """An engine speaks for a while and is killed; the last step it told of."""
    command = [sys.executable, "-c", ENGINE, url, str(spool), entity_id]
    engine = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    last = 0
    while last < 600:
        last = int(engine.stdout.readline())
    engine.kill()
    engine.communicate(timeout=30)
    return last


def _compare(data_dir: Path, speaker: Speaker) -> None:
    stored = _positions(data_dir)
    assert stored.keys() == speaker.positions.keys()
    for entity_id, said in speaker.positions.items():
        assert stored[entity_id] == said, entity_id
    lake = Lake.open(Settings(data_dir=data_dir))
    [space] = lake.spaces()
    assert space.entities == len(speaker.alive)
    assert lake.verify(SPACE).faults == []
    lake.close()


def _positions(data_dir: Path) -> dict[str, list[Any]]:
    """Of each entity, the positions that the log has, in order."""
    lake = Lake.open(Settings(data_dir=data_dir))  # delivers what the last kill left in spools
    deadline = time.monotonic() + 60
    while not lake.health().database_ok:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    database = EmbeddedPostgres.start(data_dir)
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT key, array_agg(CASE kind WHEN 1 THEN patch->'position'"
            " ELSE patch->'set'->'position' END ORDER BY seq)"
            " FROM lake_changes WHERE kind <= 2 GROUP BY key"
        ).fetchall()
    database.stop()
    lake.close()
    return dict(rows)


def _report(speaker: Speaker, status: ClientStatus) -> None:
    said = len(speaker.calls)
    assert (status.given, status.acknowledged) == (said, said)
    assert (status.refused, status.dropped, status.waiting) == (0, 0, 0)
    print(f"{said:,} calls: {_spread(speaker.calls)}; plain Python: {_spread(speaker.controls)}")
    # How long the longest took may be up to who else has the processor: it is told, not judged.
    assert sorted(speaker.calls)[said // 2] < 0.001


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    median, high = ordered[len(ordered) // 2] * 1e6, ordered[int(0.999 * len(ordered))] * 1e6
    over = sum(each > 0.001 for each in ordered)
    return (
        f"median {median:.1f} us, p99.9 {high:.0f} us, longest {ordered[-1] * 1e3:.2f} ms, "
        f"{over} over 1 ms"
    )
