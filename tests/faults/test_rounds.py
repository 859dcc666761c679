"""Many rounds of kill -9, of the server and of PostgreSQL, at random moments under load.

Each client sends its steps in order and sends one again, under the same key, until it is
acknowledged. At the end the log must hold each client's steps once and in order, and `lake
verify` must find no fault.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 4


class Server:
    """A `lake-server` on a port of its own that can be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        settings = ["--port", str(self.port), "--data-dir", str(self._data_dir)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server", "--log-level", "error", *settings],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def keep_up(self) -> None:
        """Start it again, as a service manager does, where PostgreSQL was killed as it began."""
        if self._process.poll() is not None:
            self.start()

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(60)

    def kill_database(self) -> None:
        for pid_file in self._data_dir.rglob("postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


class Client(threading.Thread):
    """Sends the steps of one entity, each until it is acknowledged."""

    def __init__(self, port: int, number: int, over: threading.Event) -> None:
        super().__init__(name=f"client {number}")
        self.entity_id = f"e{number}"
        self.acknowledged: list[int] = []
        self.retries = 0
        self._port = port
        self._over = over

    def run(self) -> None:
        step = 0
        while not self._over.is_set():
            if self._send(step):
                self.acknowledged.append(step)
                step += 1
            else:
                self.retries += 1
                time.sleep(0.05)

    def _send(self, step: int) -> bool:
        entity = {"id": self.entity_id, "position": [step, 0, 0], "parameters": {"step": step}}
        body = json.dumps({"space_name": "rounds", "entity": entity})
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.entity_id}/{step}",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("POST", "/eustress/ingest/entity", body, headers)
            return connection.getresponse().status == 200
        return False


@pytest.mark.timeout(3600)
def test_that_no_round_of_kills_loses_or_doubles_a_change(
    data_dir: Path, fault_rounds: int
) -> None:
    chance = random.Random(369)
    over = threading.Event()
    server = Server(data_dir)
    clients = [Client(server.port, number, over) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(fault_rounds):
        if (
            chance.random() < 0.7
        ):  # or a slow machine would be killed while it starts, and only then
            _wait_until_some_go_on(server, clients, 1)
        time.sleep(chance.uniform(0.0, 0.7))
        if chance.random() < 0.5:
            server.kill_database()
        else:
            server.kill()
            if chance.random() < 0.3:
                server.kill_database()  # both at once
            server.start()
    _wait_until_some_go_on(server, clients, CLIENTS)
    over.set()
    for client in clients:
        client.join(30)
    assert server.stop() == 0
    _check(data_dir, clients)


def _wait_until_some_go_on(server: Server, clients: list[Client], count: int) -> None:
    """Wait until so many of them have been acknowledged another step."""
    before = [len(client.acknowledged) for client in clients]
    deadline = time.monotonic() + 60
    while count > sum(
        len(client.acknowledged) > then for client, then in zip(clients, before, strict=True)
    ):
        assert time.monotonic() < deadline, "the server has not come back"
        server.keep_up()
        time.sleep(0.02)


def _check(data_dir: Path, clients: list[Client]) -> None:
    lake = Lake.open(Settings(data_dir=data_dir))  # delivers what the last kill left in spools
    deadline = time.monotonic() + 60
    while not lake.health().database_ok:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    database = EmbeddedPostgres.start(data_dir)
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT key, array_agg((patch->'parameters'->>'step')::int ORDER BY seq) "
            "FROM lake_changes WHERE kind <= 2 GROUP BY key"
        ).fetchall()
    database.stop()
    told: dict[str, list[int]] = dict(rows)
    for client in clients:
        steps = told[client.entity_id]
        acknowledged = len(client.acknowledged)
        assert steps == list(range(len(steps)))  # once each, in order
        assert acknowledged <= len(steps) <= acknowledged + 1  # the last may be unheard
        assert client.retries > 0
    lake.create_snapshot("rounds").result(20)
    check = lake.verify("rounds")
    assert (check.faults, check.snapshots > 0) == ([], True)
    lake.close()
