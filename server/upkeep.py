"""The endpoints of what the lake does by itself: schedules, and what retention lets go.

Turns a request into a question to the lake; what a policy means, the lake knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from msgspec import Struct

from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.upkeep.report import DeedKind
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.schedule import Schedule
from server.answers import Done, Worker, json_response
from server.bodies import decoded
from server.gate import LakeGate
from server.limits import BodyReader
from server.parameters import space_of

POLICIES: Final = "/eustress/policies"
SPACE: Final = "/eustress/spaces/{space}"
PLAN: Final = SPACE + "/retention/plan"
APPLY: Final = SPACE + "/retention/apply"
UNDO: Final = SPACE + "/retention/undo"
REPORT: Final = "/eustress/upkeep"
FAILURES: Final = SPACE + "/{deed}/failure"
_DEEDS: Final[Mapping[str, DeedKind]] = {"retention": "retention", "archive": "archive"}


class SpaceSchedule(Struct, kw_only=True):
    """A schedule and the space it is for; null for all that have none set, or for no snapshots."""

    space_name: str | None
    schedule: Schedule | None


class SpaceRetention(Struct, kw_only=True):
    """A retention policy and its space; null for all that have none set, or to keep everything."""

    space_name: str | None
    retention: Retention | None


class Policies(Struct, kw_only=True):
    """All that is set."""

    schedules: list[SpaceSchedule]
    retentions: list[SpaceRetention]


class Restored(Struct, kw_only=True):
    """The snapshots that were brought back."""

    snapshot_ids: list[UUID]


class Upkeep:
    """The handlers; each waits for the lake's answer in a worker thread."""

    def __init__(self, gate: LakeGate, worker: Worker, bodies: BodyReader) -> None:
        self._gate = gate
        self._worker = worker
        self._bodies = bodies

    def routes(self) -> list[web.RouteDef]:
        """Policies of spaces and of all; plan, apply, undo."""
        routes = [
            web.get(POLICIES, self.policies),
            web.get(PLAN, self.plan),
            web.post(APPLY, self.apply),
            web.post(UNDO, self.undo),
            web.get(REPORT, self.report),
            web.delete(FAILURES, self.dismiss),
        ]
        for base in (POLICIES, SPACE):
            routes += [
                web.put(base + "/schedule", self.set_schedule),
                web.delete(base + "/schedule", self.clear_schedule),
                web.put(base + "/retention", self.set_retention),
                web.delete(base + "/retention", self.clear_retention),
            ]
        return routes

    async def policies(self, request: web.Request) -> web.StreamResponse:
        """All that is set."""
        lake = await self._gate.wait()
        return await self._worker.answer(_policies, lake)

    async def set_schedule(self, request: web.Request) -> web.StreamResponse:
        """Snapshots at times; `null` for none."""
        return await self._set(request, Schedule | None, "set_schedule", "Schedule set")

    async def set_retention(self, request: web.Request) -> web.StreamResponse:
        """What is kept; `null` for everything."""
        return await self._set(request, Retention | None, "set_retention", "Retention set")

    async def clear_schedule(self, request: web.Request) -> web.StreamResponse:
        """Back to what is set for all."""
        return await self._clear(request, "clear_schedule", "Schedule cleared")

    async def clear_retention(self, request: web.Request) -> web.StreamResponse:
        """Back to what is set for all."""
        return await self._clear(request, "clear_retention", "Retention cleared")

    async def plan(self, request: web.Request) -> web.StreamResponse:
        """What the policy in force would do now."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.plan_retention, space_of(request))

    async def apply(self, request: web.Request) -> web.StreamResponse:
        """Do it."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.apply_retention, space_of(request))

    async def undo(self, request: web.Request) -> web.StreamResponse:
        """Bring back what went and is not purged."""
        space_name = space_of(request)
        lake = await self._gate.wait()
        return await self._worker.answer(
            lambda: Restored(snapshot_ids=lake.undo_retention(space_name))
        )

    async def report(self, request: web.Request) -> web.StreamResponse:
        """What is due, what was done, and what needs a hand."""
        lake = await self._gate.wait()
        return await self._worker.answer(lake.upkeep_report)

    async def dismiss(self, request: web.Request) -> web.StreamResponse:
        """Speak no more of what a deed last failed at."""
        space_name, deed = space_of(request), _DEEDS.get(request.match_info["deed"])
        if deed is None:
            raise NotFound(f"failures are of {' or '.join(_DEEDS)}")
        lake = await self._gate.wait()
        dismissed = await self._worker.run(lake.dismiss_failure, space_name, deed)
        return json_response(Done("Dismissed" if dismissed else "There was none"))

    async def _set(
        self, request: web.Request, kind: Any, deed: str, said: str
    ) -> web.StreamResponse:
        policy = decoded(await self._bodies.read_json(request), kind)
        lake = await self._gate.wait()
        await self._worker.run(getattr(lake, deed), _space(request), policy)
        return json_response(Done(said))

    async def _clear(self, request: web.Request, deed: str, said: str) -> web.StreamResponse:
        lake = await self._gate.wait()
        await self._worker.run(getattr(lake, deed), _space(request))
        return json_response(Done(said))


def _space(request: web.Request) -> str | None:
    """The space that is meant; None for all that have none set."""
    return space_of(request) if "space" in request.match_info else None


def _policies(lake: Lake) -> Policies:
    return Policies(
        schedules=[
            SpaceSchedule(space_name=name, schedule=one) for name, one in lake.schedules().items()
        ],
        retentions=[
            SpaceRetention(space_name=name, retention=one)
            for name, one in lake.retentions().items()
        ],
    )
