"""How the server itself is: alive, ready, which version.

Small answers for supervisors and people; nothing of what the lake holds.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from lake_core.errors import DatabaseUnavailable
from server.answers import Worker, json_response
from server.gate import LakeGate

PACKAGE: Final = "eustress-lake-studio"
PYTHON: Final = platform.python_version()


class Alive(Struct):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Struct):
    """Whether what is sent goes to PostgreSQL, which one, and how much rests on disk meanwhile."""

    status: Literal["ready", "spooling"]
    database: str
    spooled: int


class Version(Struct):
    """What runs here."""

    name: str
    version: str
    python: str


ALIVE: Final = msgspec.json.encode(Alive())


def routes(gate: LakeGate, worker: Worker) -> list[web.RouteDef]:
    """`/healthz`, `/readyz`, `/version`."""

    async def alive(request: web.Request) -> web.StreamResponse:
        return web.Response(body=ALIVE, content_type="application/json")

    async def ready(request: web.Request) -> web.StreamResponse:
        if gate.lake is None:
            raise DatabaseUnavailable("the lake is still opening; try again shortly")
        health = gate.lake.health()
        is_there = health.database_ok and await worker.run(gate.lake.database_answers)
        status: Literal["ready", "spooling"] = "ready" if is_there else "spooling"
        return json_response(Ready(status, health.database, health.spooled))

    async def which(request: web.Request) -> web.StreamResponse:
        return json_response(Version(PACKAGE, package_version(), PYTHON))

    return [
        web.get("/healthz", alive),
        web.get("/readyz", ready),
        web.get("/version", which),
    ]


def package_version() -> str:
    """The installed version; "unknown" where it runs without having been installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"
