"""`GET /eustress/ingest/ws`: operations as frames of a socket, acknowledged once committed.

A session numbers its frames; where it stands is kept with the data, so that a client that comes
back goes on where the lake is, and what it repeats is not stored twice. What has been read is
brought to the lake whatever becomes of the connection; a client that is too fast is read slower.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Meta, Struct

from lake_core.errors import DatabaseUnavailable, FieldError, InvalidInput, LakeError
from lake_core.lake import Lake
from lake_core.scene.decode import invalid_from_msgspec
from lake_core.scene.operations import PartResult, Standing
from lake_core.scene.storable import MAX_DEPTH, MAX_ID_LENGTH, MAX_SPACE_NAME_LENGTH
from server.arrivals import Arrivals
from server.conveyor import MOST_WAITING, Conveyor
from server.errors import problem_struct
from server.gate import LakeGate
from server.ingest import PREFIX
from server.parameters import optional
from server.peers import CLOSE_SECONDS, close_socket, watch_peer

PROTOCOL: Final = 1
TAKEOVER_SECONDS: Final = 10.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_encode = msgspec.json.encode
_log = logging.getLogger(__name__)
Closing = Callable[[int, bytes], Awaitable[None]]


class _Numbered(Struct):
    n: Annotated[int, Meta(ge=1)]


_decode_number: Final = msgspec.json.Decoder(_Numbered).decode


class Sessions:
    """The handler, and the connections that are open, by their session."""

    def __init__(self, gate: LakeGate) -> None:
        self._gate = gate
        self._limit = gate.settings.max_line_bytes
        self._arrivals = Arrivals()
        self._open: dict[str, _Connection] = {}

    def routes(self) -> list[web.RouteDef]:
        """The one socket."""
        return [web.get(PREFIX + "/ws", self.connect)]

    async def close(self, application: web.Application) -> None:
        """Acknowledge what was read, and send everyone away."""
        going = [connection.go_away() for connection in self._open.values()]
        await asyncio.gather(*going)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection, until it ends. `?session=` takes up a session again."""
        name = optional(request, "session", _session_name)
        socket = web.WebSocketResponse(
            max_msg_size=self._limit,
            compress=False,  # a loopback gains nothing by it, and frames unfold to no limit
            autoclose=False,
            decode_text=False,
        )
        if not socket.can_prepare(request).ok:
            raise InvalidInput("this address is for WebSocket connections")
        lake = await self._gate.wait()
        if name is None:
            name = uuid.uuid4().hex
            standing = await self._arrivals.wait(lake.session(_key(name), is_new=True))
        else:
            standing = await self._taken_up(lake, name)
        await socket.prepare(request)
        watch_peer(request)
        close = partial(close_socket, request, socket)
        connection = _Connection(socket, close, lake, name, standing, self._limit)
        while (other := self._open.get(name)) is not None:  # it came in between
            await other.make_way()
        self._open[name] = connection
        try:
            await connection.run()
        finally:
            if self._open.get(name) is connection:
                del self._open[name]
        return socket

    async def _taken_up(self, lake: Lake, name: str) -> Standing:
        """Where a session stands once all that was read of it is with the lake."""
        if (earlier := self._open.get(name)) is not None:
            try:
                async with asyncio.timeout(TAKEOVER_SECONDS):
                    await earlier.make_way()
            except TimeoutError:
                raise DatabaseUnavailable(
                    "what this session sent before is not stored yet; try again shortly"
                ) from None
        return await self._arrivals.wait(lake.session(_key(name)))


class _Connection:
    """One connection of a session."""

    def __init__(
        self, socket: Any, close: Closing, lake: Lake, name: str, standing: Standing, limit: int
    ) -> None:
        self._socket, self._close = socket, close
        self._name, self._limit = name, limit
        self._acknowledged, self._seq = standing.position, standing.seq
        self._next = standing.position + 1
        self._unread = 0  # frames since the last numbered one that could not be read
        self._conveyor = Conveyor(lake, _key(name), standing, self._committed, is_patient=True)
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Greet, take frames until the connection ends, bring what was read to the lake."""
        carrying = self._conveyor.begin()
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({carrying, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not carrying.done():
                await self._conveyor.drain()
            await self._end(carrying)
        finally:
            reading.cancel()
            await self._conveyor.stop()
            self._done.set()

    async def _end(self, carrying: asyncio.Task[None]) -> None:
        """Close, with the reason where it is the lake's."""
        error = carrying.exception() if carrying.done() else None
        if error is None:
            await self._close(WSCloseCode.OK, b"")
        elif isinstance(error, LakeError):
            await self._close(WSCloseCode.POLICY_VIOLATION, str(error).encode()[:120])
        else:
            _log.error("a session met a bug", exc_info=error)
            await self._close(WSCloseCode.INTERNAL_ERROR, b"a bug; the server's log has more")

    async def go_away(self) -> None:
        """Acknowledge what was read so far, then close: the server ends."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._conveyor.drain()
        except (TimeoutError, LakeError):
            _log.warning("a session ends with operations that are not acknowledged")
        await self._close(WSCloseCode.GOING_AWAY, b"the server is going away")

    async def make_way(self) -> None:
        """Close, since the session is taken up by another connection; returns when it is over."""
        await self._close(WSCloseCode.POLICY_VIOLATION, b"the session was taken up elsewhere")
        await self._done.wait()

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "protocol": PROTOCOL,
            "session": self._name,
            "n": self._acknowledged,
            "limits": {
                "max_frame_bytes": self._limit,
                "max_waiting_bytes": MOST_WAITING,
                "max_depth": MAX_DEPTH,
                "max_id_length": MAX_ID_LENGTH,
                "max_space_name_length": MAX_SPACE_NAME_LENGTH,
            },
        }

    async def _read(self) -> None:
        with suppress(ConnectionError):
            await self._send(self._hello())
            await self._take_frames()

    async def _take_frames(self) -> None:
        conveyor = self._conveyor
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                complaint = self._take(message.data)
            elif message.type is WSMsgType.BINARY:
                complaint = self._unreadable(InvalidInput("send text frames"))
            else:
                return  # broken off, or over the limit
            if complaint is not None:
                await self._send(complaint)
            if conveyor.is_full:
                await conveyor.room()

    def _take(self, frame: bytes) -> dict[str, Any] | None:
        """Pass one frame on to the lake; what there is to say at once."""
        try:
            number = _decode_number(frame).n
        except msgspec.ValidationError as error:
            return self._unreadable(invalid_from_msgspec(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return self._unreadable(InvalidInput(f"the frame is not JSON: {error}"))
        except RecursionError:
            return self._unreadable(InvalidInput("the frame is nested too deeply"))
        if number < self._next:
            return self._ack() if number == self._acknowledged else None
        # A sender may have numbered those that could not be read, or not.
        if number > self._next + self._unread:
            reason = f"{self._next} is next; {number} leaves a gap"
            return _error(number, InvalidInput(f"/n: {reason}", (FieldError("/n", reason),)))
        self._unread = 0
        self._next = number + 1
        self._conveyor.add(number, frame if b"\n" not in frame else _in_one_line(frame))
        return None

    def _unreadable(self, error: InvalidInput) -> dict[str, Any]:
        self._unread += 1
        return _error(self._next + self._unread - 1, error)

    async def _committed(self, result: PartResult) -> None:
        self._acknowledged = result.standing.position
        self._seq = result.seq or self._seq
        with suppress(ConnectionError):  # it has gone; what it sent is committed all the same
            for refusal in result.refused:
                await self._send(_error(refusal.number, refusal.error()))
            await self._send(self._ack())

    def _ack(self) -> dict[str, Any]:
        return {"type": "ack", "n": self._acknowledged, "seq": self._seq}

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_frame(_encode(message), WSMsgType.TEXT)


def _key(name: str) -> str:
    return f"ws:{name}"


def _session_name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise ValueError("a session's name has 1 to 64 letters, digits, - and _")
    return text


def _error(number: int, error: LakeError) -> dict[str, Any]:
    return {"type": "error", "n": number, "error": problem_struct(error)}


def _in_one_line(frame: bytes) -> bytes:
    """The same JSON without line feeds, which part lines; what is no JSON stays none."""
    try:
        return msgspec.json.format(frame, indent=-1)
    except msgspec.DecodeError:
        return frame.replace(b"\n", b"\0")
