"""When the figures of a space that has come to rest are told to those who read without loading it.

A commit brings them along about once a second, and so not behind the last change of a burst: what
it left owed is told here, once, in a transaction of its own. Belongs to the lake thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from lake_core.live import HEAD_SECONDS, LiveSpace
from lake_core.register import SpaceRegister
from lake_core.store.database import Connection, translated
from lake_core.store.log import WriteTransaction


class Heads:
    """The figures that the spaces in memory owe."""

    def __init__(self, register: SpaceRegister) -> None:
        self._register = register
        self._look_from = math.inf  # monotonic; at what is owed

    def expect(self) -> None:
        """Something is done now that may leave some owed."""
        if self._look_from == math.inf:
            self._look_from = time.monotonic() + HEAD_SECONDS

    def seconds_to_look(self) -> float:
        """How long until it is worth to look; inf where nothing was done since."""
        return self._look_from - time.monotonic()

    def tell_due(self) -> None:
        """Tell those that have been owed for long enough; raises DatabaseUnavailable."""
        now = time.monotonic()
        if now < self._look_from:
            return
        self._look_from = now + HEAD_SECONDS  # where this fails
        with translated():
            connection = self._register.connection()  # first: with one that is lost go its spaces
            owing = self._owing()
            due = [space for space in owing if now >= space.head_due_from]
            _tell(connection, due)
        later = (space.head_due_from for space in owing if now < space.head_due_from)
        self._look_from = min(later, default=math.inf)

    def tell_all(self) -> None:
        """Tell all that are owed, at the end; raises DatabaseUnavailable."""
        with translated():
            connection = self._register.connection()
            _tell(connection, self._owing())

    def _owing(self) -> list[LiveSpace]:
        return [space for space in self._register.spaces.values() if space.owes_head]


def _tell(connection: Connection, spaces: Sequence[LiveSpace]) -> None:
    if spaces:
        with WriteTransaction(connection) as transaction:
            transaction.finish([], [space.head() for space in spaces], [])
