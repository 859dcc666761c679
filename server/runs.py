"""The endpoint that tells when servers held the lake, and what outages they met."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from server import parameters
from server.answers import Worker
from server.gate import LakeGate
from server.parameters import optional

RUNS: Final = "/eustress/runs"


def routes(gate: LakeGate, worker: Worker) -> list[web.RouteDef]:
    """All runs, or those since a time."""

    async def runs(request: web.Request) -> web.StreamResponse:
        since = optional(request, "since", parameters.instant)
        lake = await gate.wait()
        return await worker.answer(lake.runs, since)

    return [web.get(RUNS, runs)]
