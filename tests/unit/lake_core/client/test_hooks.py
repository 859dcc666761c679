"""What becomes of a call: batches, counts and refusals, against a scripted server."""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lake_core.client import LakeClient, Refusal
from lake_core.errors import InvalidInput, LakeError
from tests.unit.lake_core.client.scripted import OK, ScriptedServer, problem

ROOT = Path(__file__).resolve().parents[4]
NOWHERE = "http://127.0.0.1:1"


def _client(server: ScriptedServer, **options: Any) -> LakeClient:
    return LakeClient(server.url, "s", **{"spool": False, "tick": 0.2, **options})


def test_that_a_request_is_repeated_with_its_key_until_it_is_answered(
    server: ScriptedServer,
) -> None:
    server.answers = [problem(503, "away"), None, problem(500, "oops"), OK]
    with _client(server) as client:
        client.spawn({"id": 7})
        assert client.flush(10.0)
        assert client.status.acknowledged == 1
    keys = {headers["Idempotency-Key"] for _, headers, _ in server.requests}
    assert len(server.requests) == 4
    assert len(keys) == 1


def test_that_an_answer_that_does_not_come_is_asked_for_again(server: ScriptedServer) -> None:
    server.hold.clear()
    with _client(server, timeout=0.1) as client:
        client.spawn({"id": 1})
        assert not client.flush(0.5)
        server.hold.set()
        assert client.flush(10.0)
        assert client.status.acknowledged == 1
    assert len(server.requests) > 1
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.requests}) == 1


def test_that_a_full_lake_is_given_the_time_it_asks_for(server: ScriptedServer) -> None:
    server.answers = [(429, {"Retry-After": "0.6"}, b"{}")]
    with _client(server) as client:
        client.spawn({"id": 1})
        began = time.monotonic()
        assert client.flush(10.0)
    assert time.monotonic() - began > 0.6


def test_that_each_hook_says_what_the_contract_names(server: ScriptedServer) -> None:
    with _client(server) as client:
        client.spawn({"id": "a", "name": "A", "custom": [1]})
        client.update("b", position=[1, 2, 3])
        client.connect("a", "b", "power", strength=0.5)
        client.parameter("a", "heat", 4.5)
        client.delete("c")
        assert client.flush(10.0)
        client.disconnect("a", "b", "power")
        client.save_scene([{"id": "a"}], [])
        assert client.flush(10.0)
    batch, disconnect, scene = server.bodies()
    assert batch == {
        "space_name": "s",
        "entities": [{"id": "a", "name": "A", "custom": [1]}, {"id": "b", "position": [1, 2, 3]}],
        "connections": [
            {"source_id": "a", "target_id": "b", "connection_type": "power", "strength": 0.5}
        ],
        "parameters": [{"entity_id": "a", "parameter_name": "heat", "value": 4.5}],
        "deleted_entities": ["c"],
    }
    edge = {"source_id": "a", "target_id": "b", "connection_type": "power"}
    assert disconnect == {"space_name": "s", **edge}
    assert scene == {
        "space_name": "s", "entities": [{"id": "a"}], "connections": [], "replace": True,
    }  # fmt: skip


def test_that_states_of_one_tick_become_one_and_count_as_all(server: ScriptedServer) -> None:
    with _client(server) as client:
        for x in range(5):
            client.update("a", position=[x, 0, 0])
        assert client.flush(10.0)
        assert client.status.acknowledged == 5
    assert server.bodies()[0]["entities"] == [{"id": "a", "position": [4, 0, 0]}]


def test_that_what_the_scene_changes_later_was_said_as_it_was(server: ScriptedServer) -> None:
    position, parameters = [1, 2, 3], {"heat": 1}
    with _client(server) as client:
        client.update("a", position=position, parameters=parameters)
        position[0], parameters["heat"] = 9, 9
        assert client.flush(10.0)
    assert server.bodies()[0]["entities"] == [
        {"id": "a", "position": [1, 2, 3], "parameters": {"heat": 1}}
    ]


def test_that_arrays_are_numbers_to_the_lake(server: ScriptedServer) -> None:
    at = np.array([1.5, 2.0, 3.0], np.float32)
    with _client(server) as client:
        client.update("a", position=at, parameters={"heat": at[0]})
        at[0] = 9.0
        assert client.flush(10.0)
    [entity] = server.bodies()[0]["entities"]
    assert entity == {"id": "a", "position": [1.5, 2.0, 3.0], "parameters": {"heat": 1.5}}


def test_that_one_bad_operation_is_set_aside_and_the_others_are_sent(
    server: ScriptedServer,
) -> None:
    server.answers = [problem(400, "bad"), OK, problem(400, "bad"), OK, problem(400, "blank id")]
    told: list[Refusal] = []
    with _client(server, on_refused=told.append) as client:
        for number in range(4):
            client.spawn({"id": number})
        assert client.flush(10.0)
        status = client.status
        assert client.refusals == told
    assert (status.acknowledged, status.refused, status.waiting) == (3, 1, 0)
    assert str(status) == "connected / buffering 0 / dropped 0 / refused 1"
    [refusal] = told
    assert (refusal.status, refusal.reason, refusal.operations) == (400, "blank id", 1)
    assert refusal.body["entities"] == [{"id": "3"}]
    keys = [headers["Idempotency-Key"] for _, headers, _ in server.requests]
    assert keys == [keys[0] + part for part in ("", "/0", "/1", "/1/0", "/1/1")]


def test_that_what_the_lake_points_at_is_set_aside_at_once(server: ScriptedServer) -> None:
    server.answers = [
        problem(400, "/entities/2/id: blank"),
        problem(404, "/parameters/0: no entity"),
    ]
    with _client(server) as client:
        for number in range(50):
            client.spawn({"id": number})
        client.parameter("nobody", "x", 1)
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (49, 2)
        at_fault = [refusal.body for refusal in client.refusals]
    assert at_fault[0]["entities"] == [{"id": "2"}]
    assert at_fault[1]["parameters"][0]["entity_id"] == "nobody"
    keys = [headers["Idempotency-Key"] for _, headers, _ in server.requests]
    assert keys == [keys[0] + part for part in ("", "~", "~~")]


def test_that_what_is_no_json_is_refused_alone(server: ScriptedServer) -> None:
    with _client(server) as client:
        client.spawn({"id": "good"})
        client.spawn({"id": "bad", "parameters": {"x": object()}})
        client.parameter("good", "heat", float("nan"))
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (1, 2)
        client.spawn({"id": "worse", "x": object()})
        client.update("worse", y=1)
        assert client.flush(10.0)
        assert (client.status.refused, client.status.waiting) == (4, 0)
        client.save_scene([{"id": "a"}, {"id": "b", "x": object()}])
        assert client.flush(10.0)  # a scene without b would say that b is gone
        assert (client.status.refused, client.status.waiting) == (6, 0)
    assert len(server.requests) == 1


def test_that_a_mistake_in_the_hosts_callback_ends_nothing(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = [problem(400, "bad")]

    def fail(refusal: Refusal) -> None:
        raise RuntimeError("the host's mistake")

    with _client(server, on_refused=fail) as client:
        client.spawn({"id": "bad"})
        assert client.flush(10.0)
        client.spawn({"id": "good"})
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (1, 1)
    assert "the host's mistake" in caplog.text


def test_that_a_wrong_token_gives_nothing_up(server: ScriptedServer) -> None:
    server.answers = [problem(401, "token missing or wrong")] * 2
    with _client(server) as client:
        client.spawn({"id": 1})
        deadline = time.monotonic() + 10
        while not client.status.denied:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert str(client.status) == "not let in / buffering 1 / dropped 0"
        assert "token" in (client.status.last_error or "")
        assert client.flush(10.0)  # let in
        assert (client.status.acknowledged, client.status.denied) == (1, False)


def test_that_kinds_go_in_their_order(server: ScriptedServer) -> None:
    with _client(server) as client:
        client.spawn({"id": "a"})
        client.disconnect("a", "b", "power")
        client.delete("a")
        client.spawn({"id": "a", "name": "again"})
        assert client.flush(10.0)
    paths = [path.removeprefix("/eustress/ingest/") for path, _, _ in server.requests]
    assert paths == ["batch", "connection/delete", "batch", "batch"]
    assert server.bodies()[2]["deleted_entities"] == ["a"]


def test_that_what_finds_no_room_is_dropped_counted_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = tmp_path / "spool"
    client = LakeClient(
        NOWHERE, "s", spool=spool, spool_bytes=1500, tick=0.01, max_batch=1, max_waiting=10
    )
    for number in range(100):
        client.update(number, name="x" * 100)
        time.sleep(0.001)
    status = client.status
    assert not status.connected
    assert 10 <= status.waiting < 100
    assert status.given == 100 == status.waiting + status.dropped
    assert "are lost" in caplog.text
    assert client.close(0.05) is False
    after = client.status
    assert after.given == after.waiting + after.dropped
    assert after.waiting <= status.waiting  # what could not be stowed is not said to be kept


def test_that_a_script_that_draws_no_frames_may_wait_for_room(server: ScriptedServer) -> None:
    with _client(server, block=True, max_waiting=5, max_batch=3, tick=0.01) as client:
        for number in range(200):
            client.spawn({"id": number})
        assert client.flush(30.0)
        assert (client.status.acknowledged, client.status.dropped) == (200, 0)


def test_that_a_new_client_delivers_what_the_last_one_left(
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = tmp_path / "spool"
    last = LakeClient(NOWHERE, "s", spool=spool)
    last.spawn({"id": "left"})
    assert last.close(0.1) is False
    assert "rest in" in caplog.text
    with LakeClient(server.url, "s", spool=spool) as client:
        client.spawn({"id": "new"})
        assert client.flush(10.0)
        assert (client.status.given, client.status.acknowledged) == (1, 2)
    assert [body["entities"] for body in server.bodies()] == [[{"id": "left"}], [{"id": "new"}]]
    assert not spool.exists()  # nothing waits: nothing is left behind


def test_that_an_engine_that_just_ends_leaves_what_it_said_and_needs_python_alone(
    server: ScriptedServer, tmp_path: Path
) -> None:
    engine = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from lake_core.client import LakeClient\n"
        f"LakeClient({NOWHERE!r}, 's', spool=Path(sys.argv[2])).spawn({{'id': 'last words'}})\n"
    )
    spool = tmp_path / "spool"
    # -S: nothing that was installed can be imported.
    command = [sys.executable, "-S", "-c", engine, str(ROOT), str(spool)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stderr
    with LakeClient(server.url, "s", spool=spool) as client:
        assert client.flush(10.0)
        assert client.status.acknowledged == 1
    assert server.bodies()[0]["entities"] == [{"id": "last words"}]


def test_that_a_batch_whose_answer_was_lost_keeps_its_key_over_a_restart(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.hold.clear()  # it is received; the answer never comes
    last = LakeClient(server.url, "s", spool=tmp_path / "spool", tick=0.0)
    last.spawn({"id": "a"})
    deadline = time.monotonic() + 10
    while not server.requests:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert last.close(0.0) is False
    server.hold.set()
    with LakeClient(server.url, "s", spool=tmp_path / "spool") as client:
        assert client.flush(10.0)
    first, second = server.requests[0], server.requests[-1]
    assert first[1]["Idempotency-Key"] == second[1]["Idempotency-Key"]
    assert first[2] == second[2]


def test_that_a_closed_client_takes_nothing_more(server: ScriptedServer) -> None:
    client = _client(server)
    assert client.close()
    with pytest.raises(LakeError, match="closed"):
        client.spawn({"id": "late"})


def test_that_connections_and_losses_are_logged_once(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="lake_core.client")
    server.answers = [problem(503, "away"), problem(503, "away"), OK]
    with _client(server, tick=0.0) as client:
        client.spawn({"id": 1})
        assert client.flush(10.0)
    assert [json.loads(body)["entities"] for _, _, body in server.requests] == [[{"id": "1"}]] * 3
    assert sum("connected" in record.message for record in caplog.records) == 1


@pytest.mark.parametrize(("url", "space"), [("ftp://lake", "s"), (NOWHERE, " ")])
def test_that_a_client_of_nothing_is_refused_at_once(url: str, space: str) -> None:
    with pytest.raises(InvalidInput):
        LakeClient(url, space)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "entity"},
        {"op": "fly"},
        {"op": "entity", "entity": 5},
        {"op": "entity", "entity": {}},
        {"op": "parameter", "entity_id": "a"},
        {"op": "parameter", "entity_id": "a", "parameter_name": ["x"], "value": 1},
        {"op": "connection", "connection": {"source_id": "a"}},
        {"op": "connection", "connection": 5},
        {},
    ],
)
def test_that_what_is_no_operation_is_refused_by_the_call(operation: dict[str, object]) -> None:
    with LakeClient(NOWHERE, "s", spool=False) as client, pytest.raises(InvalidInput):
        client.operation(operation)


def test_that_a_flush_that_may_wait_for_ever_ends_when_the_client_is_closed() -> None:
    client = LakeClient(NOWHERE, "s", spool=False, tick=0.01)
    client.spawn({"id": 1})
    told: list[bool] = []
    waiting = threading.Thread(target=lambda: told.append(client.flush(None)))
    waiting.start()
    assert client.close(0.0) is False
    waiting.join(10.0)
    assert told == [False]


@pytest.mark.parametrize(("call", "seconds"), [("flush", 30.0), ("close", 10.0)])
def test_that_no_call_waits_for_an_absent_lake_for_ever_unasked(call: str, seconds: float) -> None:
    limit = inspect.signature(getattr(LakeClient, call)).parameters["timeout"].default
    assert limit == seconds
