"""A watchdog over the lake thread's dealings with PostgreSQL.

A server that was stopped or cut off by the network neither answers nor hangs up, and the lake
thread would wait for it for good while engines wait for the lake. What waits longer than the
patience is ended from outside: the thread meets a lost connection, which it knows how to outlive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_log = logging.getLogger(__name__)

_LONGEST_FACTOR: Final = 16
Clock = Callable[[], float]
"""Seconds, of which only differences mean something."""


class Watchdog:
    """Calls `hang_up` when one piece of work waits longer than `patience` seconds.

    `clock` tells seconds that go on while the work waits, and stand still while it is merely busy.
    Work that is slow must get through some time: the patience doubles each time it ends,
    up to sixteenfold, and is as before once a piece of work went well.
    """

    def __init__(
        self, patience: float, hang_up: Callable[[], None], clock: Clock = time.monotonic
    ) -> None:
        self._patience = patience
        self._hang_up = hang_up
        self._clock = clock
        self._factor = 1
        self._work: tuple[Clock, float] | None = None  # its clock, and what that showed first
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lake-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._ended.set()

    @contextmanager
    def over(
        self, went_well: Callable[[], bool] = lambda: True, clock: Clock | None = None
    ) -> Iterator[None]:
        """Watch over what is done within; `went_well` is asked when it is done.

        `clock` is another for this work, such as what waits for a thread that waits.
        """
        clock = clock or self._clock
        began = clock()
        self._work = (clock, began)
        try:
            yield
        finally:
            self._work = None
            # What is quick since it asked nothing of the server says nothing of the server.
            if clock() - began < self._patience and went_well():
                self._factor = 1

    def _run(self) -> None:
        while not self._ended.wait(self._patience / 8):
            work = self._work
            limit = self._patience * self._factor
            if work is not None and work[0]() - work[1] > limit:
                _log.error("PostgreSQL has not answered for %.3g s: the line is cut", limit)
                self._factor = min(2 * self._factor, _LONGEST_FACTOR)
                self._work = None  # once a piece of work
                self._hang_up()
