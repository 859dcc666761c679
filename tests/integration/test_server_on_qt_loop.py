"""The server runs on the Studio's loop as it does on its own."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any

import pytest
import qasync

from lake_core.lake import Lake
from lake_core.settings import Settings
from server.app import start_server
from server.demo import play_demo


def _post(port: int, endpoint: str, body: dict[str, Any]) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", f"/eustress/ingest/{endpoint}", json.dumps(body))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


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

    loop = qasync.QEventLoop(qapp)
    try:
        with loop:
            answer, snapshot = loop.run_until_complete(run())
    finally:
        lake.close()
    assert answer["accepted"] == 1
    assert snapshot["snapshot_id"]
