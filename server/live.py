"""`GET /eustress/live?space=…`: the change feed for viewers.

One subscription a space, however many watch it; each change is told once and sent to all. A feed
may skip: a viewer that does not keep up loses what waits for it, is told so (`resync`), and
starts again from the present. None of this slows ingestion, and what waits is bounded.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, web

from lake_core.errors import DatabaseUnavailable, InvalidInput, LakeError, NotFound
from lake_core.lake import Lake
from lake_core.live import (
    Changed,
    EpochCreated,
    EpochDeleted,
    Notice,
    SnapshotChanged,
    SnapshotCreated,
    SnapshotDeleted,
    SnapshotRestored,
    SpaceCreated,
    UpkeepChanged,
)
from lake_core.scene.storable import check_space_name
from server.answers import Worker
from server.arrivals import Arrivals
from server.gate import LakeGate
from server.mirror import Mirror
from server.parameters import required
from server.peers import watch_peer
from server.viewers import Viewer

FRAME_SECONDS: Final = 1 / 30
LOOK_SECONDS: Final = 5.0
"""After so long without a notice a space is looked at anyway: an outage's end tells none."""
_SNAPSHOTS: Final[dict[type[Notice], str]] = {
    SnapshotCreated: "snapshot_created",
    SnapshotChanged: "snapshot_changed",
    SnapshotDeleted: "snapshot_deleted",
    SnapshotRestored: "snapshot_restored",
}
_encode = msgspec.json.encode
_log = logging.getLogger(__name__)


class Feeds:
    """The handler, and the spaces that are watched."""

    def __init__(self, gate: LakeGate, worker: Worker) -> None:
        self._gate, self._worker = gate, worker
        self._spaces: dict[str, _Space] = {}
        self._stop_listening: Callable[[], None] | None = None
        self._noticed: deque[Notice] = deque()
        self._woken = False

    def routes(self) -> list[web.RouteDef]:
        """The one socket."""
        return [web.get("/eustress/live", self.watch)]

    async def close(self, application: web.Application) -> None:
        """Send everyone away."""
        viewers = [viewer for space in self._spaces.values() for viewer in space.viewers]
        await asyncio.gather(*(viewer.close(WSCloseCode.GOING_AWAY) for viewer in viewers))

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """One viewer, until it leaves. A space that is yet to come is waited for."""
        space_name = required(request, "space", str)
        check_space_name(space_name)
        socket = web.WebSocketResponse(max_msg_size=1 << 16, compress=False, decode_text=False)
        if not socket.can_prepare(request).ok:
            raise InvalidInput("this address is for WebSocket connections")
        lake = await self._gate.wait()
        await socket.prepare(request)
        watch_peer(request)
        viewer = Viewer(request, socket, self._worker)
        space = self._space(lake, space_name)
        space.viewers.add(viewer)
        try:
            await viewer.run(space_name, lambda: space.mirror)
        finally:
            space.viewers.discard(viewer)
            if not space.viewers and self._spaces.get(space_name) is space:
                del self._spaces[space_name]
                space.close()
            self._listen_no_more_than_needed()
        return socket

    def _space(self, lake: Lake, space_name: str) -> _Space:
        space = self._spaces.get(space_name)
        if space is None:
            space = self._spaces[space_name] = _Space(lake, space_name, self._worker)
        if self._stop_listening is None:
            loop = asyncio.get_running_loop()
            self._stop_listening = lake.add_listener(lambda notice: self._hear(loop, notice))
        return space

    def _listen_no_more_than_needed(self) -> None:
        if not self._spaces and self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def _hear(self, loop: asyncio.AbstractEventLoop, notice: Notice) -> None:
        """In whichever thread tells it: bring it to the loop, many with one wake-up."""
        if isinstance(notice, Changed) and notice.space_name not in self._spaces:
            return
        self._noticed.append(notice)
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._woken = False  # before it empties the queue, so that nothing is left behind
        while self._noticed:
            notice = self._noticed.popleft()
            for space in self._concerned(notice):
                space.notice(notice)

    def _concerned(self, notice: Notice) -> list[_Space]:
        match notice:
            case Changed() | SpaceCreated():
                names = [notice.space_name]
            case EpochCreated():
                names = notice.epoch.space_names
            case EpochDeleted():
                names = list(self._spaces)
            case UpkeepChanged():
                names = []  # no change of a scene
            case _:
                names = [notice.summary.space_name]
        return [self._spaces[name] for name in names if name in self._spaces]


class _Space:
    """A space that is watched: looked at 30 times a second at most, and told to its viewers."""

    def __init__(self, lake: Lake, space_name: str, worker: Worker) -> None:
        self.viewers: set[Viewer] = set()
        self.mirror: Mirror | None = None
        self._worker = worker
        self._arrivals = Arrivals()
        self._subscription = lake.subscribe(space_name)
        self._changed = asyncio.Event()
        self._changed.set()
        self._is_there = True
        self._following = asyncio.create_task(self._follow())

    def close(self) -> None:
        """No one watches any more."""
        self._following.cancel()
        self._subscription.close()

    def notice(self, notice: Notice) -> None:
        """Pass on what the lake says of this space."""
        if isinstance(notice, Changed | SpaceCreated):
            self._is_there = True
            self._changed.set()
            return
        message = _encode(_told(notice))
        for viewer in self.viewers:
            viewer.offer([message])

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if self._is_there else None):
                    await self._changed.wait()
            self._changed.clear()
            begun = loop.time()
            try:
                await self._look()
            except NotFound:
                self._is_there = False
            except DatabaseUnavailable:
                pass  # looked at again before long
            except LakeError as error:
                await self._send_away(str(error))
            except Exception:
                _log.exception("a feed met a bug")
            await asyncio.sleep(begun + FRAME_SECONDS - loop.time())

    async def _look(self) -> None:
        delta = await self._arrivals.wait(self._subscription.poll())
        if delta is None:
            return
        if delta.whole:
            self.mirror = await self._worker.run(Mirror, delta)
            for viewer in self.viewers:
                viewer.start_again()
        elif self.mirror is not None:
            messages = await self._worker.run(self.mirror.take, delta)
            for viewer in self.viewers:
                viewer.offer(messages)

    async def _send_away(self, reason: str) -> None:
        code, message = WSCloseCode.POLICY_VIOLATION, reason.encode()[:120]
        await asyncio.gather(*(viewer.close(code, message) for viewer in list(self.viewers)))


def _told(notice: Notice) -> dict[str, Any]:
    match notice:
        case EpochCreated():
            return {"type": "epoch_created", "epoch": notice.epoch}
        case EpochDeleted():
            return {"type": "epoch_deleted", "epoch_id": notice.epoch_id}
        case SnapshotCreated() | SnapshotChanged() | SnapshotDeleted() | SnapshotRestored():
            return {"type": _SNAPSHOTS[type(notice)], "snapshot": notice.summary}
    raise AssertionError(notice)
