"""The past on a real PostgreSQL: cursors, differences, and the life of one entity."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from lake_core import cursor as cursor_module
from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.scene.arrays import SceneArrays
from lake_core.scene.diff import Values
from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.model import IngestResult
from lake_core.scene.state import Scene
from lake_core.store import instants
from lake_core.store.database import Connection
from lake_core.store.history import SpaceRow, find_space


def ingest(lake: Lake, endpoint: str, **body: Any) -> IngestResult:
    raw = msgspec.json.encode({"space_name": "s", **body})
    return lake.ingest(endpoint, raw).result(10)


def edge(source: str, target: str) -> dict[str, Any]:
    return {"source_id": source, "target_id": target, "connection_type": HIERARCHY}


def told(scene: Scene) -> dict[str, Any]:
    live = scene.live_slots()
    return {
        "seq": scene.seq,
        "documents": list(scene.documents()),
        "connections": list(scene.connections.items()),
        "tree": scene.hierarchy(),
        "metadata": scene.metadata(),
        "flux": scene.arrays.flux[live].tolist(),
        "warnings": scene.warnings,
    }


def live_a_life(lake: Lake, steps: int = 60) -> int:
    """Comings, goings, moves and loops, with keyframes among them; the newest seq."""
    random = Random(3)
    seq = 0
    for step in range(steps):
        ids = [f"e{random.randrange(60)}" for _ in range(8)]
        padded = {"step": step, "pad": f"{step}" * 1600}
        body: dict[str, Any] = {
            "entities": [
                {"id": i, "position": [random.randrange(9), step, 0], "parameters": padded}
                for i in dict.fromkeys(ids)
            ],
            "connections": [edge(random.choice(ids), random.choice(ids)) for _ in range(4)],
        }
        seq = ingest(lake, "batch", **body).seq
        if step % 3 == 2:
            seq = ingest(lake, "entity/delete", entity_id=ids[0]).seq
    if steps >= 60:
        wait_for_a_keyframe(lake)
    return seq


def wait_for_a_keyframe(lake: Lake) -> None:
    deadline = time.monotonic() + 10
    while True:
        with lake._database.reader() as connection:
            if connection.execute("SELECT FROM lake_keyframes").fetchone() is not None:
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_that_a_cursor_tells_what_a_fresh_reading_tells(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = live_a_life(lake)
    random = Random(5)
    for rows_a_step, bytes_kept in ((1000, 1 << 28), (7, 1 << 28), (16, 100_000)):
        monkeypatch.setattr(cursor_module, "_ROWS_A_STEP", rows_a_step)
        monkeypatch.setattr(cursor_module, "_STEPS_BYTES", bytes_kept)
        cursor = lake.cursor("s")
        at = random.randrange(head + 1)
        for _ in range(25):
            assert told(cursor.at(at)) == told(lake.scene_at("s", at))
            near = at + random.randrange(-30, 30)
            at = random.choice([near, random.randrange(head + 1)])
            at = min(max(at, 0), head)


def test_that_going_back_step_by_step_reads_nothing_anew(lake: Lake) -> None:
    for step in range(30):
        ingest(lake, "entity", entity={"id": "a", "position": [step, 0, 0]})
    cursor = lake.cursor("s")
    scene = cursor.at(30)
    for at in range(29, 0, -1):
        assert cursor.at(at) is scene
        assert scene.arrays.positions[0].tolist() == [at - 1, 0, 0]


def test_that_a_viewer_follows_a_cursor_by_deltas(lake: Lake) -> None:
    head = live_a_life(lake, 30)
    cursor = lake.cursor("s")
    seen = SceneArrays()
    random = Random(7)
    at = head
    wholes = 0
    for _ in range(30):
        delta = cursor.delta_at(at)
        wholes += delta.whole
        seen.apply(delta)
        scene = cursor.at(at)
        live = scene.live_slots()
        assert seen.alive.nonzero()[0].tolist() == sorted(live.tolist())
        for name in ("positions", "flux", "parents", "depths", "orders"):
            assert getattr(seen, name)[live].tolist() == getattr(scene.arrays, name)[live].tolist()
        assert [seen.documents[slot] for slot in live] == list(scene.documents())
        at = min(max(at + random.randrange(-20, 12), 0), head)
    assert wholes < 15


def test_that_a_cursor_goes_to_snapshots_and_times_and_follows_the_head(lake: Lake) -> None:
    cursor = lake.cursor("s")
    with pytest.raises(NotFound, match="no space"):
        cursor.at(0)
    ingest(lake, "entity", entity={"id": "a"})
    snapshot_id = lake.create_snapshot("s").result(10).snapshot_id
    assert snapshot_id is not None
    ingest(lake, "entity", entity={"id": "b"})
    assert list(cursor.at(datetime.now(UTC)).slot_of) == ["a", "b"]
    assert list(cursor.at(snapshot_id).slot_of) == ["a"]
    ingest(lake, "entity", entity={"id": "c"})
    assert list(cursor.at(3).slot_of) == ["a", "b", "c"]
    for nowhere in (4, -1, uuid4()):
        with pytest.raises(NotFound):
            cursor.at(nowhere)
    assert list(cursor.at(3).slot_of) == ["a", "b", "c"]


def test_that_two_instants_differ_by_state_in_both_directions(lake: Lake) -> None:
    ingest(lake, "batch", entities=[{"id": "a"}, {"id": "b"}], connections=[edge("a", "b")])
    before = lake.create_snapshot("s").result(10).snapshot_id
    assert before is not None
    ingest(lake, "parameter", entity_id="a", parameter_name="energy", value=1)
    ingest(lake, "parameter", entity_id="a", parameter_name="energy", value=2)
    after = ingest(lake, "entity/delete", entity_id="b").seq
    told = lake.diff("s", before, after)
    assert told.changed == {"a": {"parameters": {"energy": Values(after=2)}}}
    assert (len(told.removed), len(told.connections_removed), told.added) == (1, 1, [])
    back = lake.diff("s", after, before)
    assert back.changed == {"a": {"parameters": {"energy": Values(before=2)}}}
    assert (len(back.added), len(back.connections_added), back.removed) == (1, 1, [])
    assert (back.from_seq, back.to_seq) == (told.to_seq, told.from_seq)
    assert lake.diff("s", after, after).is_empty
    with pytest.raises(NotFound):
        lake.diff("s", before, uuid4())


def test_that_differences_reach_over_keyframes(lake: Lake) -> None:
    head = live_a_life(lake)
    for begin, end in ((0, head), (head // 4, head), (head, 3)):
        told = lake.diff("s", begin, end)
        was, now = lake.scene_at("s", begin), lake.scene_at("s", end)
        assert len(told.added) == len(now.slot_of.keys() - was.slot_of.keys())
        assert len(told.removed) == len(was.slot_of.keys() - now.slot_of.keys())
        assert (told.from_seq, told.to_seq) == (begin, end)


def test_that_sql_tells_a_state_after_a_keyframe_as_python_does(lake: Lake) -> None:
    live_a_life(lake)
    ingest(lake, "entity", entity={"id": "late", "parameters": {"gone": 1, "kept": None}})
    ingest(lake, "entity", entity={"id": "late", "parameters": {"kept": None, "new": [1.0]}})
    ingest(lake, "entity", entity={"id": "late", "colour": "red"})
    ingest(lake, "batch", entities=[{"id": f"e{i}", "parameters": {"k": i}} for i in range(30)])
    ingest(lake, "entity/delete", entity_id="e3")
    snapshot_id = lake.create_snapshot("s").result(10).snapshot_id
    assert snapshot_id is not None
    scene = lake.scene_at("s", snapshot_id)
    documents = [msgspec.json.decode(document) for document in scene.documents()]
    with lake._database.reader() as connection:
        frame = connection.execute("SELECT max(seq) FROM lake_keyframes").fetchone()
        row = connection.execute(
            "SELECT entities, connections, hierarchy, parameters FROM eustress_snapshots "
            "WHERE id = %s",
            (snapshot_id,),
        ).fetchone()
        fluxes = connection.execute(
            "SELECT id, flux_position FROM eustress_entities WHERE snapshot_id = %s", (snapshot_id,)
        ).fetchall()
    assert frame is not None
    assert 0 < frame[0] < scene.seq
    assert row is not None
    assert row[0] == documents
    assert row[1] == [msgspec.json.decode(text) for text in scene.connections.values()]
    assert row[2] == msgspec.json.decode(msgspec.json.encode(scene.hierarchy()))
    assert row[3] == {d["id"]: d["parameters"] for d in documents if d["parameters"]}
    assert dict(fluxes) == {key: scene.flux(slot)[0] for key, slot in scene.slot_of.items()}


def test_that_the_life_of_an_entity_is_told_from_birth_to_death(lake: Lake) -> None:
    ingest(lake, "entity", entity={"id": '["a","b","link"]', "parameters": {"energy": 1}})
    ingest(lake, "connection", connection=edge("a", "b") | {"connection_type": "link"})
    entity_id = '["a","b","link"]'
    ingest(lake, "entity", entity={"id": "other"})
    ingest(lake, "entity", entity={"id": entity_id, "position": [3, 0, 0]})
    ingest(lake, "parameter", entity_id=entity_id, parameter_name="energy", value=1.0)
    ingest(lake, "entity/delete", entity_id=entity_id)
    ingest(lake, "entity", entity={"id": entity_id, "name": "again"})

    life = list(lake.entity_history("s", entity_id))
    assert [moment.seq for moment in life] == [1, 4, 5, 6, 7]
    kinds = [moment.kind for moment in life]
    assert kinds == ["created", "changed", "changed", "deleted", "created"]
    assert life[0].changed["parameters"] == {"energy": Values(after=1)}
    assert life[1].changed == {"position": Values([0.0, 0.0, 0.0], [3.0, 0.0, 0.0])}
    assert life[2].changed == {"parameters": {"energy": Values(1, 1.0)}}
    assert life[3].changed == {}
    assert life[4].changed["name"] == Values(after="again")
    flux = [(moment.flux_position, moment.flux_rule) for moment in life]
    assert flux == [
        (0, "position"),
        (3, "position"),
        (3, "position"),
        (None, None),
        (0, "position"),
    ]
    times = [moment.recorded_at for moment in life]
    assert times == sorted(times)

    page = list(lake.entity_history("s", entity_id, after=4, limit=2))
    assert page == life[2:4]
    for space, unknown in (("s", "ghost"), ("nowhere", entity_id)):
        with pytest.raises(NotFound):
            list(lake.entity_history(space, unknown))


def test_that_now_is_found_though_a_change_is_committed_as_it_is_looked_for(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(lake, "entity", entity={"id": "a"})

    def look_and_be_overtaken(connection: Connection, space_name: str) -> SpaceRow | None:
        found = find_space(connection, space_name)
        ingest(lake, "entity", entity={"id": "b"})
        lake.create_snapshot("s").result(10)
        return found

    monkeypatch.setattr(instants, "find_space", look_and_be_overtaken)
    assert lake.scene_at("s", datetime.now(UTC) + timedelta(seconds=5)).slot_of.keys() == {"a", "b"}
