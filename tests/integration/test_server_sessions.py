"""`GET /eustress/ingest/ws` with a client that is not ours: acknowledged, refused, taken up."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_to

from lake_core.settings import Settings
from tests.bench.socket_load import connect as plainly_connected
from tests.bench.socket_load import frame as framed
from tests.integration.conftest import serve
from tests.integration.line import Line

SPACE = "s"


def connect(served: Any, session: str = "", **options: Any) -> ClientConnection:
    query = f"?session={session}" if session else ""
    address = f"ws://127.0.0.1:{served.port}/eustress/ingest/ws{query}"
    made: ClientConnection = connect_to(address, open_timeout=30, proxy=None, **options)
    return made


def entity(n: int, **fields: Any) -> str:
    whole = {"id": f"e{n}", **fields}
    return json.dumps({"n": n, "op": "entity", "space_name": SPACE, "entity": whole})


def receive(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=30))
    return message


def until_acknowledged(socket: ClientConnection, n: int) -> list[dict[str, Any]]:
    """Everything up to the acknowledgement of `n`, that among it."""
    received = [receive(socket)]
    while received[-1]["type"] != "ack" or received[-1]["n"] < n:
        received.append(receive(socket))
    return received


def errors(received: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(one["n"], one["error"]["status"]) for one in received if one["type"] == "error"]


def rest(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """All that still comes, and the code the connection is then closed with."""
    received = []
    while True:
        try:
            received.append(receive(socket))
        except ConnectionClosed as closed:
            return received, closed.rcvd.code if closed.rcvd else None


def ids(served: Any) -> list[str]:
    answer = served.get(f"/eustress/spaces/{SPACE}/entities")
    return [one["id"] for one in answer.json()] if answer.status == 200 else []


def changes(served: Any) -> int:
    return sum(space["changes"] for space in served.get("/eustress/spaces").json())


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_that_the_server_speaks_first(served: Any) -> None:
    with connect(served) as socket:
        hello = receive(socket)
    assert hello["session"]
    assert {k: hello[k] for k in ("type", "protocol", "n")} == {
        "type": "hello", "protocol": 1, "n": 0,
    }  # fmt: skip
    assert hello["limits"]["max_frame_bytes"] == 1 << 20


def test_that_what_is_acknowledged_is_committed(served: Any) -> None:
    with connect(served) as socket:
        receive(socket)
        socket.send(entity(1))
        assert receive(socket) == {"type": "ack", "n": 1, "seq": 1}
        assert ids(served) == ["e1"]
        for n in range(2, 3001):
            socket.send(entity(n))
        acks = until_acknowledged(socket, 3000)
        numbers = [ack["n"] for ack in acks]
        assert numbers == sorted(set(numbers))
        assert acks[-1] == {"type": "ack", "n": 3000, "seq": 3000}
        assert len(ids(served)) == 3000


def test_that_every_operation_may_come_as_a_frame(served: Any) -> None:
    ends = {"source_id": "e1", "target_id": "e2", "connection_type": "hierarchy"}
    operations: list[dict[str, Any]] = [
        {"op": "entity", "entity": {"id": "e1"}, "t": 0.5},
        {"op": "entity", "entity": {"id": "e2"}},
        {"op": "connection", "connection": ends},
        {"op": "parameter", "entity_id": "e1", "parameter_name": "energy", "value": 1},
        {"op": "delete_connection", **ends},
        {"op": "delete_entity", "entity_id": "e2"},
    ]
    with connect(served) as socket:
        receive(socket)
        for n, operation in enumerate(operations, 1):
            socket.send(json.dumps({"n": n, "space_name": SPACE, **operation}, indent=n % 2))
        assert until_acknowledged(socket, 6)[-1] == {"type": "ack", "n": 6, "seq": 6}
    assert ids(served) == ["e1"]


def test_that_a_bad_operation_is_answered_and_the_session_goes_on(served: Any) -> None:
    with connect(served) as socket:
        receive(socket)
        socket.send(entity(1))
        socket.send(entity(2, position=[0, "up", 0]))
        socket.send('{"n":3,"op":"move","space_name":"s"}')
        socket.send('{"n":4,"op":"delete_entity","space_name":"s","entity_id":"ghost"}')
        socket.send('{"n":5,"op":"entity","space_name":"s","entity":{"id":"a\\u0000"}}')
        socket.send(entity(6))
        received = until_acknowledged(socket, 6)
        assert errors(received) == [(2, 400), (3, 400), (4, 404), (5, 422)]
        told = next(one["error"] for one in received if one["type"] == "error")
        assert told["errors"][0]["pointer"] == "/entity/position/1"
        assert received[-1] == {"type": "ack", "n": 6, "seq": 2}
    assert ids(served) == ["e1", "e6"]


def test_that_a_frame_that_cannot_be_read_ends_nothing(served: Any) -> None:
    frames: list[str | bytes] = [
        "{bad", "[]", '{"op":"entity"}', '{"n":"1"}', '{"n":0}', b"\x01", "{" + '"a":[' * 9999,
    ]  # fmt: skip
    for number, frame in enumerate(frames):
        for n in (1, 2):  # the sender has counted the frame, or not
            with connect(served) as socket:
                receive(socket)
                socket.send(frame)
                told = receive(socket)
                assert (told["type"], told["n"], told["error"]["status"]) == ("error", 1, 400)
                socket.send(entity(n, name=f"{number}"))
                assert until_acknowledged(socket, n)[-1]["n"] == n
    assert changes(served) == 2 * len(frames)


def test_that_a_gap_is_told_and_nothing_beyond_it_is_stored(served: Any) -> None:
    with connect(served) as socket:
        receive(socket)
        socket.send(entity(1))
        socket.send(entity(3))
        received = until_acknowledged(socket, 1)
        received += [receive(socket)] if len(received) == 1 else []
        told = next(one for one in received if one["type"] == "error")
        assert (told["n"], "2 is next" in told["error"]["detail"]) == (3, True)
        socket.send(entity(2))
        socket.send(entity(3))
        until_acknowledged(socket, 3)
    assert ids(served) == ["e1", "e2", "e3"]


def test_that_a_session_is_taken_up_where_it_stood(served_with: Any) -> None:
    with served_with() as served:
        with connect(served) as socket:
            session = receive(socket)["session"]
            for n in range(1, 6):
                socket.send(entity(n))
            until_acknowledged(socket, 5)
        with connect(served, session) as socket:
            assert receive(socket)["n"] == 5
            for n in range(4, 8):  # two of them again
                socket.send(entity(n, name="again" if n < 6 else "new"))
            assert until_acknowledged(socket, 7)[-1] == {"type": "ack", "n": 7, "seq": 7}
    with served_with() as served:
        with connect(served, session) as socket:
            hello = receive(socket)
            assert (hello["session"], hello["n"]) == (session, 7)
            socket.send(entity(7, name="again"))
            assert receive(socket) == {"type": "ack", "n": 7, "seq": 7}
            socket.send(entity(8))
            assert receive(socket) == {"type": "ack", "n": 8, "seq": 8}
        assert changes(served) == 8


def test_that_frames_without_an_ack_are_stored_once_all_the_same(served: Any) -> None:
    with connect(served) as socket:
        session = receive(socket)["session"]
        for n in range(1, 501):
            socket.send(entity(n))
    with connect(served, session) as socket:
        assert receive(socket)["n"] == 500
        socket.send(entity(500))
        assert receive(socket)["n"] == 500
    assert changes(served) == 500


def test_that_a_session_is_on_one_connection_at_a_time(served: Any) -> None:
    with connect(served) as first:
        session = receive(first)["session"]
        for n in range(1, 101):
            first.send(entity(n))
        with connect(served, session) as second:
            begin = receive(second)["n"]
            for n in range(begin + 1, 111):
                second.send(entity(n))
            until_acknowledged(second, 110)
            assert rest(first)[1] == 1008
    assert changes(served) == 110


def test_that_of_many_who_take_one_session_up_the_last_has_it(served: Any) -> None:
    with ExitStack() as stack:
        sockets: list[ClientConnection] = []

        def take_up() -> None:
            sockets.append(stack.enter_context(connect(served, "one")))

        threads = [threading.Thread(target=take_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        codes = [_code_of(socket) for socket in sockets]
        assert sorted(codes, key=bool) == [0, *[1008] * 7]
        last = sockets[codes.index(0)]
        last.send(entity(1))
        until_acknowledged(last, 1)
    assert changes(served) == 1


def _code_of(socket: ClientConnection) -> int:
    """What a connection was closed with; 0 where it is open for a second more."""
    try:
        while True:
            socket.recv(timeout=1)
    except TimeoutError:
        return 0
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else -1


def test_that_a_frame_over_the_limit_is_1009(served_with: Any) -> None:
    with served_with(max_line_bytes=10_000) as served, connect(served) as socket:
        assert receive(socket)["limits"]["max_frame_bytes"] == 10_000
        socket.send(entity(1, name="x" * 9000))
        until_acknowledged(socket, 1)
        socket.send(entity(2, name="x" * 11_000))
        assert rest(socket)[1] == 1009
        assert ids(served) == ["e1"]


def test_that_a_stop_of_the_server_acknowledges_and_is_1001(served_with: Any) -> None:
    with ExitStack() as stack:
        with served_with() as served:
            socket = stack.enter_context(connect(served))
            session = receive(socket)["session"]
            for n in range(1, 2001):
                socket.send(entity(n))
        received, code = rest(socket)
    assert code == 1001
    acknowledged = received[-1]["n"]
    with served_with() as served:
        with connect(served, session) as socket:
            assert receive(socket)["n"] >= acknowledged > 0
        assert changes(served) >= acknowledged


def test_that_only_those_who_may_are_let_in(
    served_with: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refused: list[tuple[dict[str, Any], int]] = [
        ({"origin": "http://evil.example"}, 403),
        ({"additional_headers": {"Authorization": "Bearer wrong"}}, 401),
        ({}, 401),
    ]
    with served_with(token="s3cret") as served:
        for options, status in refused:
            with pytest.raises(InvalidStatus) as caught, connect(served, **options):
                pass
            assert caught.value.response.status_code == status
        with connect(served, additional_headers={"Authorization": "Bearer s3cret"}) as socket:
            assert receive(socket)["type"] == "hello"
    assert "s3cret" not in caplog.text


def test_that_a_foreign_host_is_not_let_in(served: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", "/eustress/ingest/ws", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 403
    connection.close()


def test_that_a_name_that_cannot_be_one_is_400(served: Any) -> None:
    for query in ("?session=a%20b", "?session=" + "x" * 65):
        answer = served.get(f"/eustress/ingest/ws{query}")
        assert (answer.status, answer.json()["errors"][0]["pointer"]) == (400, "?session")


def test_that_a_plain_request_is_told_what_this_is(served: Any) -> None:
    answer = served.get("/eustress/ingest/ws")
    assert (answer.status, "WebSocket" in answer.json()["detail"]) == (400, True)


def test_that_an_outage_is_not_felt_and_a_session_of_before_waits_for_its_end(
    settings: Settings, line: Line
) -> None:
    reached = replace(settings, database_url=line.url)
    with serve(reached) as served, connect(served) as socket:
        session = receive(socket)["session"]
        socket.send(entity(1))
        until_acknowledged(socket, 1)
        line.cut()
        socket.send(entity(2))
        until_acknowledged(socket, 2)
        with connect(served) as other:  # a new session needs no one to ask
            fresh = receive(other)["session"]
            other.send(entity(1, name="of another"))
            until_acknowledged(other, 1)
        assert served.get("/readyz").json()["spooled"] == 2
    with serve(reached) as served:
        with connect(served, session) as socket:
            assert receive(socket)["n"] == 2
            socket.send(entity(2))
            socket.send(entity(3))
            until_acknowledged(socket, 3)
        with pytest.raises(InvalidStatus) as caught, connect(served, "of-before"):
            pass
        assert caught.value.response.status_code == 503
        assert "Retry-After" in caught.value.response.headers
        line.mend()
        eventually(lambda: bool(served.get("/readyz").json()["status"] == "ready"))
        assert changes(served) == 4
        for name, n in ((session, 3), (fresh, 1)):
            with connect(served, name) as socket:
                assert receive(socket)["n"] == n


def test_that_a_full_spool_slows_a_session_and_loses_nothing(
    settings: Settings, line: Line
) -> None:
    reached = replace(settings, database_url=line.url, spool_bytes=30_000)
    with serve(reached) as served, connect(served) as socket:
        receive(socket)
        socket.send(entity(1))
        until_acknowledged(socket, 1)
        line.cut()
        for n in range(2, 3002):
            socket.send(entity(n))
        eventually(lambda: bool(served.get("/readyz").json()["status"] == "spooling"))
        while (acknowledged := _latest(socket)) is not None:
            assert acknowledged < 3001  # 30 kB do not hold them
        line.mend()
        until_acknowledged(socket, 3001)
        eventually(lambda: bool(served.get("/readyz").json()["status"] == "ready"))
        assert changes(served) == 3001


def _latest(socket: ClientConnection) -> int | None:
    """What is acknowledged next; None where nothing is for a while."""
    try:
        acknowledged: int = json.loads(socket.recv(timeout=0.3))["n"]
    except TimeoutError:
        return None
    return acknowledged


def test_that_a_client_is_read_no_faster_than_the_lake_takes(
    settings: Settings, line: Line
) -> None:
    reached = replace(settings, database_url=line.url, spool_bytes=30_000)
    count, text = 2000, "x" * 10_000
    frames = b"".join(framed(entity(n, name=text).encode()) for n in range(1, count + 1))
    with serve(reached) as served:
        served.ingest("entity", {"space_name": SPACE, "entity": {"id": "first"}})
        line.cut()
        with plainly_connected(served.port, "/eustress/ingest/ws") as socket:
            sent = _send_until_blocked(socket, frames)
            assert sent < len(frames) - (1 << 20)  # most of it waits with the client
            line.mend()
            socket.setblocking(True)
            sender = threading.Thread(target=socket.sendall, args=(frames[sent:],))
            sender.start()
            received = b""
            while f'"n":{count},'.encode() not in received:
                received = received[-100:] + socket.recv(1 << 16)
            sender.join()
        assert len(ids(served)) == count + 1


def _send_until_blocked(socket: Any, data: bytes) -> int:
    """Send what is taken; how much that was when nothing was taken for half a second."""
    socket.setblocking(False)
    sent, last = 0, time.monotonic()
    while sent < len(data) and time.monotonic() - last < 0.5:
        try:
            sent += socket.send(data[sent : sent + (1 << 18)])
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    return sent
