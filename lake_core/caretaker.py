"""Lets history go, now and then, in a thread of its own: by the policies, and what was archived."""

from __future__ import annotations

import logging
import threading
from typing import Final

from lake_core.archiving import Archiving
from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.upkeep.retention import Retention

_log = logging.getLogger(__name__)

FIRST_S: Final = 30.0
EVERY_S: Final = 600.0


class Caretaker:
    """Each ten minutes: applies retention where there is a policy, drops what is archived."""

    def __init__(self, lake: Archiving, first: float = FIRST_S, every: float = EVERY_S) -> None:
        self._lake = lake
        self._first, self._every = first, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lake-caretaker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do no more; what is under way is finished first."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = self._first
        while not self._ended.wait(pause):
            pause = self._every
            try:
                self._look_after()
            except LakeError as error:
                _log.warning("retention waits: %s", error)
            except Exception:
                _log.exception("retention met a bug; nothing of that space was deleted")

    def _look_after(self) -> None:
        self._apply_policies()
        self._lake.release_archives(cancelled=self._ended.is_set)

    def _apply_policies(self) -> None:
        for name, policy in self._lake.governed().items():
            if self._ended.is_set():
                return
            self._apply(name, policy)

    def _apply(self, name: str, policy: Retention) -> None:
        try:
            self._lake.apply_retention(name, policy)
        except DatabaseUnavailable:
            raise
        except LakeError as error:
            _log.warning("retention of space %r waits: %s", name, error)
            self._lake.upkeep_failed(name, "retention", error)
