"""The snapshots' endpoints: listing and reading them, marking them, deleting and bringing back.

Turns a request into a question to the lake; what a snapshot is, and what holds it, the lake knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web

from lake_core.lake import Lake
from lake_core.scene.describe import whole_snapshot
from lake_core.scene.model import SnapshotEdit, SnapshotSummary
from server import parameters
from server.answers import Done, Worker, json_response
from server.bodies import decoded
from server.gate import LakeGate
from server.limits import BodyReader
from server.paging import first_page, limit_of, next_link, one_more
from server.parameters import optional, path_id, space_of

LIST: Final = "/eustress/ingest/snapshots/{space}"
ONE: Final = "/eustress/snapshots/{id}"

_encode = msgspec.json.encode


class Snapshots:
    """The handlers; each waits for the lake's answer in a worker thread."""

    def __init__(self, gate: LakeGate, worker: Worker, bodies: BodyReader) -> None:
        self._gate = gate
        self._worker = worker
        self._bodies = bodies

    def routes(self) -> list[web.RouteDef]:
        """List, read, edit, delete."""
        return [
            web.get(LIST, self.list),
            web.get(ONE, self.read),
            web.patch(ONE, self.edit),
            web.delete(ONE, self.delete),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """Full snapshots, or summaries with `?view=summary`, oldest first."""
        limit = limit_of(request)
        bounds = _bounds(request) | {"limit": one_more(limit)}
        view = optional(request, "view", parameters.choice("full", "summary"))
        lake = await self._gate.wait()
        found = await self._worker.run(lake.snapshots, space_of(request), **bounds)
        page = first_page(found, limit)
        told = _each_encoded if view == "summary" else partial(_each_whole, lake)
        link = next_link(request, page, lambda last: {"after": str(last.id)})
        return await self._worker.stream_array(request, partial(told, page.items), link)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """One snapshot, full."""
        snapshot_id = path_id(request)
        lake = await self._gate.wait()
        return await self._worker.answer(lake.full_snapshot, snapshot_id)

    async def edit(self, request: web.Request) -> web.StreamResponse:
        """Pin, tag, note, rate, delete or bring back; the summary as it is then."""
        snapshot_id = path_id(request)
        edit = decoded(await self._bodies.read_json(request), SnapshotEdit)
        lake = await self._gate.wait()
        return await self._worker.answer(lake.edit_snapshot, snapshot_id, edit)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Out of sight, until it is brought back or purged."""
        snapshot_id = path_id(request)
        lake = await self._gate.wait()
        await self._worker.run(lake.delete_snapshot, snapshot_id)
        return json_response(Done("Snapshot deleted"))


def _bounds(request: web.Request) -> dict[str, Any]:
    return {
        "start": optional(request, "from", parameters.instant),
        "end": optional(request, "to", parameters.instant),
        "after": optional(request, "after", parameters.identifier),
    }


def _each_encoded(summaries: Sequence[SnapshotSummary]) -> Iterator[bytes]:
    return map(_encode, summaries)


def _each_whole(lake: Lake, summaries: Sequence[SnapshotSummary]) -> Iterator[bytes]:
    return (_encode(whole_snapshot(*pair)) for pair in lake.scenes_along(summaries))
