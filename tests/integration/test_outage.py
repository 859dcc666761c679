"""PostgreSQL away: ingestion goes on into the spool, and all of it arrives, once and in order."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest

from lake_core.errors import DatabaseUnavailable, InvalidInput, KeyReused
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.postmaster import Postmaster
from lake_core.store.spool import SpoolFull
from lake_core.store.spool_files import forget_refused, spool_reports
from tests.integration.line import Line
from tests.integration.outages import ingest, is_back, move, rows, steps, wait_for


def test_that_changes_of_an_outage_arrive_once_and_in_order(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    answers = [move(lake, step) for step in range(1, 6)]
    assert [(a.accepted, a.seq) for a in answers] == [(1, step + 1) for step in range(1, 6)]
    health = lake.health()
    assert (health.database_ok, health.spooled) == (False, 5)
    assert rows(database_url) == steps(1)
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(6)
    assert lake.health().spooled == 0
    assert move(lake, 6).seq == 7
    lake.close()


def test_that_a_commit_whose_answer_was_lost_is_not_made_twice(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    time.sleep(0.1)
    line.cut_after_next_rows.set()
    assert move(lake, 1).seq == 2
    assert not lake.health().database_ok
    move(lake, 2)
    wait_for(lambda: len(rows(database_url)) == 2)  # it did arrive, unheard
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(3)
    lake.close()


def test_that_a_spool_delivered_twice_changes_nothing_the_second_time(
    reached: Settings, line: Line, database_url: str, tmp_path: Path
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    for step in range(1, 4):
        move(lake, step)
    (spool,) = (reached.data_dir / "spool").glob("*.sqlite")
    before = tmp_path / "as before the delivery"
    with sqlite3.connect(spool) as source, sqlite3.connect(before) as target:
        source.backup(target)
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(4)
    lake.close()
    shutil.copy(before, spool)  # as a crash between the commit and the removal leaves it
    lake = Lake.open(reached)
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(4)
    lake.close()


def test_that_a_restart_in_the_middle_of_an_outage_resumes(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    move(lake, 1)
    lake.close()
    lake = Lake.open(reached)
    answer = move(lake, 2)
    assert answer.accepted == 1
    assert "PostgreSQL is away" in answer.warnings[0]
    lake.close()
    line.mend()
    lake = Lake.open(reached)
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(3)
    lake.close()


def test_that_a_lake_opens_before_its_postgresql(
    reached: Settings, line: Line, database_url: str
) -> None:
    line.cut()
    lake = Lake.open(reached)
    big = [{"id": f"e{i}", "position": [0, 0, 0]} for i in range(120)]
    taken = ingest(lake, "batch", entities=big).snapshot_id
    manual = lake.create_snapshot("s").result(10).snapshot_id
    with pytest.raises(InvalidInput):
        ingest(lake, "entity", entity={"id": 1.5})
    line.mend()
    wait_for(lambda: is_back(lake))
    assert [snapshot.id for snapshot in lake.snapshots("s")] == [taken, manual]
    lake.close()


def test_that_snapshots_promised_in_an_outage_are_as_they_were_promised(
    reached: Settings, line: Line
) -> None:
    lake = Lake.open(replace(reached, snapshot_threshold=3, snapshot_min_interval=0.0))
    move(lake, 0)
    line.cut()
    promised = [
        answer.snapshot_id for step in range(1, 9) if (answer := move(lake, step)).snapshot_id
    ]
    assert len(promised) == 3
    line.mend()
    wait_for(lambda: is_back(lake))
    kept = lake.snapshots("s")
    assert [snapshot.id for snapshot in kept] == promised
    assert [snapshot.seq for snapshot in kept] == [3, 6, 9]
    assert all(
        lake.full_snapshot(snapshot.id).metadata.state_hash
        == f"{lake.scene_at('s', snapshot.seq).state_hash:032x}"
        for snapshot in kept
    )
    lake.close()


def test_that_keys_hold_through_an_outage(reached: Settings, line: Line, database_url: str) -> None:
    lake = Lake.open(reached)
    first = move(lake, 0, key="before")
    line.cut()
    during = move(lake, 1, key="during")
    assert move(lake, 1, key="during") == during
    with pytest.raises(KeyReused):
        move(lake, 2, key="during")
    line.mend()
    wait_for(lambda: is_back(lake))
    assert move(lake, 1, key="during") == during
    assert move(lake, 0, key="before") == first
    assert rows(database_url) == steps(2)
    lake.close()


def test_that_a_key_used_before_an_outage_is_known_in_it(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    first = move(lake, 0, key="before")
    line.cut()
    move(lake, 1)
    with pytest.raises(KeyReused):
        move(lake, 2, key="before")
    assert move(lake, 0, key="before") == first  # and nothing goes back to where it was
    assert lake.health().spooled == 1
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(2)
    assert lake.health().refused == 0
    lake.close()


def test_that_a_key_that_could_not_be_known_is_told_of_when_it_is_delivered(
    reached: Settings, line: Line, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    lake = Lake.open(reached)
    move(lake, 0, key="before")
    lake.close()
    line.cut()
    lake = Lake.open(reached)
    assert move(lake, 5, key="before").accepted == 1  # by a process that remembers nothing
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(1)
    assert "was used with another body" in caplog.text
    assert lake.health().refused == 1
    ((spool, (refused,)),) = [(one.file, one.refused) for one in spool_reports(reached.data_dir)]
    assert (spool, refused.endpoint) == ("spool-1.sqlite", "entity")
    assert ("'before'" in refused.reason, '"position":[5' in refused.body) == (True, True)
    assert forget_refused(reached.data_dir) == 1
    move(lake, 1)
    assert spool_reports(reached.data_dir) == []
    lake.close()


def test_that_a_full_spool_refuses_and_loses_nothing_it_took(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(replace(reached, spool_bytes=2000))
    move(lake, 0)
    line.cut()
    taken = 1
    while (refusal := _refusal(lake, taken)) is None:
        taken += 1
    assert isinstance(refusal, SpoolFull)
    assert "2000 bytes" in str(refusal)
    assert taken > 2
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(taken)
    assert move(lake, taken).accepted == 1
    lake.close()


def _refusal(lake: Lake, step: int) -> BaseException | None:
    body = {"space_name": "s", "entity": {"id": "a", "position": [step, 0, 0]}}
    return lake.ingest("entity", msgspec.json.encode(body)).exception(20)


def test_that_what_the_lake_cannot_take_once_back_is_set_aside_not_dropped(
    reached: Settings, line: Line
) -> None:
    line.cut()
    lake = Lake.open(reached)
    ingest(lake, "parameter", entity_id="ghost", parameter_name="x", value=1)
    move(lake, 0)
    line.mend()
    wait_for(lambda: is_back(lake))
    (spool,) = (reached.data_dir / "spool").glob("*.sqlite")
    with sqlite3.connect(spool) as database:
        ((endpoint, reason),) = database.execute("SELECT endpoint, reason FROM refused").fetchall()
    assert (endpoint, "no space" in reason) == ("parameter", True)
    assert lake.spaces()[0].entities == 1
    lake.close()


def test_that_a_viewer_follows_through_an_outage(reached: Settings, line: Line) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    following = lake.subscribe("s")
    following.poll().result(10)
    line.cut()
    move(lake, 1)
    delta = following.poll().result(10)
    assert delta is not None
    assert delta.positions.tolist() == [[1.0, 0.0, 0.0]]
    line.mend()
    wait_for(lambda: is_back(lake))
    anew = following.poll().result(10)
    assert anew is None or anew.positions.tolist() == [[1.0, 0.0, 0.0]]
    lake.close()


def test_that_a_killed_embedded_postgresql_is_started_again_under_load(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, snapshot_threshold=50, snapshot_min_interval=0.1)
    lake = Lake.open(settings)
    acknowledged: dict[int, int] = {}

    def send(thread: int) -> None:
        for step in range(150):
            ingest(lake, "entity", entity={"id": f"t{thread}", "parameters": {"step": step}})
            acknowledged[thread] = step
            time.sleep(0.005)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(0.3)
        assert lake._embedded is not None
        server = Postmaster.find(lake._embedded._place.data)
        if server is not None:
            os.kill(server.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    wait_for(lambda: is_back(lake))
    assert acknowledged == dict.fromkeys(range(4), 149)
    with lake._database.reader() as connection:
        told = connection.execute(
            "SELECT key, array_agg((patch->'parameters'->>'step')::int ORDER BY seq) "
            "FROM lake_changes GROUP BY key ORDER BY key"
        ).fetchall()
    assert told == [(f"t{number}", list(range(150))) for number in range(4)]
    lake.close()


def test_that_a_server_that_hangs_holds_up_no_one_for_good(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(replace(reached, database_patience=0.5))
    move(lake, 0)
    line.hold()
    assert move(lake, 1).seq == 2  # from the spool
    assert not lake.health().database_ok
    move(lake, 2)
    assert not lake.database_answers()
    line.flow()  # what was sent before arrives after all, from a line that is given up
    wait_for(lambda: is_back(lake))
    move(lake, 3)
    assert rows(database_url) == steps(4)
    assert lake.verify("s").faults == []
    lake.close()


def test_that_who_reads_from_a_server_that_hangs_is_told_so_in_a_while(
    reached: Settings, line: Line
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    assert lake.bookmarks("s") == []
    line.hold()
    began = time.monotonic()
    assert not lake.database_answers()
    assert time.monotonic() - began < 4.0
    with pytest.raises(DatabaseUnavailable, match=r"^PostgreSQL does not answer$"):
        lake.bookmarks("s")
    assert time.monotonic() - began < 20.0  # though the lake's own patience is 30 s
    line.flow()
    wait_for(lake.database_answers)
    assert lake.bookmarks("s") == []
    lake.close()


def test_that_a_stopped_postgresql_that_goes_on_has_each_change_once(data_dir: Path) -> None:
    lake = Lake.open(Settings(data_dir=data_dir, database_patience=1.5))
    over = threading.Event()
    acknowledged = dict.fromkeys(range(4), -1)

    def send(thread: int) -> None:
        while not over.is_set():
            step = acknowledged[thread] + 1
            ingest(lake, "entity", entity={"id": f"t{thread}", "parameters": {"step": step}})
            acknowledged[thread] = step

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    assert lake._embedded is not None
    server = Postmaster.find(lake._embedded._place.data)
    assert server is not None
    for _ in range(2):
        time.sleep(0.2)
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        for process in processes:
            process.suspend()
        wait_for(lambda: not is_back(lake))
        time.sleep(0.2)
        for process in processes:
            process.resume()
        wait_for(lambda: is_back(lake))
    over.set()
    for thread in threads:
        thread.join()
    with lake._database.reader() as connection:
        told = connection.execute(
            "SELECT key, array_agg((patch->'parameters'->>'step')::int ORDER BY seq) "
            "FROM lake_changes GROUP BY key ORDER BY key"
        ).fetchall()
    assert told == [(f"t{n}", list(range(last + 1))) for n, last in acknowledged.items()]
    assert lake.verify("s").faults == []
    lake.close()


def test_that_an_outage_that_only_readers_meet_is_looked_into(
    reached: Settings, line: Line
) -> None:
    lake = Lake.open(reached)
    move(lake, 0)
    line.cut()
    assert not lake.database_answers()
    wait_for(lambda: not is_back(lake))  # though nothing was written meanwhile
    line.mend()
    wait_for(lambda: is_back(lake))
    assert lake.database_answers()
    lake.close()


def test_that_readers_are_left_alone_while_the_lake_thread_is_merely_busy(
    reached: Settings,
) -> None:
    lake = Lake.open(replace(reached, database_patience=0.2))
    move(lake, 0)
    busy = threading.Event()

    def work() -> None:
        busy.set()
        time.sleep(1.0)

    done = lake._writer.ask(work)
    assert busy.wait(10)
    with lake._database.reader() as connection:
        assert connection.execute("SELECT pg_sleep(0.6), 1").fetchone() == ("", 1)
    done.result(10)
    assert lake.health().database_ok
    assert move(lake, 1).seq == 2
    lake.close()
