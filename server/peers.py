"""The far ends of sockets: those that are gone without a word, and those that will not go.

Whether one is gone the kernel asks, at no cost to the loop; a WebSocket's own pings would end a
connection that is not read for a while on purpose.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

CLOSE_SECONDS: Final = 2.0
OPTIONS: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Two minutes of silence, by names that not every system has."""


def watch_peer(request: web.Request) -> None:
    """End the request's connection when its peer no longer answers, idle or not."""
    transport = request.transport
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is None:
        return
    with suppress(OSError):  # not TCP, or gone already
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in OPTIONS.items():
            if hasattr(socket, name):
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def close_socket(
    request: web.Request, opened: web.WebSocketResponse[Any], code: int, message: bytes = b""
) -> None:
    """Close a WebSocket; one whose peer takes nothing is cut off after a while."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await opened.close(code=code, message=message)
    except (ConnectionError, RuntimeError):
        pass  # it has gone already
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
