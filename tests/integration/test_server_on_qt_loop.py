"""The server runs on the Studio's loop as it does on its own."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from dataclasses import replace
from typing import Any

import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings
from server.app import start_server
from server.demo import play_demo
from tests.qt_loop import qt_loop


def _post(port: int, endpoint: str, body: dict[str, Any]) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", f"/eustress/ingest/{endpoint}", json.dumps(body))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _post_slowly(port: int, stays_away: float) -> bytes:
    """The answer's first line where half of the body comes only after a while."""
    body = json.dumps({"space_name": "s", "entity": {"id": "slow"}}).encode()
    lines = (
        "POST /eustress/ingest/entity HTTP/1.1",
        "Host: localhost",
        f"Content-Length: {len(body)}",
    )
    head = "\r\n".join(lines)
    with socket.create_connection(("127.0.0.1", port), 20) as slow:
        slow.sendall(head.encode() + b"\r\n\r\n" + body[:10])
        time.sleep(stays_away)
        slow.sendall(body[10:])
        return slow.recv(1000).partition(b"\r\n")[0]


def test_that_a_slow_body_is_waited_for_on_the_qt_loop_but_not_for_good(
    qapp: Any, settings: Settings
) -> None:
    lake = Lake.open(replace(settings, read_timeout=0.5))

    async def run() -> list[bytes]:
        server = await start_server(lake, "127.0.0.1", 0)
        waits = (0.1, 1.0)
        told = [await asyncio.to_thread(_post_slowly, server.port, wait) for wait in waits]
        await server.stop()
        return told

    try:
        with qt_loop(qapp) as loop:
            told = loop.run_until_complete(run())
    finally:
        lake.close()
    assert [line.split()[1] for line in told] == [b"200", b"408"]


def test_that_requests_are_answered_and_the_demo_plays_on_the_qt_loop(
    qapp: Any, settings: Settings
) -> None:
    lake = Lake.open(settings)

    async def run() -> tuple[Any, Any]:
        server = await start_server(lake, "127.0.0.1", 0)
        playing = asyncio.create_task(play_demo(lake))
        try:
            body = {"space_name": "s", "entity": {"id": "a"}}
            answer = await asyncio.to_thread(_post, server.port, "entity", body)
            async with asyncio.timeout(20):
                while lake.health().accepted_total < 5000:
                    await asyncio.sleep(0.05)
            snapshot = await asyncio.to_thread(_post, server.port, "snapshot/demo", {})
        finally:
            playing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await playing
            await server.stop()
        return answer, snapshot

    try:
        with qt_loop(qapp) as loop:
            answer, snapshot = loop.run_until_complete(run())
    finally:
        lake.close()
    assert answer["accepted"] == 1
    assert snapshot["snapshot_id"]
