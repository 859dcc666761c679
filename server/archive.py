"""The endpoint that tells what was put away in cold storage, and where it is."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from server.answers import Worker
from server.gate import LakeGate

ARCHIVES: Final = "/eustress/archives"


def routes(gate: LakeGate, worker: Worker) -> list[web.RouteDef]:
    """All archives."""

    async def archives(request: web.Request) -> web.StreamResponse:
        lake = await gate.wait()
        return await worker.answer(lake.archived_stretches)

    return [web.get(ARCHIVES, archives)]
