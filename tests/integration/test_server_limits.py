"""Bodies at and over the limits, encoded, broken off, sent twice: over real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from backports import zstd

SPACE = "s"
PATH = "/eustress/ingest/entity"
JSON = {"Content-Type": "application/json"}


def _body(entity_id: str = "a", padding: int = 0) -> bytes:
    entity = {"id": entity_id, "parameters": {"text": "x" * padding}}
    return json.dumps({"space_name": SPACE, "entity": entity}).encode()


def _head(length: int, extra: str = "") -> bytes:
    lines = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{extra}\r\n"
    return lines.encode()


def _entity_count(served: Any) -> int:
    count: int = served.get("/eustress/ingest/stats").json()["total_entities_seen"]
    return count


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstd.compress),
        ("identity", bytes),
    ],
)
def test_that_encoded_bodies_are_read(served: Any, encoding: str, encode: Any) -> None:
    answer = served.post(PATH, body=encode(_body()), headers={"Content-Encoding": encoding})
    assert answer.json()["accepted"] == 1, answer.body


def test_that_another_encoding_is_415(served: Any) -> None:
    answer = served.post(PATH, body=_body(), headers={"Content-Encoding": "br"})
    assert answer.status == 415
    assert "zstd" in answer.json()["detail"]
    assert _entity_count(served) == 0


def test_that_a_damaged_encoding_is_400(served: Any) -> None:
    damaged = gzip.compress(_body())[:-4]
    answer = served.post(PATH, body=damaged, headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert _entity_count(served) == 0


def test_that_a_body_of_several_mebibytes_is_read(served: Any) -> None:
    entities = [{"id": f"e{number}", "name": "x" * 1000} for number in range(5000)]
    answer = served.ingest("batch", {"space_name": SPACE, "entities": entities})
    assert answer["accepted"] == 5000


def test_that_the_limit_is_stated_when_a_body_is_over_it(served_with: Any) -> None:
    with served_with(max_body_bytes=10_000) as served:
        fits = _body(padding=10_000 - len(_body()))
        assert len(fits) == 10_000
        assert served.post(PATH, body=fits).status == 200
        over = _body("b", padding=10_001 - len(_body("b")))
        for body, headers in (
            (over, {}),
            (iter([over]), {}),  # sent in chunks, without a length
            (gzip.compress(over), {"Content-Encoding": "gzip"}),
        ):
            answer = served.post(PATH, body=body, headers=JSON | headers)
            assert answer.status == 413
            assert "10000" in answer.json()["detail"]
        assert _entity_count(served) == 1


def test_that_the_number_of_spaces_is_bounded(served_with: Any) -> None:
    def send(served: Any, space_name: str) -> Any:
        return served.post(PATH, {"space_name": space_name, "entity": {"id": "a"}})

    with served_with(max_spaces=2) as served:
        assert [send(served, name).status for name in "abc"] == [200, 200, 413]
        refused = send(served, "c")
        assert "2 spaces" in refused.json()["detail"]
        assert send(served, "b").status == 200
        assert [space["space_name"] for space in served.get("/eustress/spaces").json()] == [
            "a",
            "b",
        ]
    with served_with(max_spaces=2) as served:
        assert [send(served, name).status for name in "ac"] == [200, 413]


def test_that_what_is_received_at_a_time_is_bounded(served_with: Any) -> None:
    with served_with(max_body_bytes=10_000, queue_bytes=10_000) as served:
        body = _body(padding=7_000)
        with socket.create_connection(("127.0.0.1", served.port)) as slow:
            slow.sendall(_head(len(body)) + body[:-1])
            _wait_until_read(served)
            answer = served.post(PATH, body=_body("b", padding=7_000))
            assert answer.status == 429
            assert int(answer.headers["Retry-After"]) >= 1
            slow.sendall(body[-1:])
            assert slow.recv(1000).startswith(b"HTTP/1.1 200")
        assert served.post(PATH, body=_body("b", padding=7_000)).status == 200


def test_that_a_sender_that_stops_in_mid_body_is_let_go(served_with: Any) -> None:
    body = _body()
    with (
        served_with(read_timeout=0.3) as served,
        socket.create_connection(("127.0.0.1", served.port), 10) as slow,
    ):
        slow.sendall(_head(len(body)) + body[:-1])
        answer = _read_to_the_end(slow, body[-1:])
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in answer
        assert _entity_count(served) == 0


def test_that_a_sender_of_single_bytes_is_let_go(served_with: Any) -> None:
    body = _body(padding=1000)
    with (
        served_with(read_timeout=0.3) as served,
        socket.create_connection(("127.0.0.1", served.port), 10) as slow,
    ):
        slow.sendall(_head(len(body)))
        for at in range(20):  # each in time, but all of them together are too slow
            slow.sendall(body[at : at + 1])
            time.sleep(0.03)
        assert _read_to_the_end(slow, body[20:]).startswith(b"HTTP/1.1 408")
        assert _entity_count(served) == 0


def test_that_readers_who_do_not_read_are_let_go(served_with: Any) -> None:
    entities = [{"id": f"e{number}", "name": "x" * 1000} for number in range(5000)]
    with served_with(read_timeout=0.5) as served, contextlib.ExitStack() as slow:
        served.ingest("batch", {"space_name": SPACE, "entities": entities})
        for _ in range(3):
            served.ingest(f"snapshot/{SPACE}")
        request = f"GET /eustress/ingest/snapshots/{SPACE} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        readers = []
        for _ in range(10):  # more than there are connections to the database
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", served.port))
            readers.append(slow.enter_context(reader))
            reader.sendall(request.encode())
        assert [space["entities"] for space in served.get("/eustress/spaces").json()] == [5000]
        assert len(served.get(f"/eustress/ingest/snapshots/{SPACE}?limit=1").json()) == 1
        time.sleep(0.5)
        for reader in readers:
            # What the last piece ends with is missing: no one takes a part for the whole.
            assert not _rest(reader).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("begun", [b"", b"POST ", _head(10)[:-2]])
def test_that_a_connection_that_asks_nothing_whole_is_closed(
    served_with: Any, begun: bytes
) -> None:
    with (
        served_with(idle_timeout=0.3) as served,
        socket.create_connection(("127.0.0.1", served.port), 10) as slow,
    ):
        slow.sendall(begun)
        assert slow.recv(1000) == b""
        assert served.get("/healthz").status == 200


def _rest(reader: socket.socket) -> bytes:
    """All that still comes."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := reader.recv(1 << 20):
            received += piece
    return bytes(received)


def _read_to_the_end(slow: socket.socket, rest: bytes) -> bytes:
    """What is answered before the connection is closed; the rest of the body comes too late."""
    answer = slow.recv(10_000)
    slow.sendall(rest)
    while more := slow.recv(10_000):
        answer += more
    return answer


def test_that_a_client_that_leaves_in_mid_body_stores_nothing(served: Any) -> None:
    body = _body()
    for sent in (body[:-1], body[:5], b""):
        with socket.create_connection(("127.0.0.1", served.port)) as leaving:
            leaving.sendall(_head(len(body)) + sent)
    chunked = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as leaving:
        leaving.sendall(chunked.encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n")
    _wait_until_read(served)
    assert _entity_count(served) == 0


def test_that_a_client_that_leaves_before_its_answer_is_stored_all_the_same(served: Any) -> None:
    body = _body()
    with socket.create_connection(("127.0.0.1", served.port)) as leaving:
        leaving.sendall(_head(len(body)) + body)
    _wait_until(lambda: _entity_count(served) == 1)


def test_that_requests_down_one_connection_are_answered_in_order(served: Any) -> None:
    bodies = [_body(f"e{number}") for number in range(20)]
    with socket.create_connection(("127.0.0.1", served.port)) as pipelined:
        pipelined.sendall(b"".join(_head(len(body)) + body for body in bodies))
        pipelined.settimeout(20)
        received = b""
        while received.count(b'"seq":') < 20:
            received += pipelined.recv(65536)
    assert [int(text.split(b",")[0]) for text in received.split(b'"seq":')[1:]] == [*range(1, 21)]


def test_that_a_repeated_key_answers_as_before_and_stores_nothing(served: Any) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = served.post(PATH, body=_body(), headers=headers)
    served.post(PATH, body=_body("b"))
    again = served.post(PATH, body=_body(), headers=headers)
    assert first.status == again.status == 200
    assert first.json() == again.json()
    other = served.post(PATH, body=_body("c"), headers=headers)
    assert other.status == 422
    assert _entity_count(served) == 2


def test_that_a_repeated_key_takes_no_second_snapshot(served: Any) -> None:
    served.post(PATH, body=_body())
    headers = {"Idempotency-Key": "k-1"}
    first = served.ingest(f"snapshot/{SPACE}", headers=headers)
    assert served.ingest(f"snapshot/{SPACE}", headers=headers) == first
    assert served.get("/eustress/ingest/stats").json()["total_snapshots"] == 1


def test_that_a_key_holds_over_a_restart(served_with: Any) -> None:
    headers = {"Idempotency-Key": "k-1"}
    with served_with() as served:
        first = served.post(PATH, body=_body(), headers=headers).json()
    with served_with() as served:
        assert served.post(PATH, body=_body(), headers=headers).json() == first
        assert served.post(PATH, body=_body("b"), headers=headers).status == 422


@pytest.mark.parametrize("key", [" ", "k" * 256])
def test_that_a_key_that_cannot_serve_is_400(served: Any, key: str) -> None:
    assert served.post(PATH, body=_body(), headers={"Idempotency-Key": key}).status == 400


def _wait_until_read(served: Any) -> None:
    """Let the loop read what is in its sockets: a later answer proves earlier reads began."""
    for _ in range(5):
        served.get("/healthz")
        time.sleep(0.02)


def _wait_until(holds: Any, seconds: float = 10) -> None:
    for _ in _ticks(seconds):
        if holds():
            return
    raise AssertionError("it did not come about in time")


def _ticks(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
