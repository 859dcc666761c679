"""A server killed again and again in mid-session and in mid-stream: nothing missing or doubled."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.faults.test_kill import lake_server

SPACE = "s"
OPERATIONS = 6000
KILLS = 3


def operation(n: int) -> dict[str, Any]:
    """Each changes something, so that a second time would show in the log."""
    moved = {"id": f"e{n % 50}", "position": [n, 0, 0]}
    return {"n": n, "op": "entity", "space_name": SPACE, "entity": moved}


class Sender(threading.Thread):
    """Sends numbered operations from where the lake stands, until all are acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.session = ""
        self.acknowledged = 0
        self.went_back: list[tuple[int, int]] = []
        self.errors: list[Any] = []

    def run(self) -> None:
        while self.acknowledged < OPERATIONS and not self.errors:
            with contextlib.suppress(WebSocketException, OSError, EOFError):
                self.talk()
            time.sleep(0.02)

    def talk(self) -> None:
        query = f"?session={self.session}" if self.session else ""
        address = f"ws://127.0.0.1:{self.port}/eustress/ingest/ws{query}"
        with connect(address, open_timeout=5, close_timeout=1, proxy=None) as socket:
            hello = json.loads(socket.recv(timeout=30))
            self.session = hello["session"]
            if hello["n"] < self.acknowledged:
                self.errors.append(("forgotten", hello, self.acknowledged))
            for n in range(hello["n"] + 1, OPERATIONS + 1):
                socket.send(json.dumps(operation(n)))
                if n % 20 == 0:
                    self.take(socket, 0.0)
            while self.acknowledged < OPERATIONS:
                self.take(socket, 10.0)

    def take(self, socket: Any, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            told = json.loads(socket.recv(timeout=timeout))
            if told["type"] != "ack":
                self.errors.append(told)
            self.acknowledged = told["n"]


def get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())


def stored(port: int) -> tuple[int, dict[str, float]]:
    """How many changes there were, and where each entity is."""
    [space] = get(port, "/eustress/spaces")
    entities = get(port, f"/eustress/spaces/{SPACE}/entities")
    return space["changes"], {one["id"]: one["position"][0] for one in entities}


def expected() -> dict[str, float]:
    return {f"e{n % 50}": float(n) for n in range(OPERATIONS - 49, OPERATIONS + 1)}


@pytest.mark.timeout(120)
def test_that_a_session_survives_kills_of_the_server(data_dir: Path) -> None:
    sender = Sender()
    for kill in range(KILLS):
        with lake_server(data_dir, "--port", "0") as server:
            sender.port = server.port()
            if not sender.is_alive():
                sender.start()
            goal = OPERATIONS * (kill + 1) // (KILLS + 2)
            while sender.acknowledged < goal and not sender.errors:
                time.sleep(0.002)
            server.end(signal.SIGKILL)
    with lake_server(data_dir, "--port", "0") as server:
        sender.port = server.port()
        sender.join(60)
        assert not sender.errors
        assert sender.acknowledged == OPERATIONS
        assert stored(sender.port) == (OPERATIONS, expected())


def _lines(from_n: int, upto: int) -> bytes:
    return b"".join(json.dumps(operation(n)).encode() + b"\n" for n in range(from_n, upto))


def _post(port: int, body: Any, key: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
    with contextlib.closing(connection):
        connection.request("POST", "/eustress/ingest/stream", body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


@pytest.mark.timeout(120)
def test_that_a_stream_goes_on_under_its_key_after_a_kill(data_dir: Path) -> None:
    with lake_server(data_dir, "--port", "0") as server:
        port = server.port()

        def lines() -> Iterator[bytes]:
            for first in range(1, OPERATIONS, 500):
                yield _lines(first, first + 500)
                if first > OPERATIONS // 2:
                    server.process.kill()
                    server.process.wait()

        with pytest.raises(OSError):  # noqa: PT011
            _post(port, lines(), "k")
        server.process.communicate()
    with lake_server(data_dir, "--port", "0") as server:
        port = server.port()
        status, answer = _post(port, _lines(1, OPERATIONS + 1), "k")
        assert (status, answer["accepted"], answer["lines"]) == (200, OPERATIONS, OPERATIONS)
        assert stored(port) == (OPERATIONS, expected())
        assert _post(port, _lines(1, OPERATIONS + 1), "k") == (200, answer)
        assert stored(port) == (OPERATIONS, expected())
