"""LakeClient and replays against a real server over a real lake."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from lake_core.client import LakeClient, Refusal
from lake_core.errors import InvalidInput, LakeError
from lake_core.replay import Progress, read_recording, replay
from resources import demo

Served = Any  # the server fixture's class lives in conftest.py, which is not imported


def _entities(served: Served, space_name: str) -> dict[str, dict[str, Any]]:
    scene = served.lake.scene_at(space_name, served.lake.spaces()[0].changes)
    return {
        entity_id: json.loads(scene.arrays.documents[slot])
        for entity_id, slot in scene.slot_of.items()
    }


def test_that_what_a_client_is_told_is_in_the_lake_after_flush(served: Served) -> None:
    with LakeClient(served.url, "lab", spool=False) as client:
        client.spawn({"id": 1, "name": "One", "position": [1, 2, 3], "custom": [True]})
        client.spawn({"id": "2"})
        client.connect(1, 2)
        client.parameter(2, "heat", 4.5)
        assert client.flush(10.0)
        assert client.status.connected
    entities = _entities(served, "lab")
    assert entities["1"]["position"] == [1, 2, 3]
    assert entities["1"]["custom"] == [True]
    assert entities["2"]["parameters"] == {"heat": 4.5}
    detail = served.lake.entity_detail("lab", "2").result(10)
    assert (detail.parent_id, detail.depth) == ("1", 1)


def test_that_a_life_of_the_demo_arrives_as_it_happened(served: Served) -> None:
    operations = [*demo.build(), *(op for n in range(300) for op in demo.tick(n))]
    with LakeClient(served.url, demo.SPACE, spool=False) as client:
        for operation in operations:
            client.operation(operation)
        assert client.flush(30.0)
        assert client.status.refused == 0
    alive = {op["entity"]["id"] for op in operations if op["op"] == "entity"}
    alive -= {op["entity_id"] for op in operations if op["op"] == "delete_entity"}
    entities = _entities(served, demo.SPACE)
    assert set(entities) == alive
    last = {op["entity"]["id"]: op["entity"] for op in operations if op["op"] == "entity"}
    assert all(entities[i]["position"] == last[i]["position"] for i in alive)


def test_that_one_bad_entity_is_reported_and_the_rest_is_committed(served: Served) -> None:
    told: list[Refusal] = []
    with LakeClient(served.url, "lab", spool=False, tick=0.2, on_refused=told.append) as client:
        for number in range(20):
            client.spawn({"id": f"e{number}", "position": [number, 0, 0]})
        client.update("bad", position="up")
        client.parameter("nobody", "x", 1)
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (20, 2)
    assert len(_entities(served, "lab")) == 20
    assert [(each.status, "position" in each.reason) for each in told] == [
        (400, True),
        (404, False),
    ]


def test_that_a_client_waits_for_a_lake_that_comes_up_later(
    served_with: Callable[..., AbstractContextManager[Served]],
) -> None:
    with served_with() as first:
        port = first.port
        with LakeClient(first.url, "lab", spool=False) as client:
            client.spawn({"id": "before"})
            assert client.flush(10.0)
    client = LakeClient(f"http://127.0.0.1:{port}", "lab", spool=False)
    client.spawn({"id": "meanwhile"})
    assert not client.flush(0.3)
    assert not client.status.connected
    with served_with(port=port) as second:
        assert client.flush(30.0)
        assert client.close()
        assert set(_entities(second, "lab")) == {"before", "meanwhile"}


def test_that_several_threads_may_use_one_client(served: Served) -> None:
    with LakeClient(served.url, "lab", spool=False, coalesce=False) as client:

        def work(worker: int) -> None:
            for number in range(100):
                client.spawn({"id": f"{worker}/{number}"})

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(30.0)
    assert len(_entities(served, "lab")) == 400


def test_that_a_saved_scene_is_all_that_is_there(served: Served) -> None:
    with LakeClient(served.url, "lab", spool=False) as client:
        for number in range(5):
            client.spawn({"id": number})
        client.save_scene(
            [{"id": 3, "name": "Three"}, {"id": 9}],
            [{"source_id": 3, "target_id": 9, "connection_type": "hierarchy"}],
        )
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (8, 0)
    assert set(_entities(served, "lab")) == {"3", "9"}
    assert served.lake.entity_detail("lab", "9").result(10).parent_id == "3"


def test_that_a_replay_without_the_token_ends_and_says_so(
    served_with: Callable[..., AbstractContextManager[Served]],
) -> None:
    line = b'{"op": "entity", "space_name": "s", "entity": {"id": "a"}}'
    with (
        served_with(token="secret") as guarded,
        pytest.raises(LakeError, match="give the lake's token"),
    ):
        replay(read_recording([line]), guarded.url, "wrong", speed=None)


def test_that_the_walk_is_replayed_change_by_change(served: Served, shared_data: Path) -> None:
    told: list[Progress] = []
    with (shared_data / "stream_male_walking.jsonl").open("rb") as file:
        final = replay(read_recording(file), served.url, speed=None, progress=told.append)
    assert (final.read, final.acknowledged, final.refused) == (2046, 2046, 0)
    assert told[-1] == final
    (space,) = served.lake.spaces()
    assert (space.space_name, space.entities) == ("male_walking", 66)
    sent = (shared_data / "stream_male_walking.jsonl").read_text().splitlines()
    states = [json.loads(line)["entity"] for line in sent]
    changes = 0
    seen: dict[str, dict[str, Any]] = {}
    for state in states:
        changes += seen.get(state["id"]) != state
        seen[state["id"]] = state
    assert space.changes == changes  # not one state in between is left out


def test_that_a_replay_keeps_the_recordings_pace(served: Served) -> None:
    lines = [
        json.dumps({"t": 5.0 + t, "op": "entity", "space_name": "s", "entity": {"id": f"{t}"}})
        for t in (0.0, 0.4, 0.8)
    ]
    began = time.monotonic()
    replay(read_recording(line.encode() for line in lines), served.url, speed=2.0)
    assert 0.4 <= time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "line 2 is not JSON"),
        (b"[]", "line 2 is not an operation"),
        (b'{"op": "entity", "entity": {}}', "line 2: no space_name"),
        (b'{"op": "fly", "space_name": "s"}', "line 2: there is no operation 'fly'"),
    ],
)
def test_that_a_bad_line_is_named(served: Served, line: bytes, reason: str) -> None:
    good = b'{"op": "entity", "space_name": "s", "entity": {"id": "a"}}'
    with pytest.raises(InvalidInput, match=reason) as told:
        replay(read_recording([good, line]), served.url, speed=None)
    assert "the one before it is kept; mend the line" in str(told.value)
    assert [one.entities for one in served.lake.spaces()] == [1]  # and so it is
    with pytest.raises(InvalidInput, match="Nothing of it is kept"):
        replay(read_recording([line]), served.url, speed=None)
