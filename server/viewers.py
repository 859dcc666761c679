"""One viewer of a space: what it is told, in which order, and what it misses where it is slow.

First the state, page by page and read when it is sent, then what changed since. What waits to be
sent is bounded; beyond that it is forgotten, the viewer is told so, and the state begins anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from server.answers import Worker
from server.mirror import Mirror
from server.peers import close_socket

PROTOCOL: Final = 1
MOST_WAITING_BYTES: Final = 4 << 20
RESYNC: Final = b'{"type":"resync"}'

_log = logging.getLogger(__name__)


class Viewer:
    """One connection: where it is in the state, and the messages that wait for it."""

    def __init__(self, request: web.Request, socket: Any, worker: Worker) -> None:
        self._request, self._socket, self._worker = request, socket, worker
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._cursor: int | None = None  # the slot from which the state is still to be told
        self._must_start = True
        self._has_begun = False
        self._news = asyncio.Event()

    def offer(self, messages: list[bytes]) -> None:
        """Let messages wait to be sent; where too much waits, none of it will be."""
        if self._must_start:
            return
        self._waiting.extend(messages)
        self._waiting_bytes += sum(map(len, messages))
        if self._waiting_bytes > MOST_WAITING_BYTES:
            self._forget()
        self._news.set()

    def start_again(self) -> None:
        """The state is to be told, from its beginning."""
        self._cursor = None
        self._forget()
        self._news.set()

    async def run(self, space_name: str, mirror: Callable[[], Mirror | None]) -> None:
        """Tell the space that `mirror` shows, once it does, until the viewer leaves."""
        telling = asyncio.create_task(self._tell_or_close(space_name, mirror))
        try:
            async for _ in self._socket:  # viewers have nothing to say
                pass
        finally:
            telling.cancel()
            await asyncio.wait({telling})

    async def close(self, code: int, message: bytes = b"") -> None:
        """Send the viewer away."""
        await close_socket(self._request, self._socket, code, message)

    def _forget(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        self._must_start = True

    async def _tell_or_close(self, space_name: str, mirror: Callable[[], Mirror | None]) -> None:
        try:
            with suppress(ConnectionError):  # it has gone
                await self._tell(space_name, mirror)
        except Exception:
            _log.exception("a feed met a bug")
            await self.close(WSCloseCode.INTERNAL_ERROR, b"a bug; the server's log has more")

    async def _tell(self, space_name: str, mirror: Callable[[], Mirror | None]) -> None:
        hello = {"type": "hello", "protocol": PROTOCOL, "space_name": space_name}
        await self._send(msgspec.json.encode(hello))
        while True:
            if (message := await self._next(mirror())) is None:
                self._news.clear()
                await self._news.wait()
            else:
                await self._send(message)

    async def _next(self, mirror: Mirror | None) -> bytes | None:
        """The state to its end, then what waits, then the state anew if something was lost."""
        if mirror is not None and self._cursor is not None:
            asked = self._cursor
            message, following = await self._worker.run(mirror.page, asked)
            if self._cursor == asked:  # or the state is to be told anew
                self._cursor = following
            return message
        if self._waiting:
            message = self._waiting.popleft()
            self._waiting_bytes -= len(message)
            return message
        if mirror is None or not self._must_start:
            return None
        self._must_start, self._cursor = False, 0
        is_first, self._has_begun = not self._has_begun, True
        return await self._next(mirror) if is_first else RESYNC

    async def _send(self, message: bytes) -> None:
        await self._socket.send_frame(message, WSMsgType.TEXT)
