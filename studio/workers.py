"""Blocking calls off the GUI thread, and their results back to it; whatever is called."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from lake_core.errors import DatabaseUnavailable, LakeError

Result = TypeVar("Result")
THREADS: Final = 4


class Workers(QObject):
    """Runs blocking calls elsewhere and hands their results to the thread this lives in."""

    database_missed = Signal()  # a call failed for want of PostgreSQL
    _done = Signal(object)  # Callable[[], None]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(THREADS, "studio-worker")
        self._deeds = ThreadPoolExecutor(1, "studio-deeds")
        self._apart = ThreadPoolExecutor(1, "studio-apart")
        self._closed = False
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run_in_thread(
        self,
        call: Callable[[], Result],
        on_done: Callable[[Result], None],
        on_error: Callable[[LakeError], None],
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        """Run `call`, then one of the first two.

        Anything but a LakeError is a bug: it is raised here, once `on_bug` is through.
        """
        if not self._closed:
            self.when_done(self.submit(call), on_done, on_error, on_bug)

    def run_in_turn(
        self,
        call: Callable[[], Result],
        on_done: Callable[[Result], None],
        on_error: Callable[[LakeError], None],
    ) -> None:
        """As `run_in_thread`, one after another: for what must be done in the order asked."""
        if not self._closed:
            self.when_done(self._deeds.submit(call), on_done, on_error)

    def run_apart(
        self,
        call: Callable[[], Result],
        on_done: Callable[[Result], None],
        on_error: Callable[[LakeError], None],
    ) -> None:
        """As `run_in_thread`, though all others wait for a PostgreSQL that hangs; brief."""
        if not self._closed:
            self.when_done(self._apart.submit(call), on_done, on_error)

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Run `call` in a worker; for who awaits the future."""
        return self._pool.submit(call)

    def when_done(
        self,
        future: Future[Result],
        on_done: Callable[[Result], None],
        on_error: Callable[[LakeError], None],
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        """The same for a future that someone else resolves, in whichever thread."""
        future.add_done_callback(
            lambda done: self._pass_on(partial(self._end, done, on_done, on_error, on_bug))
        )

    def close(self) -> None:
        """Wait for what runs; deliver nothing more."""
        self._closed = True
        self._pool.shutdown(cancel_futures=True)
        self._apart.shutdown(cancel_futures=True)
        self._deeds.shutdown()  # what the person asked for is done

    def _pass_on(self, call: Callable[[], None]) -> None:
        if not self._closed:
            with suppress(RuntimeError):  # Qt took this object down while the call ran
                self._done.emit(call)

    def _deliver(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    def _end(
        self,
        done: Future[Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[LakeError], None],
        on_bug: Callable[[], None],
    ) -> None:
        if done.cancelled():
            return
        try:
            result = done.result()
        except LakeError as error:
            if isinstance(error, DatabaseUnavailable):
                self.database_missed.emit()
            on_error(error)
        except Exception:
            on_bug()
            raise
        else:
            on_done(result)
