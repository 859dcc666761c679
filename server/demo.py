"""Plays the bundled demo scene into a lake, or to whoever takes it, until it is cancelled.

Shared by `lake-server --demo` and the Studio's button. What happens when is the simulator's; here
is what to do when the lake cannot take more for now. Knows nothing of HTTP or of Qt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from lake_core.errors import DatabaseUnavailable, QueueFull
from lake_core.lake import Lake
from lake_core.simulate import FRAMES_PER_SECOND, Demo
from resources import demo

RETRY_SECONDS: Final = 0.5
LONGEST_LAG_SECONDS: Final = 1.0


Take = Callable[[bytes], Awaitable[object]]
"""Takes the body of a batch; DatabaseUnavailable and QueueFull say to send it again."""


async def play_demo(lake: Lake) -> None:
    """As `play`, into a lake."""
    await play(lambda body: asyncio.wrap_future(lake.ingest("batch", body)))


async def play(take: Take) -> None:
    """Bring the whole scene in with one batch, then keep it moving until cancelled.

    The first batch replaces what an earlier run left in the space. What cannot be stored for
    now is sent again, in order; a lag of over a second is given up, not caught up.
    """
    engine = Demo()
    await _send(take, demo.batch(engine.build(), replace=True))
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + 1 / FRAMES_PER_SECOND, loop.time() - LONGEST_LAG_SECONDS)
        await asyncio.sleep(max(0.0, due - loop.time()))
        if told := engine.frame():
            await _send(take, demo.batch(told))


async def _send(take: Take, body: dict[str, Any]) -> None:
    encoded = msgspec.json.encode(body)
    while True:
        try:
            await take(encoded)
            return
        except (QueueFull, DatabaseUnavailable):
            await asyncio.sleep(RETRY_SECONDS)
