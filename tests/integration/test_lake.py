"""The lake on a real PostgreSQL: durable, restartable, all or nothing, one writer a space."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from lake_core.errors import (
    DatabaseUnavailable,
    InvalidInput,
    KeyReused,
    NotFound,
    Unstorable,
    WriterElsewhere,
)
from lake_core.lake import Lake
from lake_core.live import Changed, EpochCreated, EpochDeleted, SnapshotCreated, SpaceCreated
from lake_core.scene.arrays import SceneArrays
from lake_core.scene.model import IngestResult
from lake_core.settings import Settings


def ingest(lake: Lake, endpoint: str, key: str | None = None, **body: Any) -> IngestResult:
    raw = msgspec.json.encode({"space_name": "s", **body})
    return lake.ingest(endpoint, raw, idempotency_key=key).result(10)


def entities(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"e{i}", "position": [i, 0, 0], **fields} for i in range(count)]


def documents(lake: Lake, space: str = "s") -> list[bytes]:
    head = next(s.changes for s in lake.spaces() if s.space_name == space)
    return list(lake.scene_at(space, head).documents())


def test_that_after_a_restart_every_space_is_as_it_was(settings: Settings) -> None:
    lake = Lake.open(settings)
    ingest(lake, "batch", entities=entities(150, colour="red"))
    ingest(lake, "connection", connection=_edge("e0", "e1"))
    ingest(lake, "parameter", entity_id="e1", parameter_name="energy", value=None)
    ingest(lake, "entity/delete", entity_id="e7")
    before = lake.create_snapshot("s").result(10).snapshot_id
    assert before is not None
    told = lake.full_snapshot(before)
    lake.close()

    lake = Lake.open(settings)
    delta = lake.subscribe("s").poll().result(10)
    again = lake.create_snapshot("s").result(10).snapshot_id
    assert again is not None
    assert delta is not None
    assert len(delta.slots) == 149
    assert lake.full_snapshot(again).metadata == told.metadata
    assert lake.full_snapshot(again).entities == told.entities
    assert lake.full_snapshot(before) == told
    lake.close()


def test_that_a_keyframe_and_the_rows_since_tell_what_the_rows_alone_do(lake: Lake) -> None:
    for step in range(40):
        ingest(
            lake, "batch", entities=entities(90, parameters={"step": step, "pad": f"{step}" * 200})
        )
    ingest(lake, "connection", connection=_edge("e0", "e1"))
    _wait_for(lambda: _count(lake, "lake_keyframes") > 0)
    snapshot_id = lake.create_snapshot("s").result(10).snapshot_id
    assert snapshot_id is not None
    live = lake.full_snapshot(snapshot_id)
    with lake._database.reader() as connection:
        connection.execute("DELETE FROM lake_keyframes")
    assert lake.full_snapshot(snapshot_id) == live


def test_that_every_instant_of_the_past_can_be_read(lake: Lake) -> None:
    moments = []
    for step in range(5):
        result = ingest(lake, "entity", entity={"id": "a", "position": [step, 0, 0]})
        moments.append((result.seq, lake.spaces()[0].last_change))
    for step, (seq, moment) in enumerate(moments):
        for instant in (seq, moment):
            assert instant is not None
            scene = lake.scene_at("s", instant)
            assert scene.arrays.positions[0].tolist() == [step, 0.0, 0.0]
    with pytest.raises(NotFound, match="0 to 5"):
        lake.scene_at("s", 6)


def test_that_a_repeat_is_counted_and_not_stored(lake: Lake) -> None:
    first = ingest(lake, "batch", entities=entities(3))
    second = ingest(lake, "batch", entities=entities(3))
    assert (first.accepted, first.unchanged, first.seq) == (3, 0, 3)
    assert (second.accepted, second.unchanged, second.seq) == (0, 3, 3)
    assert _count(lake, "lake_changes") == 3


def test_that_a_batch_is_all_or_nothing(lake: Lake) -> None:
    ingest(lake, "entity", entity={"id": "a"})
    wrong: list[dict[str, Any]] = [
        {"entities": [{"id": "b"}, {"id": "c", "position": [1, 2]}]},
        {"entities": [{"id": "b"}, {"id": "  "}]},
        {"entities": [{"id": "b"}, {"id": "c", "extra": 1, "name": 5}]},
        {"entities": [{"id": "b"}], "parameters": [_parameter("ghost")]},
        {"entities": [{"id": "b"}], "deleted_entities": ["b"]},
        {"entities": [{"id": "b", "name": "\0"}]},
    ]
    for body in wrong:
        with pytest.raises((InvalidInput, NotFound)):
            ingest(lake, "batch", **body)
    assert _count(lake, "lake_changes") == 1
    assert len(documents(lake)) == 1


def test_that_a_batch_may_delete_and_replace(lake: Lake) -> None:
    ingest(lake, "batch", entities=entities(5), connections=[_edge("e0", "e1"), _edge("e0", "e2")])
    ingest(lake, "batch", deleted_entities=["e4", "never"], parameters=[_parameter("e1")])
    assert len(documents(lake)) == 4
    ingest(lake, "batch", replace=True, entities=entities(2), connections=[_edge("e0", "e1")])
    scene = lake.scene_at("s", lake.spaces()[0].changes)
    assert list(scene.slot_of) == ["e0", "e1"]
    assert scene.connection_count == 1


def test_that_a_refused_request_leaves_no_space_behind(lake: Lake) -> None:
    with pytest.raises(NotFound):
        ingest(lake, "parameter", **_parameter("a"))
    with pytest.raises(NotFound):
        lake.create_snapshot("s").result(10)
    with pytest.raises(Unstorable):
        ingest(lake, "entity", entity={"id": "a", "tags": ["\0"]})
    assert lake.spaces() == []


def test_that_unknown_fields_numbers_and_integer_ids_survive(lake: Lake) -> None:
    sent = {
        "id": 42,
        "mesh": {"path": "a/b", "lod": [1, 2.0, 1e16, 10**30, -0.0]},
        "parameters": {"one": 1, "one_float": 1.0, "none": None, "text": 'quote " and \\ é \u2028'},
    }
    ingest(lake, "entity", entity=sent)
    (document,) = documents(lake)
    stored = msgspec.json.decode(document)
    assert stored["id"] == "42"
    assert stored["mesh"] == sent["mesh"]
    assert msgspec.json.encode(stored["parameters"]) == msgspec.json.encode(
        dict(sorted(sent["parameters"].items()))  # type: ignore[attr-defined]
    )


def test_that_a_snapshot_is_taken_after_the_threshold_and_not_more_often_than_the_interval(
    settings: Settings,
) -> None:
    lake = Lake.open(replace(settings, snapshot_threshold=10, snapshot_min_interval=0.5))
    answers = [ingest(lake, "entity", entity={"id": str(i)}) for i in range(35)]
    taken = [answer.snapshot_id for answer in answers if answer.snapshot_id]
    assert answers[9].snapshot_id is not None
    assert len(taken) == 1
    _wait_for(lambda: len(lake.snapshots("s")) == 2)
    first, second = lake.snapshots("s")
    assert (first.seq, second.seq) == (10, 35)
    assert (second.timestamp - first.timestamp).total_seconds() >= 0.45
    assert first.trigger == second.trigger == "threshold"
    lake.close()


def test_that_a_batch_of_a_hundred_takes_a_snapshot(lake: Lake) -> None:
    assert ingest(lake, "batch", entities=entities(99)).snapshot_id is None
    taken = ingest(lake, "batch", entities=entities(100)).snapshot_id
    assert taken is not None
    assert lake.snapshot(taken).trigger == "batch"
    assert lake.snapshot(taken).metadata.entity_count == 100


def test_that_a_key_makes_a_retry_harmless(settings: Settings) -> None:
    lake = Lake.open(settings)
    first = ingest(lake, "entity", key="k", entity={"id": "a", "name": "one"})
    ingest(lake, "entity", entity={"id": "a", "name": "two"})
    assert ingest(lake, "entity", key="k", entity={"id": "a", "name": "one"}) == first
    lake.close()
    lake = Lake.open(settings)
    assert ingest(lake, "entity", key="k", entity={"id": "a", "name": "one"}) == first
    with pytest.raises(KeyReused):
        ingest(lake, "entity", key="k", entity={"id": "a", "name": "three"})
    assert b'"name":"two"' in documents(lake)[0]
    lake.close()


def test_that_two_lakes_may_not_write_one_space_but_each_its_own(settings: Settings) -> None:
    first, second = Lake.open(settings), Lake.open(settings)
    ingest(first, "entity", entity={"id": "a"})
    with pytest.raises(WriterElsewhere, match="eustress-lake"):
        ingest(second, "entity", entity={"id": "b"})
    ingest(second, "entity", space_name="other", entity={"id": "b"})
    assert second.scene_at("s", 1).entity_count == 1
    first.close()
    assert ingest(second, "entity", entity={"id": "b"}).seq == 2
    second.close()


def test_that_requests_of_many_threads_share_commits_and_keep_their_order(lake: Lake) -> None:
    def send(thread: int) -> None:
        for step in range(50):
            ingest(lake, "entity", entity={"id": f"t{thread}", "parameters": {"step": step}})

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with lake._database.reader() as connection:
        rows = connection.execute(
            "SELECT seq, xmin::text FROM lake_changes ORDER BY seq"
        ).fetchall()
    assert [seq for seq, _ in rows] == list(range(1, 401))
    assert len({xmin for _, xmin in rows}) < 400
    scene = lake.scene_at("s", 400)
    assert all(b'"step":49' in document for document in scene.documents())


def test_that_a_viewer_brought_up_to_date_by_deltas_sees_what_a_new_one_sees(lake: Lake) -> None:
    ingest(lake, "batch", entities=entities(30), connections=[_edge("e0", "e5")])
    following = lake.subscribe("s")
    seen = SceneArrays()
    for step in range(10):
        if (delta := following.poll().result(10)) is not None:
            seen.apply(delta)
        ingest(lake, "entity", entity={"id": f"e{step}", "position": [0, step, 0]})
        ingest(lake, "entity/delete", entity_id=f"e{29 - step}")
        ingest(lake, "connection", connection=_edge(f"e{step}", f"e{step + 1}"))
    last = following.poll().result(10)
    assert last is not None
    seen.apply(last)
    assert following.poll().result(10) is None
    fresh, whole = SceneArrays(), lake.subscribe("s").poll().result(10)
    assert whole is not None
    fresh.apply(whole)
    live = fresh.alive.nonzero()[0]
    assert seen.alive.nonzero()[0].tolist() == live.tolist()
    for name in ("positions", "flux", "parents", "depths", "orders"):
        assert getattr(seen, name)[live].tolist() == getattr(fresh, name)[live].tolist(), name
    following.close()


def test_that_one_entity_is_told_with_its_surroundings(lake: Lake) -> None:
    ingest(lake, "batch", entities=entities(3), connections=[_edge("e0", "e1"), _edge("e1", "e2")])
    detail = lake.entity_detail("s", "e1").result(10)
    assert (detail.parent_id, detail.children, detail.depth) == ("e0", ["e2"], 1)
    assert (detail.flux_position, detail.flux_rule) == (1, "position")
    assert len(detail.connections) == 2
    with pytest.raises(NotFound):
        lake.entity_detail("s", "ghost").result(10)


def test_that_an_epoch_is_frozen_and_holds_its_snapshots(lake: Lake) -> None:
    heard: list[Any] = []
    lake.add_listener(heard.append)
    for step in range(3):
        ingest(lake, "batch", entities=entities(120 + step))
    ids = [snapshot.id for snapshot in lake.snapshots("s")]
    epoch = lake.create_epoch([ids[2], ids[0]], "first", "by hand")
    assert epoch.snapshot_ids == [ids[0], ids[2]]
    assert epoch.sample_count == 120 + 122
    assert epoch.stats.total_entities == 122
    assert lake.epoch(epoch.id) == epoch
    with pytest.raises(psycopg.errors.ForeignKeyViolation), lake._database.reader() as connection:
        connection.execute("DELETE FROM lake_snapshots WHERE id = %s", (ids[0],))
    lake.delete_epoch(epoch.id)
    assert lake.epochs() == []
    for question in (lambda: lake.epoch(epoch.id), lambda: lake.create_epoch([uuid4()])):
        with pytest.raises(NotFound):
            question()
    with pytest.raises(InvalidInput):
        lake.create_epoch([])
    kinds = [type(notice) for notice in heard]
    assert kinds.count(SnapshotCreated) == 3
    assert {SpaceCreated, Changed, EpochCreated, EpochDeleted} <= set(kinds)


def test_that_what_one_commit_makes_of_a_space_is_told_once(lake: Lake) -> None:
    ingest(lake, "entity", entity={"id": "first"})
    heard: list[Any] = []
    lake.add_listener(heard.append)
    gathered = threading.Event()
    lake._writer.ask(lambda: gathered.wait(10))
    bodies = [msgspec.json.encode({"space_name": "s", "entity": one}) for one in entities(20)]
    futures = [lake.ingest("entity", body) for body in (*bodies, bodies[0])]
    gathered.set()
    assert [future.result(10).seq for future in futures] == [*range(2, 22), 21]
    lake._writer.ask(lambda: None).result(10)  # what is told is told after the answers
    assert heard == [Changed("s", seq=21, count=20)]


def test_that_closing_commits_what_was_accepted(settings: Settings) -> None:
    lake = Lake.open(settings)
    body = msgspec.json.encode({"space_name": "s", "entities": entities(2000)})
    future = lake.ingest("batch", body)
    lake.close()
    assert future.result(0).accepted == 2000
    with pytest.raises(DatabaseUnavailable):
        lake.ingest("batch", body)


def test_that_who_only_reads_is_told_of_a_database_that_is_not_there(tmp_path: Path) -> None:
    nowhere = f"host={tmp_path} dbname=none"
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        Lake.open(Settings(data_dir=tmp_path, database_url=nowhere), ingesting=False)


def test_that_any_client_reaches_the_embedded_database_while_the_lake_is_open(
    data_dir: Path,
) -> None:
    lake = Lake.open(Settings(data_dir=data_dir))
    ingest(lake, "batch", entities=entities(120))
    address = lake.sql_address()
    assert address is not None
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT count(*) FROM eustress_entities").fetchone()
    assert row == (120,)
    lake.close()


def _edge(source: str, target: str) -> dict[str, Any]:
    return {"source_id": source, "target_id": target, "connection_type": "hierarchy"}


def _parameter(entity_id: str) -> dict[str, Any]:
    return {"entity_id": entity_id, "parameter_name": "energy", "value": 1}


def _count(lake: Lake, table: str) -> int:
    with lake._database.reader() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
