"""Requests that are right, and every way to damage them: in JSON, in bytes, in heads, on the way.

Strategies for hypothesis. A `Sending` is one request as it goes over the wire.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

SPACE = "@space@"
"""Stands for a space that is this request's own."""
AN_ID = "550e8400-e29b-41d4-a716-446655440000"

_ENTITY = {"id": "a", "name": "A", "position": [1, 2, 3], "tags": ["t"], "parameters": {"x": 1}}
_EDGE = {"source_id": "a", "target_id": "b", "connection_type": "hierarchy", "strength": 1.0}
_BATCH = {
    "space_name": SPACE,
    "entities": [_ENTITY, {"id": "b"}, {"id": 7, "scale": [1, 1, 1]}],
    "connections": [_EDGE],
    "parameters": [{"entity_id": "a", "parameter_name": "x", "value": 2}],
    "deleted_entities": [7],
}
_INGEST = "/eustress/ingest/"
_LINES = [
    {"op": "entity", "space_name": SPACE, "entity": _ENTITY},
    {"op": "connection", "space_name": SPACE, "connection": _EDGE, "t": 0.5},
]
RIGHT: list[tuple[str, str, Any]] = [
    ("POST", _INGEST + "entity", {"space_name": SPACE, "entity": _ENTITY}),
    ("POST", _INGEST + "batch", _BATCH),
    ("POST", _INGEST + "batch", _BATCH | {"replace": True}),
    ("POST", _INGEST + "connection", {"space_name": SPACE, "connection": _EDGE}),
    (
        "POST",
        _INGEST + "parameter",
        {"space_name": SPACE, "entity_id": "a", "parameter_name": "p", "value": {"deep": [None]}},
    ),
    ("POST", _INGEST + "entity/delete", {"space_name": SPACE, "entity_id": "a"}),
    ("POST", _INGEST + "connection/delete", {"space_name": SPACE} | _EDGE),
    ("POST", _INGEST + "stream", _LINES),
    ("POST", _INGEST + "snapshot/known", None),
    ("POST", "/eustress/epochs", {"space_name": "known", "from": "2025-12-30T00:00:00Z"}),
    ("PATCH", f"/eustress/snapshots/{AN_ID}", {"tags": ["a"], "note": "n", "rating": 3}),
    ("GET", "/eustress/ingest/snapshots/known?view=summary&limit=2", None),
    ("GET", f"/eustress/spaces/known/entities?at=1&flux=3&depth=0&after=a&q={AN_ID}", None),
    ("GET", "/eustress/spaces/known/entities/a/history?after=0&limit=1", None),
    ("GET", "/eustress/spaces/known/diff?from=0&to=2025-12-30T00:00:00Z", None),
    ("GET", "/eustress/entities?tag=t&class_type=x", None),
    ("DELETE", f"/eustress/epochs/{AN_ID}", None),
]

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([
        None, True, 0, -1, 10**30, 10**400, 1e308, -0.0, 3.5e38, float("nan"), float("inf"), "",
        " ", "\0", "\ud800", "é\u202e", "a" * 2000, [], {}, [[]], {"": None}, {"id": "a"},
    ]),
    st.text(max_size=20),
    st.floats(),
    st.integers(),
    st.integers(2, 200).map(lambda depth: json.loads("[" * depth + "]" * depth)),
)  # fmt: skip
HEADERS = st.lists(
    st.sampled_from([
        "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16",
        "Content-Type: multipart/form-data; boundary=x", "Content-Type: ",
        "Content-Encoding: br", "Content-Encoding: gzip", "Content-Encoding: zstd, gzip",
        "Idempotency-Key: k", "Idempotency-Key:  ", f"Idempotency-Key: {'k' * 300}",
        "Origin: http://evil.example", "Host: evil.example", "Accept: text/html",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Content-Length: 5",
        "Content-Length: -1", "Content-Length: 99999999999999999999", "Expect: 100-continue",
        "Upgrade: websocket", "Range: bytes=0-1", "Authorization: Bearer \xff", "X: " + "y" * 9000,
        "Bad Header: x", ": x", "X\x00: y",
    ]),
    max_size=2,
)  # fmt: skip


@dataclass(frozen=True)
class Sending:
    """What is sent, in which pieces, with what pause, and whether the rest is held back for good.

    `space_name` is no other's. `kept` is how many of the bytes are sent at all; None for all. Who
    holds the rest back leaves, or `stays`.
    """

    space_name: str
    request: bytes
    pieces: int
    pause: float
    kept: int | None
    stays: bool


@st.composite
def sendings(draw: st.DrawFn, space_names: st.SearchStrategy[str]) -> Sending:
    """A right request, damaged in some ways or in none."""
    space_name = draw(space_names)
    method, path, body = draw(st.sampled_from(RIGHT))
    if draw(_seldom()):
        method = draw(st.sampled_from(["GET", "PUT", "HEAD", "OPTIONS", "BREW", "post", "TRACE"]))
    if draw(_seldom()):
        path = draw(_paths(path))
    content = _encoded(draw, body).replace(SPACE.encode(), space_name.encode())
    content, headers = draw(_wrapped(content))
    if draw(st.booleans()):
        headers = headers + draw(HEADERS)
    if not any(line.lower().startswith(("content-length", "transfer-enc")) for line in headers):
        headers = [*headers, f"Content-Length: {len(content)}"]
    head = "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    )
    request = head.encode("latin-1", "replace") + content
    # A share, not a number: how long a request is depends on the name of its space.
    kept = draw(st.integers(0, 1000)) * len(request) // 1000 if draw(_seldom()) else None
    slow = draw(_seldom())
    pieces, pause = (draw(st.integers(2, 8)), 0.005) if slow else (1, 0.0)
    return Sending(space_name, request, pieces, pause, kept, draw(_seldom()))


def _seldom() -> st.SearchStrategy[bool]:
    return st.integers(0, 5).map(lambda number: number == 5)


@st.composite
def _paths(draw: st.DrawFn, path: str) -> str:
    """A path with something else in the place of one of its parts, or of a parameter's value."""
    other = draw(st.one_of(
        st.text(max_size=10).map(lambda text: quote(text.encode("utf-8", "surrogatepass"))),
        st.sampled_from(["%00", "%ff", "%", "..", "%2e%2e%2f", "-1", "0", "9" * 30, "1e3",
                         "9999-12-31T23:59:59Z", "0001-01-01T00:00:00%2B14:00", "x" * 3000]),
    ))  # fmt: skip
    cuts = [at for at, sign in enumerate(path) if sign in "/=&?"]
    at = draw(st.sampled_from(cuts))
    end = min((cut for cut in cuts if cut > at), default=len(path))
    return path[: at + 1] + other + path[end:]


def _encoded(draw: st.DrawFn, body: Any) -> bytes:
    if body is None:
        return b""
    times = draw(st.integers(0, 3))
    for _ in range(times):
        body = draw(_changed(body))
    documents = body if isinstance(body, list) else [body]
    text = "\n".join(json.dumps(document) for document in documents)
    content = text.encode(draw(st.sampled_from(["utf-8"] * 6 + ["utf-16", "utf-8-sig"])))
    if draw(_seldom()) and content:
        at = draw(st.integers(0, len(content) - 1))
        content = content[:at] + draw(st.binary(max_size=4)) + content[at + 1 :]
    return content


@st.composite
def _changed(draw: st.DrawFn, node: Any) -> Any:
    """The same document with one thing in it another, missing or added."""
    if isinstance(node, dict) and node:
        key = draw(st.sampled_from(sorted(node)))
        way = draw(st.sampled_from(["into", "into", "drop", "add"]))
        if way == "drop":
            return {name: value for name, value in node.items() if name != key}
        if way == "add":
            return node | {draw(st.text(max_size=5)): draw(VALUES)}
        return node | {key: draw(_changed(node[key]))}
    if isinstance(node, list) and node:
        at = draw(st.integers(0, len(node) - 1))
        return [*node[:at], draw(_changed(node[at])), *node[at + 1 :]]
    return draw(VALUES)


@st.composite
def _wrapped(draw: st.DrawFn, content: bytes) -> tuple[bytes, list[str]]:
    """The content in an encoding or in chunks, told or not."""
    way = draw(st.sampled_from(["as it is"] * 6 + ["gzip", "deflate", "mistold", "chunked"]))
    if way == "gzip":
        return gzip.compress(content), ["Content-Encoding: gzip"]
    if way == "deflate":
        return zlib.compress(content), ["Content-Encoding: deflate"]
    if way == "mistold":
        return content, [draw(st.sampled_from(["Content-Encoding: zstd", "Content-Length: 3"]))]
    if way == "chunked":
        size = draw(st.sampled_from([f"{len(content):x}", "0", "zz", "-5", "fffffffffffffffff"]))
        return f"{size}\r\n".encode() + content + b"\r\n0\r\n\r\n", ["Transfer-Encoding: chunked"]
    return content, []
