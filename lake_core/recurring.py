"""A deed that is done again and again in a thread of its own, until it is told to end."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

from lake_core.errors import LakeError

_log = logging.getLogger(__name__)


class Recurring(ABC):
    """Has its turn after `first` seconds, and then with `every` seconds between."""

    def __init__(self, name: str, first: float, every: float) -> None:
        self._first, self._every = first, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def has_ended(self) -> bool:
        """Whether a turn is to break off where it can."""
        return self._ended.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do no more; what is under way is finished first."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @abstractmethod
    def _take_turn(self) -> None:
        """Do it once. What is raised is logged, and another turn comes."""

    def _run(self) -> None:
        pause = self._first
        while not self._ended.wait(pause):
            pause = self._every
            try:
                self._take_turn()
            except LakeError as error:
                _log.warning("%s waits: %s", self._thread.name, error)
            except Exception:
                _log.exception("%s met a bug, and goes on", self._thread.name)
