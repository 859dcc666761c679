"""`POST /eustress/ingest/stream` over real sockets: whole, encoded, cut, refused, sent again."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backports import zstd
from websockets.sync.client import connect

PATH = "/eustress/ingest/stream"
NDJSON = {"Content-Type": "application/x-ndjson"}
SPACE = "s"


def line(op: str, **fields: Any) -> bytes:
    return json.dumps({"op": op, "space_name": SPACE, **fields}).encode()


def entity(number: int, **fields: Any) -> bytes:
    return line("entity", entity={"id": f"e{number}", "position": [number, 0, 0]}, **fields)


def body_of(*lines: bytes) -> bytes:
    return b"".join(one + b"\n" for one in lines)


def post(served: Any, body: Any, **headers: str) -> Any:
    return served.post(PATH, body=body, headers=NDJSON | headers)


def ids(served: Any) -> list[str]:
    answer = served.get(f"/eustress/spaces/{SPACE}/entities")
    return [one["id"] for one in answer.json()] if answer.status == 200 else []


def changes(served: Any) -> int:
    spaces = served.get("/eustress/spaces").json()
    return sum(space["changes"] for space in spaces)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Sending:
    """A stream that is sent by and by, in chunks."""

    def __init__(self, served: Any, **headers: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", served.port))
        self._socket.settimeout(30)
        more = "".join(f"{name}: {value}\r\n" for name, value in (NDJSON | headers).items())
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{more}\r\n"
        )
        self._socket.sendall(head.encode())

    def send(self, data: bytes) -> None:
        self._socket.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def answer(self) -> tuple[int, Any]:
        received = b""
        while b"\r\n\r\n" not in received or not received.endswith(b"}"):
            received += self._socket.recv(1 << 16)
        head, _, body = received.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)

    def end(self) -> tuple[int, Any]:
        self._socket.sendall(b"0\r\n\r\n")
        with self._socket:
            return self.answer()

    def cut(self) -> None:
        self._socket.close()


def test_that_each_kind_of_operation_is_stored(served: Any) -> None:
    ends = {"source_id": "e1", "target_id": "e2", "connection_type": "hierarchy"}
    answer = post(
        served,
        body_of(
            entity(1, t=0.5),
            entity(2),
            entity(3),
            line("connection", connection=ends),
            line("parameter", entity_id="e1", parameter_name="energy", value=3.6),
            line("delete_entity", entity_id="e3"),
            line("delete_connection", **ends),
            entity(1),
        ),
    )
    assert answer.status == 200, answer.body
    told = answer.json()
    assert told == {
        "success": True, "message": "Stream ingested", "snapshot_id": None,
        "accepted": 7, "unchanged": 1, "seq": 7, "warnings": [], "lines": 8,
    }  # fmt: skip
    assert ids(served) == ["e1", "e2"]


def test_that_lines_may_end_either_way_and_the_last_not_at_all(served: Any) -> None:
    for separator in (b"\n", b"\r\n", b"\n\n", b"\r\n \r\n"):
        told = post(served, separator.join(entity(n) for n in range(3))).json()
        assert (told["accepted"] + told["unchanged"], told["seq"]) == (3, 3)


def test_that_an_empty_stream_is_no_error(served: Any) -> None:
    assert post(served, b"").json()["lines"] == 0
    assert post(served, b"\n\n").json()["accepted"] == 0


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress)],
)
def test_that_encoded_streams_are_unfolded_as_they_come(
    served: Any, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    whole = body_of(*(entity(n) for n in range(3000)))
    cut = len(whole) // 2
    data = encode(whole[:cut]) + encode(whole[cut:])
    pieces = iter([data[:1], *(data[at : at + 999] for at in range(1, len(data), 999))])
    answer = post(served, pieces, **{"Content-Encoding": encoding})
    assert (answer.status, answer.json()["accepted"]) == (200, 3000)
    broken = post(served, data[:-9], **{"Content-Encoding": encoding})
    assert broken.status == 400
    assert broken.json()["unchanged"] > 0


def test_that_lines_are_committed_while_the_stream_goes_on(served: Any) -> None:
    sending = Sending(served)
    rest = b""
    for number in range(3):
        whole = entity(number) + b"\n"
        sending.send(rest + whole[:-20])
        rest = whole[-20:]
        eventually(lambda expected=number: len(ids(served)) == expected)  # type: ignore[misc]
    sending.send(rest)
    assert sending.end()[1]["accepted"] == 3


def test_that_a_bad_line_ends_the_stream_and_says_where_to_go_on(served: Any) -> None:
    good = [entity(n) for n in range(2000)]
    bad = line("entity", entity={"id": "x", "position": [0, "up", 0]})
    answer = post(served, body_of(*good, entity(5), bad, entity(3000)))
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, problem["success"], problem["line"]) == (400, False, 2002)
    assert (problem["accepted"], problem["unchanged"]) == (2000, 1)
    assert problem["errors"][0]["pointer"] == "/entity/position/1"
    assert "line 2002" in problem["detail"]
    assert len(ids(served)) == 2000


def test_that_a_refused_line_has_the_status_of_its_endpoint(served_with: Any) -> None:
    long = b"x" * 30_000
    refused = [
        (b"{", 400),
        (b'{"op":"move","space_name":"s"}', 400),
        (b'{"op":"delete_entity","space_name":"s","entity_id":"ghost"}', 404),
        (b'{"op":"entity","space_name":"s","entity":{"id":"a\\u0000"}}', 422),
        (b'{"op":"entity","space_name":"s","entity":{"id":"%s"}}' % long[:2000], 413),
        (b'{"op":"entity","space_name":"s","entity":{"id":"a"},"x":"%s"}' % long, 413),
    ]
    with served_with(max_line_bytes=20_000) as served:
        for bad, status in refused:
            for body in (body_of(entity(1), bad, entity(2)), body_of(entity(1)) + bad):
                answer = post(served, body)
                assert (answer.status, answer.json()["line"]) == (status, 2)
                assert ids(served) == ["e1"]


def test_that_a_line_without_end_is_refused_before_it_is_read(served_with: Any) -> None:
    with served_with(max_line_bytes=20_000) as served:
        bomb = gzip.compress(body_of(entity(1)) + bytes(50_000_000))
        answer = post(served, bomb, **{"Content-Encoding": "gzip"})
        assert (answer.status, answer.json()["line"]) == (413, 2)
        assert "20000 bytes" in answer.json()["detail"]
        assert ids(served) == ["e1"]


def test_that_another_type_is_415(served: Any) -> None:
    for headers in (
        {"Content-Type": "text/csv"},
        {"Content-Type": "application/x-ndjson; charset=latin-1"},
        {"Content-Encoding": "br"},
    ):
        assert post(served, body_of(entity(1)), **headers).status == 415
    assert ids(served) == []


def test_that_a_stream_that_is_cut_keeps_its_whole_lines(served: Any) -> None:
    sending = Sending(served)
    sending.send(body_of(entity(1), entity(2)) + entity(3)[:-1])
    eventually(lambda: len(ids(served)) == 2)
    sending.cut()
    assert post(served, entity(4)).status == 200
    assert ids(served) == ["e1", "e2", "e4"]


def test_that_a_stream_under_a_key_is_stored_once(served: Any) -> None:
    body = body_of(*(entity(n) for n in range(1000)), entity(5))
    first = post(served, body, **{"Idempotency-Key": "k"})
    assert post(served, body_of(line("delete_entity", entity_id="e7"))).status == 200
    chunks = (body[at : at + 1000] for at in range(0, len(body), 1000))
    again = post(served, chunks, **{"Idempotency-Key": "k"})
    assert (again.status, again.json()) == (200, first.json())
    assert changes(served) == 1001
    for other in (body[:-60], body + entity(1), body.replace(b"e500", b"e5o0"), b""):
        assert post(served, other, **{"Idempotency-Key": "k"}).status == 422
    assert changes(served) == 1001


def test_that_a_stream_under_a_key_goes_on_where_it_was_cut(served_with: Any) -> None:
    lines = [entity(n) for n in range(500)]
    with served_with() as served:
        sending = Sending(served, **{"Idempotency-Key": "k"})
        sending.send(body_of(*lines[:300]) + lines[300][:20])
        eventually(lambda: len(ids(served)) == 300)
        sending.cut()
    with served_with() as served:
        assert post(served, body_of(line("delete_entity", entity_id="e7"))).status == 200
        answer = post(served, body_of(*lines), **{"Idempotency-Key": "k"}).json()
        assert (answer["accepted"], answer["unchanged"], answer["lines"]) == (500, 0, 500)
        assert changes(served) == 501
        assert "e7" not in ids(served)  # nothing was stored a second time


def test_that_a_corrected_stream_goes_on_under_its_key(served: Any) -> None:
    key = {"Idempotency-Key": "k"}
    assert post(served, body_of(entity(1), b"{", entity(2)), **key).json()["line"] == 2
    answer = post(served, body_of(entity(1), entity(9), entity(2)), **key)
    assert (answer.status, answer.json()["accepted"]) == (200, 3)
    assert changes(served) == 3


def test_that_a_stop_of_the_server_answers_a_stream_under_way(served_with: Any) -> None:
    with served_with() as served:
        sending = Sending(served)
        sending.send(body_of(entity(1)) + entity(2)[:9])
        eventually(lambda: len(ids(served)) == 1)
    status, problem = sending.answer()
    assert (status, problem["line"], problem["accepted"]) == (503, 2, 1)
    sending.cut()


def test_that_a_stream_with_no_end_is_read_no_faster_than_it_is_committed(served: Any) -> None:
    def lines() -> Iterator[bytes]:
        for number in range(300):
            yield body_of(*(entity(number * 100 + n) for n in range(100)))

    assert post(served, lines()).json()["accepted"] == 30_000


@pytest.mark.parametrize(
    "scene",
    [
        "scene_small_demo_place",
        "scene_medium_default_space",
        "scene_medium_ybot_rig",
        "stream_male_walking",
    ],
)
def test_that_a_real_scene_comes_to_the_same_as_lines_and_as_frames(
    served: Any, database_url: str, shared_data: Path, scene: str
) -> None:
    body = (shared_data / f"{scene}.jsonl").read_bytes()
    operations = [json.loads(line) for line in body.splitlines()]
    space_name = operations[0]["space_name"]
    answer = post(served, body).json()
    assert answer["lines"] == len(operations)
    address = f"ws://127.0.0.1:{served.port}/eustress/ingest/ws"
    with connect(address, proxy=None) as socket:
        for n, operation in enumerate(operations, 1):
            socket.send(json.dumps(operation | {"n": n, "space_name": "frames"}))
        while json.loads(socket.recv(timeout=30)).get("n") != len(operations):
            pass
    for name in (space_name, "frames"):
        served.ingest(f"snapshot/{name}")
    stored = [_stored(database_url, name) for name in (space_name, "frames")]
    assert stored[0] == stored[1]
    times = {time for *_, time in stored[0][1]}
    assert times == {operation.get("t") for operation in operations}


def _stored(database_url: str, space_name: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The hash of the newest state, and every row: kind, key, patch, the sender's time."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT metadata ->> 'state_hash' FROM eustress_snapshots WHERE space_name = %s",
            (space_name,),
        ).fetchall()
        rows = connection.execute(
            "SELECT kind, key, patch::text, client_time FROM lake_changes"
            " JOIN lake_spaces USING (space_id) WHERE space_name = %s ORDER BY seq",
            (space_name,),
        ).fetchall()
    return found[0][0], rows
