"""How a viewer follows a space: poll, and get what changed since. Runs in the lake thread."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future

from lake_core.errors import DatabaseUnavailable
from lake_core.live import Watcher
from lake_core.scene.arrays import SceneDelta
from lake_core.writer import Writer


class Subscription:
    """A viewer's place in the changes of one space: each poll brings what it has not seen."""

    def __init__(self, writer: Writer, watcher: Watcher) -> None:
        self._writer = writer
        self._watcher = watcher

    def poll(self) -> Future[SceneDelta | None]:
        """What changed since the last poll, coalesced; the whole scene the first time."""
        return self._writer.ask(self._collect)

    def close(self) -> None:
        """Want no more."""
        with contextlib.suppress(DatabaseUnavailable):  # closing, and all subscriptions with it
            self._writer.ask(self._leave)

    def _collect(self) -> SceneDelta | None:
        watcher = self._watcher
        scene = self._writer.register.watch(watcher).scene
        if watcher.wants_all:
            watcher.wants_all = False
            watcher.pending.clear()
            return scene.delta()
        if not watcher.pending:
            return None
        slots, watcher.pending = watcher.pending, set()
        return scene.delta(slots)

    def _leave(self) -> None:
        self._writer.register.unwatch(self._watcher)
