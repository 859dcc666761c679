"""Brings results from the lake's threads to the loop: many of them with one wake-up.

A commit resolves the futures of a whole group at once. Waking the loop for each of them costs a
system call apiece, and with it the interpreter's lock changes hands; here a burst costs one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Arrivals:
    """Waits for results on one loop, whichever loop it is."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._woken = False

    def expect(self) -> tuple[asyncio.Future[Any], Callable[[Any, BaseException | None], None]]:
        """An awaitable, and what to call from any thread with its result, or with an error.

        Giving up on the awaitable does not cancel what was accepted.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = loop.create_future()
        return waiter, partial(self._arrive, loop, waiter)

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        """An awaitable for a future of another thread."""
        waiter, arrive = self.expect()
        future.add_done_callback(partial(_pass_on, arrive))
        return waiter

    def _arrive(
        self,
        loop: asyncio.AbstractEventLoop,
        waiter: asyncio.Future[Any],
        result: object,
        error: BaseException | None,
    ) -> None:
        # Appended before it looks: the hand-over clears `_woken` before it empties the queue, so
        # that nothing is left behind.
        self._arrived.append((waiter, result, error))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has closed; no one waits any more
                loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, result, error = self._arrived.popleft()
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(result)
            elif isinstance(error, CancelledError):
                waiter.cancel()
            else:
                waiter.set_exception(error)


def _pass_on(arrive: Callable[[Any, BaseException | None], None], future: Future[Any]) -> None:
    if future.cancelled():
        arrive(None, CancelledError())
    elif (error := future.exception()) is not None:
        arrive(None, error)
    else:
        arrive(future.result(), None)
