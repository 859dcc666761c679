"""Notices when PostgreSQL is back, so that what failed for want of it can be made good.

The lake itself finds out only after its patience that a server hangs, and not at all where it goes
on sooner: whoever of the Studio met one begins to ask here. Shows nothing and reads nothing.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from lake_core.errors import LakeError
from lake_core.lake import Lake, LakeHealth
from studio.bridge import LakeBridge
from studio.workers import Workers

ASK_MS: Final = 1000


class Outages(QObject):
    """From the first failure until PostgreSQL gives a sign of life."""

    ended = Signal()

    def __init__(self, lake: Lake, workers: Workers, bridge: LakeBridge) -> None:
        super().__init__(bridge)
        self._lake, self._workers = lake, workers
        self._asking = False
        self._pulse = QTimer(self, interval=ASK_MS)
        self._pulse.timeout.connect(self._ask)
        workers.database_missed.connect(self._begin)
        bridge.health_changed.connect(self._look)

    def _begin(self) -> None:
        if not self._pulse.isActive():
            self._pulse.start()

    def _look(self, health: LakeHealth) -> None:
        """The lake has found out by itself."""
        if not health.database_ok:
            self._begin()

    def _ask(self) -> None:
        if not self._asking:
            self._asking = True
            self._workers.run_apart(self._answers, self._heard, self._fail)

    def _answers(self) -> bool:
        return self._lake.health().database_ok and self._lake.database_answers()

    def _heard(self, answers: bool) -> None:
        self._asking = False
        if answers and self._pulse.isActive():
            self._pulse.stop()
            self.ended.emit()

    def _fail(self, error: LakeError) -> None:
        self._asking = False
