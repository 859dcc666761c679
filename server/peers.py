"""Notices peers that are gone without a word: the kernel asks them, at no cost to the loop.

A WebSocket's own pings would end a connection that is not read for a while on purpose.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

from aiohttp import web

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
