"""Brings results from the lake's threads to the loop: many of them with one wake-up.

A commit settles a whole group at once. Waking the loop for each of them costs a system call
apiece, and with it the interpreter's lock changes hands; here a burst costs one, at its end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from lake_core.jobs import Wake

T = TypeVar("T")


class Arrivals:
    """Waits for results on one loop, whichever loop it is."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._woken = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def expect(self) -> tuple[asyncio.Future[Any], Callable[[Any, BaseException | None], Wake]]:
        """An awaitable, and what to call from any thread with its result, or with an error.

        What that returns is to be called then, once for all that have arrived. Giving up on the
        awaitable does not cancel what was accepted.
        """
        self._loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = self._loop.create_future()
        return waiter, partial(self._arrive, waiter)

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        """An awaitable for a future of another thread."""
        waiter, arrive = self.expect()
        future.add_done_callback(partial(_pass_on, arrive))
        return waiter

    def _arrive(
        self, waiter: asyncio.Future[Any], result: object, error: BaseException | None
    ) -> Wake:
        self._arrived.append((waiter, result, error))
        return self._wake

    def _wake(self) -> None:
        # What arrived was appended before: the hand-over clears `_woken` before it empties the
        # queue, so that nothing is left behind.
        if not self._woken and self._loop is not None:
            self._woken = True
            with suppress(RuntimeError):  # the loop has closed; no one waits any more
                self._loop.call_soon_threadsafe(self._hand_over)

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


def _pass_on(arrive: Callable[[Any, BaseException | None], Wake], future: Future[Any]) -> None:
    if future.cancelled():
        wake = arrive(None, CancelledError())
    elif (error := future.exception()) is not None:
        wake = arrive(None, error)
    else:
        wake = arrive(future.result(), None)
    wake()
