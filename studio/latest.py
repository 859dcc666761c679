"""One question at a time, and of those asked meanwhile only the latest: for what follows a hand.

Knows workers and calls; knows nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from lake_core.errors import Cancelled, LakeError
from studio.workers import Workers

Result = TypeVar("Result")
IsStale = Callable[[], bool]
"""Tells a call, in its own thread, that its answer is not wanted any more."""


class Latest(QObject, Generic[Result]):
    """Hands on the answer to the last question, never that to an earlier one."""

    def __init__(
        self,
        workers: Workers,
        on_done: Callable[[Result], None],
        on_error: Callable[[LakeError], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workers, self._on_done, self._on_error = workers, on_done, on_error
        self._next: Callable[[IsStale], Result] | None = None
        self._stale: Event | None = None  # of the question that is under way

    def ask(self, call: Callable[[IsStale], Result]) -> None:
        """Run `call` in a worker as soon as the one before has ended."""
        self._next = call
        if self._stale is not None:
            self._stale.set()
        else:
            self._begin()

    def forget(self) -> None:
        """No answer is wanted."""
        self._next = None
        if self._stale is not None:
            self._stale.set()

    def _begin(self) -> None:
        call, self._next = self._next, None
        if call is None:
            return
        stale = self._stale = Event()
        self._workers.run_in_thread(
            lambda: call(stale.is_set),
            lambda result: self._end(stale, lambda: self._on_done(result)),
            lambda error: self._end(stale, lambda: self._tell(error)),
        )

    def _end(self, stale: Event, tell: Callable[[], None]) -> None:
        self._stale = None
        if not stale.is_set():
            tell()
        self._begin()

    def _tell(self, error: LakeError) -> None:
        if not isinstance(error, Cancelled):
            self._on_error(error)
