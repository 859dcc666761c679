"""`lake-server` as a process: killed in mid-load, stopped by a signal, started on a taken port."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from lake_core.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
SPACE = "load"
CLIENTS = 6
BATCH = 40


class LakeServer:
    """One `lake-server` process on an embedded PostgreSQL in `data_dir`."""

    def __init__(self, data_dir: Path, *flags: str) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LAKE_") and name != "DATABASE_URL"
        }
        command = [sys.executable, "-m", "server", "--data-dir", str(data_dir), *flags]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def port(self) -> int:
        """The port from the one line it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
        assert found, (line, self.process.poll())
        return int(found[1])

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code and what was said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextlib.contextmanager
def lake_server(data_dir: Path, *flags: str) -> Iterator[LakeServer]:
    """A server that is stopped whatever happens to the test."""
    server = LakeServer(data_dir, *flags)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)
        for stream in (server.process.stdout, server.process.stderr):
            if stream is not None:
                stream.close()


class Client(threading.Thread):
    """Posts new entities until the server is gone: `mine/1`, `mine/2`…, some in batches."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(name=name)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.acknowledged: list[str] = []
        self.in_flight: tuple[str, bytes, str, list[str]] | None = None
        self.refused: list[bytes] = []

    def run(self) -> None:
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(self.connection),
        ):
            number = 0
            while not self.refused:
                ids = [f"{self.name}/{number + n}" for n in range(BATCH if number % 3 else 1)]
                number += len(ids)
                self.in_flight = self.request_for(ids)
                if self.send(*self.in_flight[:3]):
                    self.acknowledged += ids
                    self.in_flight = None

    def request_for(self, ids: list[str]) -> tuple[str, bytes, str, list[str]]:
        entities = [{"id": entity_id, "position": [1, 2, 3]} for entity_id in ids]
        body: dict[str, Any] = {"space_name": SPACE}
        body |= {"entities": entities} if len(ids) > 1 else {"entity": entities[0]}
        endpoint = "batch" if len(ids) > 1 else "entity"
        return endpoint, json.dumps(body).encode(), ids[0], ids

    def send(self, endpoint: str, body: bytes, key: str) -> bool:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        self.connection.request("POST", f"/eustress/ingest/{endpoint}", body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            self.refused.append(answer)
        return response.status == 200


def _get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)


def _stored(port: int) -> tuple[list[str], int]:
    """Ids of the entities, and how many changes brought them there."""
    entities = _get(port, f"/eustress/spaces/{SPACE}/entities")
    [space] = _get(port, "/eustress/spaces")
    return [entity["id"] for entity in entities], space["changes"]


def _load(port: int) -> list[Client]:
    """Clients at work, of which each has been acknowledged something."""
    clients = [Client(port, f"client{number}") for number in range(CLIENTS)]
    for client in clients:
        client.start()
    _wait_for(lambda: all(client.acknowledged for client in clients))
    time.sleep(1.0)  # whatever they are at then is what is cut off
    return clients


def _wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_that_what_was_acknowledged_is_there_once_after_kill_9(data_dir: Path) -> None:
    with lake_server(data_dir, "--port", "0") as server:
        clients = _load(server.port())
        server.end(signal.SIGKILL)
    for client in clients:
        client.join(30)
    acknowledged = {entity_id for client in clients for entity_id in client.acknowledged}
    assert len(acknowledged) > CLIENTS
    with lake_server(data_dir, "--port", "0") as server:
        port = server.port()
        present, changes = _stored(port)
        assert acknowledged <= set(present)
        assert changes == len(present) == len(set(present))
        sent_again = _send_again(port, clients)
        server.end(signal.SIGKILL)
    with lake_server(data_dir, "--port", "0") as server:
        present, changes = _stored(server.port())
        assert set(present) == acknowledged | sent_again
        assert changes == len(present)
        assert server.end(signal.SIGTERM)[0] == 0


def _send_again(port: int, clients: list[Client]) -> set[str]:
    """Send what was under way at the kill again, each under its own key, as an engine does."""
    sent: set[str] = set()
    again = Client(port, "again")
    with contextlib.closing(again.connection):
        for client in clients:
            if client.in_flight:
                assert again.send(*client.in_flight[:3]), again.refused
                sent.update(client.in_flight[3])
    return sent


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_that_a_stop_in_mid_load_commits_what_it_accepted(
    data_dir: Path, number: signal.Signals
) -> None:
    with lake_server(data_dir, "--port", "0") as server:
        clients = _load(server.port())
        code, said = server.end(number)
        for client in clients:
            client.join(30)
    assert code == 0, said
    assert "Traceback" not in said
    with lake_server(data_dir, "--port", "0") as server:
        present, changes = _stored(server.port())
    for client in clients:
        assert set(client.acknowledged) <= set(present)
        assert not client.refused
    assert changes == len(present) > 0


def test_that_a_port_in_use_is_one_line_and_exit_3(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with lake_server(data_dir, "--port", str(port)) as server:
            out, said = server.process.communicate(timeout=30)
    assert server.process.returncode == 3
    assert out == ""
    assert said.count("\n") == 1
    assert str(port) in said


def test_that_a_database_that_is_away_at_the_start_is_waited_for(data_dir: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    with lake_server(data_dir, "--port", "0", "--database-url", url) as server:
        port = server.port()
        client = Client(port, "client")
        with contextlib.closing(client.connection):
            assert client.send(*client.request_for(["kept"])[:3])
        told = {"status": "spooling", "database": "external", "spooled": 1}
        assert _get(port, "/readyz") == told
        assert server.end(signal.SIGTERM)[0] == 0


def test_that_a_database_that_sends_us_away_is_one_line_and_exit_1(
    data_dir: Path, postgres: EmbeddedPostgres
) -> None:
    url = make_conninfo(postgres.url, dbname="nothing")
    with lake_server(data_dir, "--port", "0", "--database-url", url) as server:
        _, said = server.process.communicate(timeout=60)
    assert server.process.returncode == 1
    assert said.splitlines()[-1].startswith("lake-server: ")
    assert "Traceback" not in said


def test_that_an_open_host_without_a_token_is_refused(data_dir: Path) -> None:
    with lake_server(data_dir, "--port", "0", "--host", "0.0.0.0") as server:
        _, said = server.process.communicate(timeout=30)
    assert server.process.returncode == 1
    assert "token" in said


@pytest.mark.timeout(120)
def test_that_the_port_answers_before_the_lake_is_open_and_requests_wait(data_dir: Path) -> None:
    with lake_server(data_dir, "--port", "0") as server:
        port = server.port()
        assert _get(port, "/healthz") == {"status": "ok"}
        client = Client(port, "early")
        with contextlib.closing(client.connection):
            assert client.send(*client.request_for(["first"])[:3]), client.refused
        assert _stored(port) == (["first"], 1)


@pytest.mark.timeout(120)
def test_that_the_demo_plays_into_its_space(data_dir: Path) -> None:
    with lake_server(data_dir, "--port", "0", "--demo") as server:
        port = server.port()

        def demo() -> dict[str, Any]:
            spaces = _get(port, "/eustress/spaces")
            return spaces[0] if spaces else {"space_name": "", "entities": 0, "changes": 0}

        _wait_for(lambda: demo()["entities"] > 1000)
        assert demo()["space_name"] == "demo"
        before = demo()["changes"]
        _wait_for(lambda: demo()["changes"] > before + 50)
        assert server.end(signal.SIGTERM)[0] == 0


@pytest.mark.timeout(120)
def test_that_a_dead_database_is_started_again_and_what_came_meanwhile_is_kept(
    data_dir: Path,
) -> None:
    with lake_server(data_dir, "--port", "0") as server:
        port = server.port()
        _get(port, "/eustress/spaces")  # waits until the lake is open
        assert _get(port, "/readyz")["status"] == "ready"
        client = Client(port, "client")
        with contextlib.closing(client.connection):
            assert client.send(*client.request_for(["before"])[:3])
            [pid_file] = data_dir.rglob("postmaster.pid")
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            assert client.send(*client.request_for(["after"])[:3])
        assert _status(port, "/healthz") == (200, None)
        ready = {"status": "ready", "database": "embedded", "spooled": 0}
        _wait_for(lambda: _get(port, "/readyz") == ready)
        assert _stored(port) == (["before", "after"], 2)
        code, said = server.end(signal.SIGTERM)
        assert code == 0, said
    with lake_server(data_dir, "--port", "0") as server:
        assert _stored(server.port()) == (["before", "after"], 2)


def _status(port: int, path: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status, response.headers["Retry-After"]
