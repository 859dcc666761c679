"""The reading endpoints: statistics, spaces and the entities of a space.

The lake answers in worker threads; long lists are streamed. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
from aiohttp import web

from lake_core.errors import InvalidInput, NotFound
from lake_core.scene.arrays import SceneDelta
from lake_core.scene.model import SpaceSummary
from server import entities, parameters
from server.answers import Worker
from server.entities import Match
from server.gate import LakeGate
from server.kept import KeptScenes
from server.paging import first_page, limit_of, next_link
from server.parameters import optional, space_of

_encode = msgspec.json.encode


class Queries:
    """The handlers; each reads its question from the request and waits for the lake's answer."""

    def __init__(self, gate: LakeGate, worker: Worker) -> None:
        self._gate = gate
        self._worker = worker
        self._kept = KeptScenes()

    def routes(self) -> list[web.RouteDef]:
        """The GETs of contract section 3 on what is now."""
        return [
            web.get("/eustress/ingest/stats", self.statistics),
            web.get("/eustress/spaces", self.spaces),
            web.get("/eustress/spaces/{space}/entities", self.entities),
            web.get("/eustress/entities", self.entities_everywhere),
        ]

    async def statistics(self, request: web.Request) -> web.StreamResponse:
        """The whole lake at a glance."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.statistics)

    async def spaces(self, request: web.Request) -> web.StreamResponse:
        """Every space with its counts, by name; `?after=` a name."""
        limit, after = limit_of(request), optional(request, "after", str)
        lake = await self._gate.wait()
        page = first_page(_beyond(await self._worker.run(lake.spaces), after), limit)
        link = next_link(request, page, lambda last: {"after": last.space_name})
        return await self._worker.stream_array(request, lambda: map(_encode, page.items), link)

    async def entities(self, request: web.Request) -> web.StreamResponse:
        """The entities of a space, now or at an instant, in order of first sight, filtered.

        The pages that follow a first one are of the same instant, whatever happens meanwhile.
        """
        at = optional(request, "at", parameters.moment)
        after, limit = optional(request, "after", str), limit_of(request)
        chosen = entities.filter_of(request)
        space_name = space_of(request)
        scene = await self._scene(space_name, at)
        if limit is not None:
            self._kept.keep(scene)
        found = partial(entities.matches, scene, chosen, after)
        return await self._list(
            request, found, limit, lambda last: {"after": last.id(), "at": str(scene.seq)}
        )

    async def _scene(self, space_name: str, at: UUID | int | datetime | None) -> SceneDelta:
        lake = await self._gate.wait()
        if at is None:
            return await self._worker.run(entities.present_scene, lake, space_name)
        if isinstance(at, int) and (kept := self._kept.find(space_name, at)) is not None:
            return kept
        return await self._worker.run(entities.scene_at, lake, space_name, at)

    async def entities_everywhere(self, request: web.Request) -> web.StreamResponse:
        """The same filters across all spaces, as they are now."""
        chosen, limit = entities.filter_of(request), limit_of(request)
        space_name, entity_id = (optional(request, n, str) for n in ("after_space", "after"))
        if (space_name is None) != (entity_id is None):
            raise InvalidInput("after_space and after go together: give both, or neither")
        after = (space_name, entity_id) if space_name and entity_id else None
        lake = await self._gate.wait()
        found = partial(entities.matches_everywhere, lake, chosen, after)
        return await self._list(
            request, found, limit, lambda last: {"after_space": last.space(), "after": last.id()}
        )

    async def _list(
        self,
        request: web.Request,
        found: Callable[[], Iterator[Match]],
        limit: int | None,
        after: Callable[[Match], Mapping[str, str]],
    ) -> web.StreamResponse:
        """Whole and streamed, or a page and where the next is."""
        if limit is None:
            return await self._worker.stream_array(request, lambda: entities.told(found()))
        page = await self._worker.run(lambda: first_page(found(), limit))
        link = next_link(request, page, after)
        return await self._worker.stream_array(request, lambda: entities.told(page.items), link)


def _beyond(spaces: list[SpaceSummary], after: str | None) -> list[SpaceSummary]:
    """The spaces behind one already had; raises NotFound where that is gone."""
    names = [space.space_name for space in spaces]
    if after is None:
        return spaces
    if after not in names:
        raise NotFound(f"no space {after!r}")
    return spaces[names.index(after) + 1 :]
