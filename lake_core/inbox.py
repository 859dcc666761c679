"""What waits for the lake thread: requests and questions, in the order they came.

Any thread may put something in; only the lake thread takes something out. It bounds what waits,
and knows nothing of what is done with it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, TypeVar

from lake_core.errors import DatabaseUnavailable, QueueFull
from lake_core.jobs import Job

T = TypeVar("T")
Question = Callable[[], None]
"""Something to be run between two commits."""

_GROUP_BYTES: Final = 16 << 20
_GROUP_JOBS: Final = 2000


class Inbox:
    """A queue with a limit of bytes, from which requests are taken in groups."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._waiting: queue.SimpleQueue[Job | Question | None] = queue.SimpleQueue()
        self._ahead: deque[Job | Question | None] = deque()  # taken out already, still to be done
        self._bytes = 0
        self._jobs = 0
        self._counts = threading.Lock()
        self._is_closed = False

    # -- from any thread

    @property
    def depth(self) -> int:
        """How many requests wait."""
        return self._jobs

    def put(self, job: Job) -> None:
        """Let a request wait; raises QueueFull, and DatabaseUnavailable once it is closed."""
        with self._counts:
            self._refuse_if_closed()
            if self._jobs and self._bytes + len(job.body) > self._limit:
                raise QueueFull(
                    f"{self._bytes} bytes wait to be written, the limit is {self._limit}; "
                    "try again shortly"
                )
            self._bytes += len(job.body)
            self._jobs += 1
            self._waiting.put(job)

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Have something run in the lake thread; raises DatabaseUnavailable once it is closed."""
        future: Future[T] = Future()

        def answer() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(question())
            except Exception as error:
                future.set_exception(error)

        with self._counts:
            self._refuse_if_closed()
            self._waiting.put(answer)
        return future

    def close(self) -> bool:
        """Let nothing more in; whether it was open. What waits is followed by None."""
        with self._counts:
            was_open, self._is_closed = not self._is_closed, True
            if was_open:
                self._waiting.put(None)
        return was_open

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise DatabaseUnavailable("the lake is closing")

    # -- in the lake thread

    def next(self, timeout: float) -> Job | Question | None:
        """What is next; None at the end. Raises queue.Empty after `timeout` seconds."""
        return self._ahead.popleft() if self._ahead else self._take(timeout)

    def gather(self, first: Job) -> list[Job]:
        """The requests that have queued behind one, up to where answers would wait too long."""
        jobs, size = [first], len(first.body)
        while size < _GROUP_BYTES and len(jobs) < _GROUP_JOBS:
            try:
                waiting = self._ahead.popleft() if self._ahead else self._take(None)
            except queue.Empty:
                break
            if not isinstance(waiting, Job):
                self._ahead.appendleft(waiting)
                break
            jobs.append(waiting)
            size += len(waiting.body)
        return jobs

    def look_ahead(self) -> None:
        """Decode what has queued, while there is nothing better to do."""
        size = sum(len(job.body) for job in self._ahead if isinstance(job, Job))
        while size < _GROUP_BYTES and len(self._ahead) < _GROUP_JOBS:
            try:
                waiting = self._take(None)
            except queue.Empty:
                return
            self._ahead.append(waiting)
            if isinstance(waiting, Job):
                waiting.decode()
                size += len(waiting.body)

    def put_back(self, jobs: Sequence[Job]) -> None:
        """These are next again, in this order."""
        self._ahead.extendleft(reversed(jobs))

    def put_behind(self, question: Question) -> None:
        """Go on with this after what waits now, even when closed."""
        self._waiting.put(question)

    def _take(self, timeout: float | None) -> Job | Question | None:
        waiting = self._waiting.get(timeout=timeout) if timeout else self._waiting.get_nowait()
        if isinstance(waiting, Job):
            with self._counts:
                self._bytes -= len(waiting.body)
                self._jobs -= 1
        return waiting
