"""The ingest endpoints: bytes in, the lake's answer out, after COMMIT.

Bodies are not looked at here: the lake thread decodes and checks them, so that the loop stays
free. One request at a time, each its own answer; streams and sockets are rooms of their own.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from lake_core.errors import InvalidInput
from server.answers import json_response
from server.arrivals import Arrivals
from server.departures import Departures
from server.gate import LakeGate
from server.limits import BodyReader
from server.parameters import space_of

PREFIX: Final = "/eustress/ingest"
ENDPOINTS: Final = (
    "entity",
    "connection",
    "parameter",
    "batch",
    "entity/delete",
    "connection/delete",
)
LONGEST_KEY: Final = 255


def routes(gate: LakeGate, bodies: BodyReader) -> list[web.RouteDef]:
    """The POSTs of contract section 2, NDJSON and WebSocket apart."""
    arrivals, departures = Arrivals(), Departures()
    posts = [
        web.post(f"{PREFIX}/{endpoint}", _ingest(gate, bodies, arrivals, departures, endpoint))
        for endpoint in ENDPOINTS
    ]
    return [*posts, web.post(PREFIX + "/snapshot/{space}", _snapshot(gate, arrivals))]


def _ingest(
    gate: LakeGate, bodies: BodyReader, arrivals: Arrivals, departures: Departures, endpoint: str
) -> Handler:
    async def ingest(request: web.Request) -> web.StreamResponse:
        key = idempotency_key(request)
        body = await bodies.read_json(request)
        lake = gate.lake or await gate.wait()
        committed, told = arrivals.expect()
        departures.add(partial(lake.take, endpoint, body, told, idempotency_key=key), told)
        return json_response(await committed)

    return ingest


def _snapshot(gate: LakeGate, arrivals: Arrivals) -> Handler:
    async def snapshot(request: web.Request) -> web.StreamResponse:
        key = idempotency_key(request)
        lake = gate.lake or await gate.wait()
        committed = lake.create_snapshot(space_of(request), idempotency_key=key)
        return json_response(await arrivals.wait(committed))

    return snapshot


def idempotency_key(request: web.Request) -> str | None:
    """The request's `Idempotency-Key`; InvalidInput where it cannot serve as one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidInput(f"Idempotency-Key must have 1 to {LONGEST_KEY} printable characters")
    return key
