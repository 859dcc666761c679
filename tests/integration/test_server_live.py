"""`GET /eustress/live` with a client that is not ours: the state, what changes, who is slow."""

from __future__ import annotations

import json
import socket as sockets
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_to

SPACE = "s"


def connect(served: Any, space: str = SPACE, **options: Any) -> ClientConnection:
    address = f"ws://127.0.0.1:{served.port}/eustress/live?space={space}"
    made: ClientConnection = connect_to(address, open_timeout=30, proxy=None, **options)
    return made


class Viewer:
    """Keeps a picture of a space from what it is told."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.entities: dict[str, dict[str, Any]] = {}
        self.notices: list[dict[str, Any]] = []
        self.types: list[str] = []

    def take(self, timeout: float = 30) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._connection.recv(timeout=timeout))
        self.types.append(told["type"])
        if told["type"] == "resync":
            self.entities.clear()
        elif told["type"] in ("state", "changes"):
            for entity_id in told.get("removed", []):
                self.entities.pop(entity_id, None)
            self.entities |= {one["id"]: one for one in told["entities"]}
        else:
            self.notices.append(told)
        return told

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline
            self.take()


def put(served: Any, entity_id: str, **fields: Any) -> None:
    served.ingest("entity", {"space_name": SPACE, "entity": {"id": entity_id, **fields}})


def as_listed(served: Any) -> dict[str, dict[str, Any]]:
    listed = served.get(f"/eustress/spaces/{SPACE}/entities").json()
    return {one["id"]: one for one in listed}


def test_that_a_viewer_gets_the_state_and_then_what_changes(served: Any) -> None:
    put(served, "a", position=[1, 2, 3])
    put(served, "b")
    with connect(served) as connection:
        viewer = Viewer(connection)
        assert viewer.take() == {"type": "hello", "protocol": 1, "space_name": SPACE}
        state = viewer.take()
        assert (state["type"], state["seq"], state["more"]) == ("state", 2, False)
        assert viewer.entities == as_listed(served)
        put(served, "c")
        served.ingest(
            "connection",
            {
                "space_name": SPACE,
                "connection": {
                    "source_id": "a", "target_id": "c", "connection_type": "hierarchy",
                },
            },
        )  # fmt: skip
        put(served, "a", name="moved", position=[9, 0, 0])
        served.ingest("entity/delete", {"space_name": SPACE, "entity_id": "b"})
        viewer.until(lambda: viewer.entities == as_listed(served))
        assert viewer.entities["c"]["parent_id"] == "a"
        assert (viewer.entities["c"]["depth"], viewer.entities["a"]["flux_position"]) == (1, 9)


def test_that_many_changes_are_told_in_few_messages(served: Any) -> None:
    put(served, "a")
    with connect(served) as connection:
        viewer = Viewer(connection)
        viewer.until(lambda: "a" in viewer.entities)
        begun = time.monotonic()
        for step in range(200):
            put(served, "a", position=[step, 0, 0])
        viewer.until(lambda: viewer.entities["a"]["position"][0] == 199)
        told = viewer.types.count("changes")
        assert told <= 30 * (time.monotonic() - begun) + 2


def test_that_a_space_that_is_yet_to_come_is_waited_for(served: Any) -> None:
    with connect(served) as connection:
        viewer = Viewer(connection)
        viewer.take()
        with pytest.raises(TimeoutError):
            viewer.take(timeout=0.3)
        put(served, "a")
        viewer.until(lambda: "a" in viewer.entities)
        assert viewer.types[:2] == ["hello", "state"]


def test_that_snapshots_and_epochs_are_told(served: Any) -> None:
    put(served, "a")
    with connect(served) as connection, connect(served, "other") as elsewhere:
        viewer = Viewer(connection)
        viewer.until(lambda: "a" in viewer.entities)
        taken = served.ingest(f"snapshot/{SPACE}")["snapshot_id"]
        body = {"space_name": SPACE, "name": "first", "snapshot_ids": [taken]}
        epoch = served.post("/eustress/epochs", body).json()
        served.request("PATCH", f"/eustress/snapshots/{taken}", {"pinned": True})
        served.request("DELETE", f"/eustress/epochs/{epoch['id']}")
        viewer.until(lambda: len(viewer.notices) == 5)
        assert [notice["type"] for notice in viewer.notices[1:]] == [
            "snapshot_created", "epoch_created", "snapshot_changed", "epoch_deleted",
        ]  # fmt: skip
        assert viewer.notices[1]["snapshot"]["id"] == taken
        assert viewer.notices[2]["epoch"]["name"] == "first"
        assert viewer.notices[3]["snapshot"]["pinned"] is True
        assert viewer.notices[4]["epoch_id"] == epoch["id"]
        served.ingest("entity", {"space_name": "other", "entity": {"id": "b"}})
        other = Viewer(elsewhere)
        other.until(lambda: "b" in other.entities)
        assert [notice["type"] for notice in other.notices] == ["hello"]


def test_that_a_viewer_that_does_not_keep_up_is_told_to_begin_anew(served: Any) -> None:
    long = "x" * 10_000
    entities: list[dict[str, Any]] = [
        {"id": f"e{n}", "parameters": {"text": long}} for n in range(300)
    ]
    served.ingest("batch", {"space_name": SPACE, "entities": entities})
    with ExitStack() as stack:
        raw = sockets.create_connection(("127.0.0.1", served.port))
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1 << 18)
        slow = Viewer(stack.enter_context(connect(served, sock=raw, max_queue=1)))
        quick = Viewer(stack.enter_context(connect(served)))
        for step in range(12):
            for one in entities:
                one["position"] = [step, 0, 0]
            served.ingest("batch", {"space_name": SPACE, "entities": entities})
            last = float(step)
            quick.until(lambda last=last: _all_are_at(quick, last))  # type: ignore[misc]
        assert "resync" not in quick.types
        slow.until(lambda: _all_are_at(slow, 11.0))
        assert "resync" in slow.types
        assert slow.entities == as_listed(served)


def _all_are_at(viewer: Viewer, x: float) -> bool:
    seen = viewer.entities.values()
    return len(seen) == 300 and all(one["position"][0] == x for one in seen)


def test_that_a_viewer_who_reads_nothing_holds_no_one_up(served_with: Any) -> None:
    with ExitStack() as stack:
        with served_with() as served:
            put(served, "a")
            stuck = stack.enter_context(sockets.socket())
            stuck.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            stuck.connect(("127.0.0.1", served.port))
            stuck.sendall(
                b"GET /eustress/live?space=s HTTP/1.1\r\nHost: localhost\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b"101" in stuck.recv(12)
            with connect(served, max_size=None) as connection:
                viewer = Viewer(connection)
                text = "x" * 500_000
                for step in range(25):
                    put(served, "a", parameters={"text": text, "step": step})
                    viewer.until(lambda step=step: _step(viewer) == step)  # type: ignore[misc]
        while stuck.recv(1 << 20):
            pass  # the server could end without it, and has cut it off


def _step(viewer: Viewer) -> int | None:
    seen = viewer.entities.get("a")
    return seen["parameters"].get("step") if seen else None


def test_that_a_stop_of_the_server_is_1001(served_with: Any) -> None:
    with ExitStack() as stack:
        with served_with() as served:
            connection = stack.enter_context(connect(served))
            connection.recv(timeout=30)
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=30)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001


def test_that_a_feed_without_a_space_is_400(served: Any) -> None:
    for query in ("", "?space=", "?space=%20"):
        assert served.get(f"/eustress/live{query}").status == 400


def test_that_only_those_who_may_are_let_in(served_with: Any) -> None:
    with served_with(token="s3cret") as served:
        right = {"Authorization": "Bearer s3cret"}
        refused: list[tuple[dict[str, Any], int]] = [
            ({}, 401),
            ({"additional_headers": right, "origin": "http://evil.example"}, 403),
        ]
        for options, status in refused:
            with pytest.raises(InvalidStatus) as caught, connect(served, **options):
                pass
            assert caught.value.response.status_code == status
        own = f"http://127.0.0.1:{served.port}"
        with connect(served, additional_headers=right, origin=own) as connection:
            assert json.loads(connection.recv(timeout=30))["type"] == "hello"


def test_that_no_one_listens_where_no_one_watches(served: Any) -> None:
    put(served, "a")
    for _ in range(3):
        with connect(served) as one, connect(served) as two:
            for connection in (one, two):
                viewer = Viewer(connection)
                viewer.until(lambda viewer=viewer: "a" in viewer.entities)  # type: ignore[misc]
    put(served, "a", name="unseen")
    deadline = time.monotonic() + 10
    while served.lake._listeners or served.lake._writer.register.spaces[SPACE].watchers:
        assert time.monotonic() < deadline
        time.sleep(0.02)
