"""A real server on a real socket over a real lake, and a plain client that speaks to it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from lake_core.cli import app
from lake_core.lake import Lake
from lake_core.settings import Settings
from server.app import RunningServer, start_server
from tests.integration.line import Line

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """One response, read whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Served:
    """A lake behind a port, and requests to it; each request has a connection of its own."""

    def __init__(self, lake: Lake, port: int) -> None:
        self.lake = lake
        self.port = port
        self.url = f"http://{HOST}:{port}"

    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        if json is not None:
            body = msgspec.json.encode(json)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, json, **options)

    def ingest(self, endpoint: str, json: Any = None, **options: Any) -> Any:
        """What the lake answered to a POST that it must have accepted."""
        answer = self.post(f"/eustress/ingest/{endpoint}", json, **options)
        assert answer.status == 200, answer.body
        return answer.json()


@contextmanager
def serve(settings: Settings) -> Iterator[Served]:
    """Open the lake and serve it from a loop in a thread of its own."""
    lake = Lake.open(settings)
    started: Future[RunningServer] = Future()
    loop = asyncio.new_event_loop()

    async def start() -> None:
        try:
            started.set_result(await start_server(lake, settings.host, settings.port))
        except BaseException as error:
            started.set_exception(error)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(start())
            loop.run_forever()

    thread = threading.Thread(target=run, name="server-loop")
    thread.start()
    try:
        server = started.result(30)
        try:
            yield Served(lake, server.port)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        lake.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A lake in this test's own database; snapshots only where a test asks for them."""
    return Settings(
        port=0,
        data_dir=tmp_path,
        database_url=database_url,
        snapshot_threshold=1_000_000,
    )


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    """An empty lake, without a server."""
    opened = Lake.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    """The server over an empty lake."""
    with serve(settings) as running:
        yield running


@pytest.fixture
def served_with(settings: Settings) -> Callable[..., AbstractContextManager[Served]]:
    """A context manager that serves the lake with other settings: `served_with(token="x")`."""

    def with_settings(**changes: Any) -> AbstractContextManager[Served]:
        return serve(replace(settings, **changes))

    return with_settings


@pytest.fixture
def line(tmp_path: Path, database_url: str) -> Iterator[Line]:
    folder = tmp_path / "l"
    folder.mkdir()
    made = Line(folder, database_url)
    yield made
    made.close()


@pytest.fixture
def reached(settings: Settings, line: Line) -> Settings:
    """Settings of a lake whose PostgreSQL is at the end of the line."""
    return replace(settings, database_url=line.url)


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Callable[..., Any]:
    """Runs `lake …`; what it printed, or the code and the line it failed with."""
    environment = {
        "DATABASE_URL": settings.database_url or "",
        "LAKE_DATA_DIR": str(tmp_path / "cli"),
        "COLUMNS": "200",
    }

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(app, arguments, env=environment, prog_name="lake")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        if done.exit_code:
            return done.exit_code, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run
