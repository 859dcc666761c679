"""Sessions and feeds run on the Studio's loop as they do on the server's own."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from lake_core.lake import Lake
from lake_core.settings import Settings
from server.app import start_server
from tests.qt_loop import qt_loop


def _open(stack: ExitStack, port: int, path: str) -> ClientConnection:
    address = f"ws://127.0.0.1:{port}{path}"
    made: ClientConnection = stack.enter_context(connect(address, proxy=None))
    return made


def _receive(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return message


def _talk(stack: ExitStack, port: int) -> list[ClientConnection]:
    """Send a hundred operations and see them arrive at a viewer; both stay open."""
    feed = _open(stack, port, "/eustress/live?space=s")
    session = _open(stack, port, "/eustress/ingest/ws")
    assert (_receive(feed)["type"], _receive(session)["type"]) == ("hello", "hello")
    for n in range(1, 101):
        entity = {"id": f"e{n}"}
        session.send(json.dumps({"n": n, "op": "entity", "space_name": "s", "entity": entity}))
    while _receive(session)["n"] < 100:
        pass
    seen: set[str] = set()
    while len(seen) < 100:
        seen |= {one["id"] for one in _receive(feed).get("entities", [])}
    return [feed, session]


def test_that_sockets_talk_on_the_qt_loop_and_are_closed_with_it(
    qapp: Any, settings: Settings
) -> None:
    lake = Lake.open(settings)

    async def run() -> list[ClientConnection]:
        server = await start_server(lake, "127.0.0.1", 0)
        opened = await asyncio.to_thread(_talk, stack, server.port)
        await server.stop()
        return opened

    with ExitStack() as stack:
        try:
            with qt_loop(qapp) as loop:
                opened = loop.run_until_complete(run())
        finally:
            lake.close()
        for socket in opened:
            with pytest.raises(ConnectionClosed) as caught:
                socket.recv(timeout=20)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1001
