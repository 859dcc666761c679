"""How the server itself is: alive, ready, which version.

Small answers for supervisors and people; nothing of what the lake holds.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec
from aiohttp import web

from lake_core.errors import DatabaseUnavailable
from server.answers import Worker, json_response
from server.gate import LakeGate

PACKAGE: Final = "eustress-lake-studio"
PYTHON: Final = platform.python_version()
ALIVE: Final = msgspec.json.encode({"status": "ok"})


def routes(gate: LakeGate, worker: Worker) -> list[web.RouteDef]:
    """`/healthz`, `/readyz`, `/version`."""

    async def alive(request: web.Request) -> web.StreamResponse:
        return web.Response(body=ALIVE, content_type="application/json")

    async def ready(request: web.Request) -> web.StreamResponse:
        if gate.lake is None:
            raise DatabaseUnavailable("the lake is still opening; try again shortly")
        health = gate.lake.health()
        if health.database_ok:
            await worker.run(gate.lake.check_database)
        return json_response(
            {
                "status": "ready" if health.database_ok else "spooling",
                "database": health.database,
                "spooled": health.spooled,
            }
        )

    async def which(request: web.Request) -> web.StreamResponse:
        return json_response({"name": PACKAGE, "version": package_version(), "python": PYTHON})

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
