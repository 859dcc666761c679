"""kill -9 between the commit of what rested in the spool and its removal from there.

The spool's file is locked by the test, so that the process that delivers waits right there.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, LiteralString

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.scene.model import IngestResult
from lake_core.scene.operations import Part
from lake_core.settings import Settings
from lake_core.store.spool_files import spool_reports
from tests.integration.outages import ingest, is_back, move, rows, steps, wait_for

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
ROWS: Final = "SELECT count(*) FROM lake_changes"
DELIVERER = """
import sys, time
from pathlib import Path
from lake_core.lake import Lake
from lake_core.settings import Settings
lake = Lake.open(Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[2])))
time.sleep(60)
"""


@contextmanager
def away(settings: Settings) -> Iterator[Lake]:
    """The lake without its PostgreSQL; what comes then is left in its spool."""
    with closing(Lake.open(replace(settings, database_url=NOWHERE))) as lake:
        yield lake


def deliver(settings: Settings) -> Lake:
    """The lake with its PostgreSQL, to which all has come that rested in the spool."""
    lake = Lake.open(settings)
    wait_for(lambda: is_back(lake) and not lake.health().spooled)
    return lake


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A lake that has outlived an outage, and whose spool has a name."""
    made = Settings(data_dir=tmp_path, database_url=database_url, snapshot_threshold=1_000_000)
    with away(made) as lake:
        move(lake, 0)
    deliver(made).close()
    return made


def deliver_and_kill(settings: Settings, query: LiteralString, count: int) -> None:
    """Have a process deliver the spool, and kill it once a query counts so many."""
    assert settings.database_url is not None
    command = [sys.executable, "-c", DELIVERER, settings.database_url, str(settings.data_dir)]
    (spool,) = (settings.data_dir / "spool").glob("*.sqlite")
    with (
        psycopg.connect(settings.database_url, autocommit=True) as sql,
        closing(sqlite3.connect(spool, isolation_level=None)) as held,
    ):
        held.execute("BEGIN IMMEDIATE")
        deliverer = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_for(lambda: sql.execute(query).fetchone() == (count,))
        finally:
            deliverer.kill()
            deliverer.wait(20)
        held.execute("ROLLBACK")
        assert held.execute("SELECT count(*) > 0 FROM entries").fetchone() == (1,)
        assert held.execute("SELECT count(*) FROM refused").fetchone() == (0,)


def refused(settings: Settings) -> list[str]:
    """Why each request was refused that is kept for that."""
    return [one.reason for report in spool_reports(settings.data_dir) for one in report.refused]


def parameter(lake: Lake, value: str) -> IngestResult:
    return ingest(lake, "parameter", entity_id="late", parameter_name="p", value=value, key="mine")


def test_that_what_was_refused_stays_refused_after_a_kill(settings: Settings) -> None:
    with away(settings) as lake:
        move(lake, 1)
        parameter(lake, "early")
        ingest(lake, "entity", entity={"id": "late", "parameters": {"p": "newer"}})
    deliver_and_kill(settings, ROWS, 3)
    lake = deliver(settings)
    document = lake.entity_detail("s", "late").result(20).document
    assert document["parameters"] == {"p": "newer"}
    (reason,) = refused(settings)
    assert "late" in reason
    assert lake.health().refused == 1
    # Its key is free: the engine has not heard that it was refused.
    assert parameter(lake, "again").accepted == 1
    assert len(rows(settings.database_url or "")) == 4
    assert lake.verify("s").faults == []
    lake.close()


def test_that_an_operation_refused_in_a_part_is_told_of_after_a_kill(settings: Settings) -> None:
    operations = [
        {"op": "entity", "space_name": "s", "entity": {"id": "a", "position": [1, 0, 0]}},
        {"op": "parameter", "space_name": "s", "entity_id": "b", "parameter_name": "p", "value": 1},
        {"op": "entity", "space_name": "s", "entity": {"id": "b"}},
    ]
    lines = [msgspec.json.encode(operation) for operation in operations]
    with away(settings) as lake:
        part = Part(session="one", first=1, after=0)
        assert lake.ingest_part(part, lines).result(20).refused == []
    deliver_and_kill(settings, ROWS, 3)
    lake = deliver(settings)
    (reason,) = refused(settings)
    assert reason.startswith("operation 2: ")
    assert lake.session("one").result(20).position == 3
    assert len(rows(settings.database_url or "")) == 3
    lake.close()


def test_that_what_broke_its_commit_is_not_taken_after_a_kill(settings: Settings) -> None:
    """It is refused alone, before what came after it is delivered."""
    endless = os.urandom(5000).hex()  # a key longer than an index takes
    with away(settings) as lake:
        move(lake, 7, key=endless)
        move(lake, 1)
    refusals = "SELECT count(*) FROM lake_idempotency WHERE key LIKE 'refused:%'"
    deliver_and_kill(settings, refusals, 1)
    with psycopg.connect(settings.database_url or "", autocommit=True) as sql:
        sql.execute("ALTER TABLE lake_idempotency DROP CONSTRAINT lake_idempotency_pkey")
    lake = deliver(settings)
    assert rows(settings.database_url or "") == steps(2)
    assert len(refused(settings)) == 1
    lake.close()
