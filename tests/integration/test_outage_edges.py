"""The edges of an outage: what queued as it began, files that refuse, lines never hung up."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from lake_core.errors import DatabaseUnavailable, NotFound
from lake_core.lake import Lake
from lake_core.live import Changed, Notice, SnapshotCreated, SpaceCreated
from lake_core.scene.model import IngestResult
from lake_core.scene.operations import Part
from lake_core.settings import Settings
from lake_core.store.postmaster import Postmaster
from tests.integration.line import Line
from tests.integration.outages import is_back, move, rows, steps, wait_for

CUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


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


def test_that_a_spool_that_cannot_be_made_is_told_to_whoever_waits(
    reached: Settings, line: Line
) -> None:
    (reached.data_dir / "spool").write_text("a file in its place")
    lake = Lake.open(reached, ingesting=False)
    move(lake, 0)
    line.cut()
    body = {"id": "a", "position": [1, 0, 0]}
    assert isinstance(send(lake, "entity", entity=body).exception(20), DatabaseUnavailable)
    (reached.data_dir / "spool").unlink()
    assert send(lake, "entity", entity=body).result(20).accepted == 1
    lake.close()


def test_that_a_spool_that_could_not_be_written_on_delivery_is_delivered_later(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    move(lake, 1)
    with closing(sqlite3.connect(spool_of(reached), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # as a full disk, it lets no one write
        line.mend()
        wait_for(lambda: not lake._writer.register.away)  # the delivery has begun
        wait_for(lambda: lake._writer.register.away)  # and was refused
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(2)
    lake.close()


def test_that_what_several_processes_left_in_the_spool_is_all_delivered(
    reached: Settings, line: Line, database_url: str
) -> None:
    lakes = [Lake.open(reached) for _ in range(3)]
    for number, lake in enumerate(lakes):
        _send_to(lake, f"t{number}", 0)
    line.cut()
    for number, lake in enumerate(lakes[1:], 1):  # the first has nothing to leave
        _send_to(lake, f"t{number}", 1)
    for lake in lakes:
        lake.close()
    line.mend()
    lake = Lake.open(reached)
    wait_for(lambda: is_back(lake))
    assert [seq for seq, _ in rows(database_url)] == [1, 1, 2, 1, 2]
    lake.close()


def _send_to(lake: Lake, space_name: str, step: int) -> None:
    entity = {"id": "a", "position": [step, 0, 0]}
    lake.ingest("entity", msgspec.json.encode({"space_name": space_name, "entity": entity})).result(
        20
    )


def test_that_a_lake_closes_though_its_server_hangs(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(replace(reached, database_patience=0.5))
    move(lake, 0)
    time.sleep(0.1)
    line.hold()  # neither answers nor hangs up, and nothing is under way
    closing_lake = threading.Thread(target=lake.close, daemon=True)
    closing_lake.start()
    closing_lake.join(30)
    assert not closing_lake.is_alive()
    assert rows(database_url) == steps(1)


def test_that_a_lake_whose_spool_cannot_be_used_leaves_nothing_running(data_dir: Path) -> None:
    (data_dir / "spool").write_text("a file in its place")
    with pytest.raises(DatabaseUnavailable, match="spool"):
        Lake.open(Settings(data_dir=data_dir))
    assert Postmaster.find(data_dir / "postgres" / "data") is None


def test_that_a_server_that_takes_no_writes_for_now_is_waited_for(
    lake: Lake, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One whose disk is nearly full, or to which a failed one's name now points."""
    assert move(lake, 0).seq == 1
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as sql:
        sql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        sql.execute(CUT)
        for step in range(1, 6):
            assert move(lake, step, key=f"k{step}" if step % 2 else None).accepted == 1
            move(lake, step)
        wait_for(lambda: "requests still wait" in caplog.text or is_back(lake))
        sql.execute("SET default_transaction_read_only = off")
        sql.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        sql.execute(CUT)
    wait_for(lambda: is_back(lake) and not lake.health().spooled)
    assert lake.health().refused == 0
    assert rows(database_url) == steps(6)
    assert lake.verify("s").faults == []


@pytest.mark.parametrize("broken", [False, True])
def test_that_viewers_are_told_of_what_is_delivered(
    reached: Settings, line: Line, database_url: str, broken: bool
) -> None:
    """Also where something in its midst breaks the commit, and all is delivered one by one."""
    line.cut()
    lake = Lake.open(reached)
    notices: list[Notice] = []
    lake.add_listener(notices.append)
    move(lake, 0)
    if broken:
        move(lake, 7, key=os.urandom(5000).hex())  # longer than an index takes
    taken = lake.create_snapshot("s").result(20).snapshot_id
    move(lake, 1)
    assert notices == []  # its scene is out of reach
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(2)
    assert lake.health().refused == broken
    assert notices[0] == SpaceCreated("s")
    assert [told.seq for told in notices if isinstance(told, Changed)] == [1, 2]
    assert [told.summary.id for told in notices if isinstance(told, SnapshotCreated)] == [taken]
    lake.close()


def test_that_what_was_counted_when_it_was_taken_is_not_counted_when_it_is_delivered(
    reached: Settings, line: Line
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    move(lake, 1)
    assert lake.health().accepted_total == 2
    line.mend()
    wait_for(lambda: is_back(lake))
    assert lake.health().accepted_total == 2
    lake.close()


def test_that_a_right_that_is_missing_has_nothing_accepted_refused(
    reached: Settings, line: Line, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    move(lake, 1)
    with psycopg.connect(database_url, autocommit=True) as sql:
        sql.execute("ALTER TABLE lake_idempotency RENAME TO lake_away")
        line.mend()
        wait_for(lambda: "requests still wait" in caplog.text or is_back(lake))
        sql.execute("ALTER TABLE lake_away RENAME TO lake_idempotency")
    wait_for(lambda: is_back(lake) and not lake.health().spooled)
    assert lake.health().refused == 0
    assert rows(database_url) == steps(2)
    lake.close()


def test_that_what_several_processes_left_of_one_space_comes_in_its_order(
    reached: Settings, line: Line, database_url: str
) -> None:
    """An engine that went from server to server while PostgreSQL was away."""
    line.cut()
    lakes = [Lake.open(reached) for _ in range(3)]
    for step, at in enumerate([2, 0, 1, 1, 0, 2, 0]):
        move(lakes[at], step)
    for lake in lakes:
        lake.close()
    line.mend()
    lake = Lake.open(reached)
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(7)
    assert lake.health().spooled == 0
    lake.close()


def test_that_a_session_that_went_from_process_to_process_is_delivered_as_one(
    reached: Settings, line: Line, database_url: str
) -> None:
    line.cut()
    lakes = [Lake.open(reached) for _ in range(2)]
    for step, lake in enumerate(reversed(lakes)):
        part = Part(session="one", first=step + 1, after=step)
        operation = {"op": "entity", "space_name": "s"}
        entity = {"id": "a", "position": [step, 0, 0]}
        lines = [msgspec.json.encode(operation | {"entity": entity})]
        assert lake.ingest_part(part, lines).result(20).standing.position == step + 1
    lakes[1].close()
    lake = lakes[0]
    line.mend()
    wait_for(lambda: is_back(lake) and not lake.health().spooled)
    assert lake.health().refused == 0
    assert rows(database_url) == steps(2)
    assert lake.session("one").result(20).position == 2
    lake.close()
