"""The edges of an outage: what queued as it began, files that refuse, lines never hung up."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.scene.model import IngestResult
from lake_core.settings import Settings
from tests.integration.line import Line
from tests.integration.test_outage import is_back, move, wait_for


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


def send(lake: Lake, endpoint: str, **body: object) -> Future[IngestResult]:
    return lake.ingest(endpoint, msgspec.json.encode({"space_name": "s", **body}))


def spool_of(settings: Settings) -> Path:
    (spool,) = (settings.data_dir / "spool").glob("*.sqlite")
    return spool


def test_that_what_was_refused_before_the_commit_broke_is_not_taken_after_all(
    reached: Settings, line: Line
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    time.sleep(0.1)  # what follows a commit is done
    gate = threading.Event()
    lake._writer.ask(lambda: gate.wait(20))
    # One group: the parameter's entity comes only behind it.
    early = send(lake, "parameter", entity_id="x", parameter_name="p", value=1)
    entity = send(lake, "entity", entity={"id": "x"})
    line.cut()
    gate.set()
    assert isinstance(early.exception(20), NotFound)
    assert entity.result(20).accepted == 1
    line.mend()
    wait_for(lambda: is_back(lake))
    with closing(sqlite3.connect(spool_of(reached))) as spool:
        assert spool.execute("SELECT count(*) FROM refused").fetchone() == (0,)
    assert lake.spaces()[0].entities == 2
    lake.close()
