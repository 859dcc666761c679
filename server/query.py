"""The reading endpoints: snapshots, statistics, spaces and the entities of a space.

The lake answers in worker threads; long lists are streamed. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web

from server import entities, parameters
from server.answers import Worker
from server.gate import LakeGate
from server.parameters import optional, path_id, space_of

SNAPSHOT: Final = "/eustress/snapshots/{id}"
"""One snapshot's path."""

_encode = msgspec.json.encode


class Queries:
    """The handlers; each reads its question from the request and waits for the lake's answer."""

    def __init__(self, gate: LakeGate, worker: Worker) -> None:
        self._gate = gate
        self._worker = worker

    def routes(self) -> list[web.RouteDef]:
        """The GETs of contract section 3, epochs and live feeds apart."""
        return [
            web.get("/eustress/ingest/snapshots/{space}", self.snapshots),
            web.get(SNAPSHOT, self.snapshot),
            web.get("/eustress/ingest/stats", self.statistics),
            web.get("/eustress/spaces", self.spaces),
            web.get("/eustress/spaces/{space}/entities", self.entities),
            web.get("/eustress/entities", self.entities_everywhere),
        ]

    async def snapshots(self, request: web.Request) -> web.StreamResponse:
        """Full snapshots, or summaries with `?view=summary`, oldest first."""
        bounds = _bounds(request)
        view = optional(request, "view", parameters.choice("full", "summary"))
        lake = await self._gate.wait()
        read = lake.snapshots if view == "summary" else lake.full_snapshots
        found = partial(read, space_of(request), **bounds)
        return await self._worker.stream_array(request, partial(_each_encoded, found))

    async def snapshot(self, request: web.Request) -> web.StreamResponse:
        """One snapshot, full."""
        snapshot_id = path_id(request)
        lake = await self._gate.wait()
        return await self._worker.answer(lake.full_snapshot, snapshot_id)

    async def statistics(self, request: web.Request) -> web.StreamResponse:
        """The whole lake at a glance."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.statistics)

    async def spaces(self, request: web.Request) -> web.StreamResponse:
        """Every space with its counts."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.spaces)

    async def entities(self, request: web.Request) -> web.StreamResponse:
        """The entities of a space, now or at an instant, in order of first sight, filtered."""
        at = optional(request, "at", parameters.moment)
        chosen = entities.filter_of(request)
        space_name = space_of(request)
        lake = await self._gate.wait()
        if at is None:
            scene = await self._worker.run(entities.live_scene, lake, space_name)
        else:
            scene = await self._worker.run(entities.scene_at, lake, space_name, at)
        return await self._worker.stream_array(request, partial(entities.listed, scene, chosen))

    async def entities_everywhere(self, request: web.Request) -> web.StreamResponse:
        """The same filters across all spaces, as they are now."""
        chosen = entities.filter_of(request)
        lake = await self._gate.wait()
        found = partial(entities.listed_everywhere, lake, chosen)
        return await self._worker.stream_array(request, found)


def _bounds(request: web.Request) -> dict[str, Any]:
    return {
        "start": optional(request, "from", parameters.instant),
        "end": optional(request, "to", parameters.instant),
        "limit": optional(request, "limit", parameters.count),
        "after": optional(request, "after", parameters.identifier),
    }


def _each_encoded(found: Any) -> Iterator[bytes]:
    items: Iterable[msgspec.Struct] = found()
    return (_encode(item) for item in items)
