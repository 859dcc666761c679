"""What an answer means for trying again: against a scripted server on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lake_core.client import LakeClient
from lake_core.errors import InvalidInput, LakeError, QueueFull
from lake_core.wire import Refused, Unavailable, Wire

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"{}")


class ScriptedServer(ThreadingHTTPServer):
    """Answers as told, in turn, then 200; keeps what it was sent. None hangs up."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, _, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else OK
        if answer is None:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, *_: object) -> None:
        """Say nothing on the console."""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    thread = threading.Thread(target=scripted.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.shutdown()
    thread.join()
    scripted.server_close()


def _problem(status: int, detail: str) -> Answer:
    return status, {}, json.dumps({"detail": detail}).encode()


def test_that_a_success_gives_its_answer(server: ScriptedServer) -> None:
    server.answers = [(200, {}, b'{"seq": 5}')]
    wire = Wire(server.url, "s3cret", 5.0)
    assert wire.post("/p", b"{}", "key") == b'{"seq": 5}'
    wire.close()
    _, headers, _ = server.requests[0]
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Idempotency-Key"] == "key"


def test_that_a_refusal_says_why(server: ScriptedServer) -> None:
    server.answers = [_problem(400, "/entity/id: blank")]
    wire = Wire(server.url, None, 5.0)
    with pytest.raises(Refused, match="/entity/id: blank"):
        wire.post("/p", b"{}", "key")
    wire.close()


def test_that_a_full_queue_says_when_to_try_again(server: ScriptedServer) -> None:
    server.answers = [(429, {"Retry-After": "3"}, b"{}")]
    wire = Wire(server.url, None, 5.0)
    with pytest.raises(Unavailable) as caught:
        wire.post("/p", b"{}", "key")
    wire.close()
    assert caught.value.wait == 3.0


def test_that_a_connection_the_server_closed_is_made_anew(server: ScriptedServer) -> None:
    server.answers = [OK, None, OK]
    wire = Wire(server.url, None, 5.0)
    wire.post("/p", b"1", "one")
    wire.post("/p", b"2", "two")
    wire.close()
    assert [body for _, _, body in server.requests] == [b"1", b"2", b"2"]


@pytest.mark.parametrize("url", ["", "ftp://lake", "http://", "http://lake:x"])
def test_that_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        Wire(url, None, 5.0)


def test_that_a_request_is_repeated_with_its_key_until_it_is_answered(
    server: ScriptedServer,
) -> None:
    server.answers = [_problem(503, "away"), None, _problem(500, "oops"), OK]
    with LakeClient(server.url, "s") as client:
        client.entity({"id": 7})
        assert client.flush(10.0)
        assert client.status.acknowledged == 1
    keys = {headers["Idempotency-Key"] for _, headers, _ in server.requests}
    assert len(server.requests) == 4
    assert len(keys) == 1


def test_that_one_bad_operation_is_reported_and_the_others_are_sent(
    server: ScriptedServer,
) -> None:
    server.answers = [_problem(400, "bad"), OK, _problem(400, "bad"), OK, _problem(400, "bad")]
    errors: list[LakeError] = []
    with LakeClient(server.url, "s", linger=0.2, on_error=errors.append) as client:
        for number in range(4):
            client.entity({"id": number})
        assert client.flush(10.0)
        status = client.status
    assert (status.acknowledged, status.refused, status.waiting) == (3, 1, 0)
    assert "refused 1" in str(status)
    assert len(errors) == 1


def test_that_what_is_no_json_is_refused_alone(server: ScriptedServer) -> None:
    with LakeClient(server.url, "s", linger=0.2) as client:
        client.entity({"id": "good"})
        client.entity({"id": "bad", "parameters": {"x": object()}})
        assert client.flush(10.0)
        assert (client.status.acknowledged, client.status.refused) == (1, 1)


def test_that_a_wrong_token_is_told_at_once_not_piece_by_piece(server: ScriptedServer) -> None:
    server.answers = [_problem(401, "token")]
    with LakeClient(server.url, "s", linger=0.2) as client:
        for number in range(10):
            client.entity({"id": number})
        assert client.flush(10.0)
        assert client.status.refused == 10
    assert len(server.requests) == 1


def test_that_kinds_go_in_their_order(server: ScriptedServer) -> None:
    with LakeClient(server.url, "s", linger=0.2) as client:
        client.entity({"id": "a"})
        client.delete_connection("a", "b", "power")
        client.delete_entity("a")
        client.entity({"id": "a", "name": "again"})
        assert client.flush(10.0)
    paths = [path.removeprefix("/eustress/ingest/") for path, _, _ in server.requests]
    assert paths == ["batch", "connection/delete", "batch", "batch"]
    assert server.bodies()[2]["deleted_entities"] == ["a"]


def test_that_a_lake_that_is_away_fills_the_buffer_and_then_blocks() -> None:
    client = LakeClient("http://127.0.0.1:1", "s", max_waiting=3, block_seconds=0.05)
    for number in range(3):
        client.connection({"source_id": number, "target_id": 0, "connection_type": "power"})

    def fill() -> None:
        for number in range(5_003):
            client.connection({"source_id": number, "target_id": 1, "connection_type": "power"})

    with pytest.raises(QueueFull):
        fill()
    assert not client.status.connected
    assert "buffering" in str(client.status)
    assert client.flush(0.05) is False
    assert client.close(0.05) is False


def test_that_a_closed_client_takes_nothing_more(server: ScriptedServer) -> None:
    client = LakeClient(server.url, "s")
    assert client.close()
    with pytest.raises(LakeError, match="closed"):
        client.entity({"id": "late"})


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "entity"},
        {"op": "fly"},
        {"op": "entity", "entity": 5},
        {"op": "parameter", "entity_id": "a"},
        {"op": "connection", "connection": {"source_id": "a"}},
        {},
    ],
)
def test_that_what_is_no_operation_is_refused_by_the_call(operation: dict[str, object]) -> None:
    client = LakeClient("http://127.0.0.1:1", "s")
    with pytest.raises(InvalidInput):
        client.operation(operation)
    assert client.close()
