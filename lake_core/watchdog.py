"""A watchdog over the lake thread's dealings with PostgreSQL.

A server that was stopped or cut off by the network neither answers nor hangs up, and the lake
thread would wait for it for good while engines wait for the lake. What lasts longer than the
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


class Watchdog:
    """Calls `hang_up` when one piece of work lasts longer than `patience` seconds.

    Work that is merely slow must get through some time: the patience doubles each time it ends,
    up to sixteenfold, and is as before once a piece of work went well.
    """

    def __init__(self, patience: float, hang_up: Callable[[], None]) -> None:
        self._patience = patience
        self._hang_up = hang_up
        self._factor = 1
        self._busy_since: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lake-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._ended.set()

    @contextmanager
    def over(self, went_well: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Watch over what is done within; `went_well` is asked when it is done."""
        began = self._busy_since = time.monotonic()
        try:
            yield
        finally:
            self._busy_since = None
            # What is quick since it asked nothing of the server says nothing of the server.
            if time.monotonic() - began < self._patience and went_well():
                self._factor = 1

    def _run(self) -> None:
        while not self._ended.wait(self._patience / 8):
            began = self._busy_since
            limit = self._patience * self._factor
            if began is not None and time.monotonic() - began > limit:
                _log.error("PostgreSQL has not answered for %.3g s: the line is cut", limit)
                self._factor = min(2 * self._factor, _LONGEST_FACTOR)
                self._busy_since = None  # once a piece of work
                self._hang_up()
