"""How the server itself is: alive, ready, which version, and where its lake is kept.

Small answers for supervisors and people; nothing of what the lake holds.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Struct

from lake_core.errors import DatabaseUnavailable
from lake_core.settings import Settings
from lake_core.store import conninfo
from server.answers import Worker, json_response
from server.gate import LakeGate

LAKE: Final = "/eustress/lake"
VERSION: Final = "/version"
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


class Whereabouts(Struct):
    """Where a lake is kept, for a program that would read it beside the server.

    `address` leads to a PostgreSQL that is not embedded, as the server reaches it; without its
    password. `data_dir` is a folder of the server's own machine. `run` is that server's own among
    all runs that the lake knows of.
    """

    database: Literal["embedded", "external"]
    data_dir: str
    address: str | None = None
    run: UUID | None = None


ALIVE: Final = msgspec.json.encode(Alive())


def routes(gate: LakeGate, worker: Worker) -> list[web.RouteDef]:
    """`/healthz`, `/readyz`, `/version`, `/eustress/lake`."""

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

    async def where(request: web.Request) -> web.StreamResponse:
        return json_response(whereabouts(gate.settings, gate.run_id))

    return [
        web.get("/healthz", alive),
        web.get("/readyz", ready),
        web.get(VERSION, which),
        web.get(LAKE, where),
    ]


def whereabouts(settings: Settings, run: UUID | None = None) -> Whereabouts:
    """Where the lake of these settings is kept, without what must stay secret."""
    folder = str(settings.data_dir)
    if settings.database_url is None:
        return Whereabouts("embedded", folder, None, run)
    return Whereabouts("external", folder, conninfo.without_secrets(settings.database_url), run)


def package_version() -> str:
    """The installed version; "unknown" where it runs without having been installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"
