"""The record of server runs: after a good end, a kill, an outage; and how long it is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from msgspec import structs

from lake_core.caretaker import RunKeeper
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.database import Database
from lake_core.store.runs import forget_runs, keep_run, list_runs
from lake_core.upkeep.runs import ServerRun
from tests.integration.conftest import Served
from tests.integration.line import Line
from tests.integration.outages import move, wait_for


def a_run(days_ago: float) -> ServerRun:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return ServerRun(
        id=uuid4(),
        program="lake-server",
        version="1",
        host="h",
        address="a",
        started_at=at,
        seen_at=at + timedelta(hours=1),
        ended_at=at + timedelta(hours=1),
    )


def test_that_a_run_is_told_from_its_beginning_to_its_good_end(settings: Settings) -> None:
    lake = Lake.open(settings)
    try:
        before = datetime.now(UTC)
        assert lake.runs() == []
        lake.begin_run("lake-server", "1.2.3", "http://here:7000")
        wait_for(lambda: len(lake.runs()) == 1)
        (run,) = lake.runs()
        assert (run.program, run.version, run.address) == ("lake-server", "1.2.3", "here:7000")
        assert run.state == "running"
        assert before <= run.started_at <= run.seen_at
    finally:
        lake.close()
    after = Lake.open(settings, ingesting=False)
    try:
        (told,) = after.runs()
        assert (told.id, told.state) == (run.id, "ended")
        assert told.ended_at is not None
        assert told.ended_at >= run.seen_at
        assert after.runs(since=told.ended_at + timedelta(seconds=1)) == []
    finally:
        after.close()


def test_that_a_killed_server_was_there_until_it_was_last_seen(settings: Settings) -> None:
    environment = os.environ | {"DATABASE_URL": settings.database_url or ""}
    command = [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(settings.data_dir)]
    lake = Lake.open(settings, ingesting=False)
    try:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as server:
            try:
                wait_for(lambda: len(lake.runs()) == 1)
            finally:
                server.send_signal(signal.SIGKILL)
        (run,) = lake.runs()
        assert run.program == "lake-server"
        assert run.ended_at is None
        assert run.until == run.seen_at
    finally:
        lake.close()


def test_that_an_outage_is_told_when_it_is_over(reached: Settings, line: Line) -> None:
    lake = Lake.open(reached)
    try:
        keeper = RunKeeper(lake._database, "lake-server", "1", "a", look=0.02)
        keeper.start()
        move(lake, 0)
        line.cut()
        move(lake, 1)  # rests in the spool
        wait_for(lambda: lake._database.is_away)
        line.mend()
        wait_for(lambda: lake.health().database_ok)
        wait_for(lambda: bool(lake.runs()) and bool(lake.runs()[0].outages))
        keeper.stop()
        (run,) = lake.runs()
        (outage,) = run.outages
        assert run.started_at <= outage.from_at < outage.to_at <= run.until
        assert run.state == "ended"
    finally:
        lake.close()


def test_that_an_outage_begins_when_postgresql_began_to_hang(reached: Settings, line: Line) -> None:
    lake = Lake.open(replace(reached, database_patience=2.0))
    try:
        keeper = RunKeeper(lake._database, "lake-server", "1", "a", look=0.02)
        keeper.start()
        move(lake, 0)
        line.hold()
        held_at = datetime.now(UTC)
        move(lake, 1)  # waits for as long as the lake does
        wait_for(lambda: lake._database.is_away)
        line.flow()
        wait_for(lambda: lake.health().database_ok)
        wait_for(lambda: bool(lake.runs()) and bool(lake.runs()[0].outages))
        keeper.stop()
        ((outage,),) = (run.outages for run in lake.runs())
        assert held_at - timedelta(seconds=0.5) < outage.from_at < held_at + timedelta(seconds=1)
    finally:
        lake.close()


def test_that_a_machine_that_slept_was_not_there_meanwhile(database_url: str) -> None:
    Lake.open(Settings(database_url=database_url), ingesting=False).close()
    database = Database(database_url)
    try:
        keeper = RunKeeper(database, "lake-studio", "1", "a")
        now = datetime.now(UTC)
        for seconds in (0, 1, 2, 4000, 4001):
            keeper._look_around(now + timedelta(seconds=seconds))
        with database.reader() as connection:
            asleep, awake = list_runs(connection)
        assert asleep.until < now + timedelta(seconds=60)
        assert awake.started_at == now + timedelta(seconds=4000)
    finally:
        database.close()


def test_that_runs_from_before_all_history_are_dropped_and_so_are_too_many(lake: Lake) -> None:
    database = lake._database
    kept = [a_run(days) for days in (0.5, 2.0, 30.0)]
    with database.reader() as connection:
        for run in kept:
            keep_run(connection, run)
        assert forget_runs(connection) == 0  # where nothing ever changed nothing is too old
    lake.ingest("entity", json.dumps({"space_name": "lab", "entity": {"id": "a"}}).encode()).result(
        10
    )
    with database.reader() as connection:
        connection.execute("UPDATE lake_changes SET recorded_at = now() - interval '1 week'")
        assert forget_runs(connection) == 1
        assert [run.id for run in list_runs(connection)] == [kept[1].id, kept[0].id]
        assert forget_runs(connection, most=1) == 1
        assert [run.id for run in list_runs(connection)] == [kept[0].id]


def test_that_a_run_is_not_dropped_for_the_first_change_to_come_after_it_was_last_seen(
    lake: Lake,
) -> None:
    run = structs.replace(a_run(0.0), seen_at=datetime.now(UTC), ended_at=None)
    with lake._database.reader() as connection:
        keep_run(connection, run)
        lake.ingest("entity", b'{"space_name": "lab", "entity": {"id": "a"}}').result(10)
        assert forget_runs(connection) == 0
        assert [each.id for each in list_runs(connection)] == [run.id]


def test_that_a_migration_that_lands_late_is_still_applied(database_url: str) -> None:
    """Numbers are applied by what is missing, not by what is highest."""
    Lake.open(Settings(database_url=database_url), ingesting=False).close()
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE lake_drafts")
        connection.execute("DELETE FROM lake_migrations WHERE number = 6")
    late = Lake.open(Settings(database_url=database_url), ingesting=False)
    try:
        assert late.drafts() == []
    finally:
        late.close()


def test_that_runs_are_told_over_http_and_at_the_shell(
    served: Served, run: Callable[..., Any]
) -> None:
    assert served.get("/eustress/runs").json() == []
    served.lake.begin_run("lake-server", "1.2.3", served.url)
    wait_for(lambda: len(served.lake.runs()) == 1)
    (told,) = served.get("/eustress/runs").json()
    assert (told["program"], told["state"]) == ("lake-server", "running")
    assert served.url == f"http://{told['address']}"
    assert told["outages"] == []
    assert served.get("/eustress/runs?since=2999-01-01T00:00:00Z").json() == []
    assert served.get("/eustress/runs?since=yesterday").status == 400
    assert f"lake-server at {told['address']}" in run("status")
    assert run("status", "--json")["runs"][0]["id"] == told["id"]
