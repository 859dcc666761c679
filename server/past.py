"""The endpoints that tell change: the life of one entity, and what differs between two instants.

The lake answers in worker threads; lives are streamed. Nothing here changes anything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import msgspec
from aiohttp import web

from lake_core.errors import NotFound
from server import parameters
from server.answers import Worker
from server.gate import LakeGate
from server.paging import first_page, limit_of, next_link
from server.parameters import optional, required, space_of

_encode = msgspec.json.encode


class Past:
    """The handlers."""

    def __init__(self, gate: LakeGate, worker: Worker) -> None:
        self._gate = gate
        self._worker = worker

    def routes(self) -> list[web.RouteDef]:
        """The GETs of contract section 3 that tell change. An id may hold slashes."""
        return [
            web.get("/eustress/spaces/{space}/entities/{id:.+}/history", self.entity_history),
            web.get("/eustress/spaces/{space}/diff", self.diff),
        ]

    async def entity_history(self, request: web.Request) -> web.StreamResponse:
        """Every change of one entity, oldest first; `?after=` a sequence number, `&limit=`."""
        space_name, entity_id = space_of(request), request.match_info["id"]
        if "\0" in entity_id:
            raise NotFound(f"no entity {entity_id!r} in space {space_name!r}")
        after = optional(request, "after", parameters.whole) or 0
        limit = limit_of(request)
        lake = await self._gate.wait()
        life = partial(lake.entity_history, space_name, entity_id, after=after)
        if limit is None:
            return await self._worker.stream_array(request, lambda: map(_encode, life()))
        page = await self._worker.run(lambda: first_page(life(limit=limit + 1), limit))
        link = next_link(request, page, lambda last: {"after": str(last.seq)})
        return await self._worker.stream_array(request, lambda: map(_encode, page.items), link)

    async def diff(self, request: web.Request) -> web.StreamResponse:
        """What differs between `?from=` and `&to=`; without `to`, between then and now."""
        space_name = space_of(request)
        before = required(request, "from", parameters.moment)
        after = optional(request, "to", parameters.moment)
        lake = await self._gate.wait()
        return await self._worker.answer(
            lake.diff, space_name, before, datetime.now(UTC) if after is None else after
        )
