"""Several servers on one database, each with its own spaces; one is killed, another takes over."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SERVERS = 3
STEPS = 150


class Server:
    """A `lake-server` on the database that all share, with a data directory of its own."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "--port", "0", "--log-level", "error",
             "--data-dir", str(data_dir), "--database-url", database_url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def post(self, endpoint: str, body: dict[str, Any]) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/eustress/ingest/{endpoint}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def move(self, space: str, step: int) -> tuple[int, Any]:
        entity = {"id": "e", "position": [step, 0, 0], "parameters": {"step": step}}
        return self.post("entity", {"space_name": space, "entity": entity})

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture
def servers(database_url: str, tmp_path: Path) -> Iterator[list[Server]]:
    found = [Server(database_url, tmp_path / str(number)) for number in range(SERVERS)]
    yield found
    for server in found:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)


def steps_of(database_url: str) -> dict[str, list[int]]:
    """Each space's steps, in the order of its log."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT p.space_name, array_agg((c.patch->'parameters'->>'step')::int ORDER BY c.seq) "
            "FROM lake_changes c JOIN lake_spaces p USING (space_id) GROUP BY p.space_name"
        ).fetchall()
    return dict(rows)


def test_that_servers_side_by_side_each_write_their_own_spaces(
    servers: list[Server], database_url: str, tmp_path: Path
) -> None:
    failed: list[Any] = []

    def send(number: int) -> None:
        for step in range(STEPS):
            status, answer = servers[number].move(f"space {number}", step)
            if status != 200:
                failed.append(answer)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(SERVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    expected = {f"space {number}": list(range(STEPS)) for number in range(SERVERS)}
    assert steps_of(database_url) == expected
    status, refused = servers[1].move("space 0", STEPS)
    assert status == 503
    assert "eustress-lake" in refused["detail"]  # names who holds it
    lake = Lake.open(Settings(data_dir=tmp_path, database_url=database_url), ingesting=False)
    assert [lake.verify(name).faults for name in expected] == [[], [], []]
    lake.close()


def test_that_the_space_of_a_killed_server_is_taken_over_where_it_stood(
    servers: list[Server], database_url: str
) -> None:
    acknowledged = 0
    for step in range(STEPS):
        assert servers[0].move("s", step)[0] == 200
        acknowledged = step
    servers[0].end(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while servers[1].move("s", acknowledged + 1)[0] != 200:  # until PostgreSQL has noticed
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert servers[2].move("s", 0)[0] == 503
    assert servers[1].end(signal.SIGTERM) == 0  # lets go of it by itself
    assert servers[2].move("s", acknowledged + 2)[0] == 200
    assert steps_of(database_url) == {"s": list(range(acknowledged + 3))}
