"""Brings the lines of one session to the lake, part after part, no faster than it takes them.

While one part is being committed the next gathers; what waits is bounded, and whoever puts lines
on waits while it is full. Knows nothing of where the lines come from or how the answer is told.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from lake_core.errors import DatabaseUnavailable, QueueFull
from lake_core.lake import Lake
from lake_core.scene.operations import Part, PartResult, Standing, digest_after
from server.arrivals import Arrivals

PART_BYTES: Final = 256 * 1024
"""Below what would make others wait: a tenth of a second of the lake thread at most."""
MOST_WAITING: Final = 2 * PART_BYTES
FIRST_WAIT: Final = 0.02
LONGEST_WAIT: Final = 1.0

OnResult = Callable[[PartResult], Awaitable[None]]


class Conveyor:
    """One session's way into the lake. `begin` it, `put` lines, `drain` it.

    Args:
        standing: Where the session stands already.
        on_result: Awaited with each part that is committed, in order.
        strict: A part ends at the first operation that is refused.
        key: The idempotency key of the session, if it has one: a digest of all lines is kept.
        is_patient: Where the lake can take nothing now, try until it can.
    """

    def __init__(
        self,
        lake: Lake,
        session: str,
        standing: Standing,
        on_result: OnResult,
        *,
        strict: bool = False,
        key: str = "",
        is_patient: bool = False,
    ) -> None:
        self._lake, self._session, self._on_result = lake, session, on_result
        self._strict, self._key, self._is_patient = strict, key, is_patient
        self._position, self._digest = standing.position, standing.digest
        self._arrivals = Arrivals()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._waiting_bytes = 0
        self._is_ending = False
        self._wake, self._room, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether `put` would wait."""
        return self._waiting_bytes >= MOST_WAITING

    def begin(self) -> asyncio.Task[None]:
        """Start to carry, in a task that ends by a fault alone."""
        self._task = asyncio.create_task(self._carry())
        self._task.add_done_callback(self._ended)
        return self._task

    def add(self, number: int, line: bytes) -> None:
        """Put one line on, however much waits; numbers rise."""
        self._waiting.append((number, line))
        self._waiting_bytes += len(line) + 1
        self._idle.clear()
        self._wake.set()

    async def room(self) -> None:
        """Wait until no longer full; raises what ended the carrying."""
        if self.is_full:
            self._room.clear()
            await self._room.wait()
        self._raise_if_ended()

    async def drain(self) -> None:
        """Wait until all is committed; raises what ended the carrying."""
        await self._idle.wait()
        self._raise_if_ended()

    async def finish(self) -> None:
        """The same, and let the session be known to have ended."""
        await self.drain()
        if self._task is None or self._task.done():
            return
        self._is_ending = True
        self._idle.clear()
        self._wake.set()
        await self.drain()

    async def stop(self) -> None:
        """Carry nothing more; what is with the lake already is committed."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task

    def _raise_if_ended(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # whoever waits raises it
        self._room.set()
        self._idle.set()

    async def _carry(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or self._is_ending:
                part, lines = self._next_part()
                result = await self._commit(part, lines)
                self._position, self._digest = result.standing.position, part.digest
                await self._on_result(result)
                if self._strict and result.refused:
                    return
            self._idle.set()

    def _next_part(self) -> tuple[Part, list[bytes]]:
        """Lines that follow each other without a gap in their numbers."""
        first = self._waiting[0][0] if self._waiting else self._position + 1
        lines: list[bytes] = []
        size = 0
        while self._waiting and self._waiting[0][0] == first + len(lines) and size < PART_BYTES:
            line = self._waiting.popleft()[1]
            lines.append(line)
            size += len(line) + 1
        self._waiting_bytes -= size
        if not self.is_full:
            self._room.set()
        part = Part(session=self._session, first=first, after=self._position, strict=self._strict)
        if self._key:
            part.key = self._key
            part.before, part.digest = self._digest, digest_after(self._digest, lines)
        if not self._waiting and self._is_ending:
            part.ends, self._is_ending = True, False
        return part, lines

    async def _commit(self, part: Part, lines: Sequence[bytes]) -> PartResult:
        wait = FIRST_WAIT
        while True:
            try:
                return await self._arrivals.wait(self._lake.ingest_part(part, lines))
            except QueueFull:
                pass
            except DatabaseUnavailable:
                if not self._is_patient:
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.0) * wait)
            wait = min(2 * wait, LONGEST_WAIT)
