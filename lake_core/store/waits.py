"""How long a thread has waited for PostgreSQL, told while it waits. Knows no connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_of_threads = threading.local()


class WaitClock:
    """A clock that runs while its thread waits for PostgreSQL, and stands still otherwise."""

    def __init__(self) -> None:
        self._told = 0.0
        self._since: float | None = None

    def seconds(self) -> float:
        """What it shows. From any thread."""
        told = self._told  # first: a wait that ends in between is missed once, never told twice
        since = self._since
        return told if since is None else told + time.monotonic() - since

    @contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """Count the waits of the thread that runs within."""
        _of_threads.clock = self
        try:
            yield
        finally:
            _of_threads.clock = None

    def _begin(self) -> None:
        self._since = time.monotonic()

    def _end(self) -> None:
        since, self._since = self._since, None
        if since is not None:
            self._told += time.monotonic() - since


@contextmanager
def waiting() -> Iterator[None]:
    """What lasts as long as PostgreSQL takes runs within."""
    clock: WaitClock | None = getattr(_of_threads, "clock", None)
    if clock is None:
        yield
        return
    clock._begin()
    try:
        yield
    finally:
        clock._end()
