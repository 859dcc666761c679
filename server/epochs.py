"""The epochs' endpoints: choosing snapshots to train on, over HTTP.

Turns a request into a list of snapshot ids; what an epoch is, the lake knows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Struct

from lake_core.errors import FieldError, InvalidInput
from lake_core.lake import Lake
from lake_core.scene.model import TrainingEpoch
from server import parameters
from server.answers import Done, Worker, json_response
from server.bodies import decoded
from server.gate import LakeGate
from server.limits import BodyReader
from server.paging import first_page, limit_of, next_link, one_more
from server.parameters import optional, path_id

COLLECTION: Final = "/eustress/epochs"
_encode = msgspec.json.encode


class EpochRequest(Struct, kw_only=True):
    """Body of POST /eustress/epochs: snapshots by their ids, or all of some spaces in a time."""

    space_name: str | None = None
    space_names: list[str] = []
    name: str = ""
    note: str = ""
    snapshot_ids: list[UUID] | None = None
    start: datetime | None = msgspec.field(name="from", default=None)
    end: datetime | None = msgspec.field(name="to", default=None)

    def spaces(self) -> list[str]:
        """The spaces named, each once, in order."""
        named = ([] if self.space_name is None else [self.space_name]) + self.space_names
        return list(dict.fromkeys(named))


class Epochs:
    """The handlers of `/eustress/epochs`."""

    def __init__(self, gate: LakeGate, worker: Worker, bodies: BodyReader) -> None:
        self._gate = gate
        self._worker = worker
        self._bodies = bodies

    def routes(self) -> list[web.RouteDef]:
        """List, create, read, delete."""
        one = COLLECTION + "/{id}"
        return [
            web.get(COLLECTION, self.list),
            web.post(COLLECTION, self.create),
            web.get(one, self.read),
            web.delete(one, self.delete),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """All epochs, oldest first; `?after=` the id of one."""
        limit, after = limit_of(request), optional(request, "after", parameters.identifier)
        lake = await self._gate.wait()
        found = await self._worker.run(lake.epochs, after=after, limit=one_more(limit))
        page = first_page(found, limit)
        link = next_link(request, page, lambda last: {"after": str(last.id)})
        return await self._worker.stream_array(request, lambda: map(_encode, page.items), link)

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A new epoch, frozen; 201 with where it is found."""
        asked = decode_request(await self._bodies.read_json(request))
        lake = await self._gate.wait()
        epoch = await self._worker.run(create_epoch, lake, asked)
        response = json_response(epoch)
        response.set_status(201)
        response.headers["Location"] = f"{COLLECTION}/{epoch.id}"
        return response

    async def read(self, request: web.Request) -> web.StreamResponse:
        """One epoch."""
        epoch_id = path_id(request)
        lake = await self._gate.wait()
        return await self._worker.answer(lake.epoch, epoch_id)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget an epoch; its snapshots stay."""
        epoch_id = path_id(request)
        lake = await self._gate.wait()
        await self._worker.run(lake.delete_epoch, epoch_id)
        return json_response(Done("Epoch deleted"))


def decode_request(body: bytes) -> EpochRequest:
    """The request; InvalidInput unless it names snapshots, or spaces and a time."""
    asked = decoded(body, EpochRequest)
    if asked.snapshot_ids is None and not (asked.start or asked.end):
        raise _at_fault("/snapshot_ids", "give snapshot_ids, or from and to")
    if asked.snapshot_ids is not None and (asked.start or asked.end):
        raise _at_fault("/snapshot_ids", "give either snapshot_ids, or from and to")
    if asked.snapshot_ids is None and not asked.spaces():
        raise _at_fault("/space_name", "from and to need space_name or space_names")
    return asked


def create_epoch(lake: Lake, asked: EpochRequest) -> TrainingEpoch:
    """Create what was asked for. Blocks."""
    chosen = _snapshot_ids(lake, asked)
    if not chosen:
        raise _at_fault("/snapshot_ids", "an epoch needs at least one snapshot")
    return lake.create_epoch(chosen, asked.name, asked.note)


def _snapshot_ids(lake: Lake, asked: EpochRequest) -> list[UUID]:
    if asked.snapshot_ids is None:
        start, end = _with_zone(asked.start), _with_zone(asked.end)
        return [
            summary.id
            for space_name in asked.spaces()
            for summary in lake.snapshots(space_name, start=start, end=end)
        ]
    if asked.spaces():
        _check_spaces(lake, asked.snapshot_ids, frozenset(asked.spaces()))
    return asked.snapshot_ids


def _check_spaces(lake: Lake, snapshot_ids: list[UUID], spaces: frozenset[str]) -> None:
    for index, snapshot_id in enumerate(snapshot_ids):
        found = lake.snapshot(snapshot_id).space_name
        if found not in spaces:
            raise _at_fault(f"/snapshot_ids/{index}", f"belongs to space {found!r}, not asked for")


def _with_zone(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def _at_fault(pointer: str, reason: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {reason}", (FieldError(pointer, reason),))
