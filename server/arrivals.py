"""Brings results from the lake's threads to the loop: many of them with one wake-up.

A commit resolves the futures of a whole group at once. Waking the loop for each of them costs a
system call apiece, and with it the interpreter's lock changes hands; here a burst costs one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Arrivals:
    """Waits for concurrent futures on one loop, whichever loop it is."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._woken = False

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        """An awaitable for `future`. Giving up on it does not cancel what was accepted."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(partial(self._arrive, loop, waiter))
        return waiter

    def _arrive(
        self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[T], future: Future[T]
    ) -> None:
        # In the future's thread. Appended before it looks: the hand-over clears `_woken` before
        # it empties the queue, so that nothing is left behind.
        self._arrived.append((waiter, future))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has closed; no one waits any more
                loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, future = self._arrived.popleft()
            if waiter.done():
                continue
            if future.cancelled():
                waiter.cancel()
            elif (error := future.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(future.result())
