"""Which row shows a slot: for a few slots among very many rows.

Tables as long as the scene are not made anew for a few slots, but written and wiped. Pure numpy;
knows slots by rows, and no tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from lake_core.scene.arrays import Bools, Int32s

PIECE: Final = 1 << 14
"""Rows looked at together: numpy copies their slots to 64 bits, which is to stay in the cache."""


class RowFinder:
    """Tables for slots below a capacity that may grow."""

    def __init__(self) -> None:
        self._sought: Bools = np.zeros(0, np.bool_)
        self._holds = self._sought
        self._rows: Int32s = np.zeros(0, np.int32)

    @contextmanager
    def found(self, slots: Int32s, shown: Int32s, capacity: int) -> Iterator[Int32s]:
        """[capacity] the row of each of `slots`, -1 of all others and of those not shown.

        `shown` [rows] is the slot of each row. The table is wiped at the end: copy what you keep.
        """
        if len(self._sought) < capacity:
            self._sought, self._holds = np.zeros(capacity, np.bool_), np.zeros(capacity, np.bool_)
            self._rows = np.full(capacity, -1, np.int32)
        self._sought[slots] = True
        rows: Int32s = np.flatnonzero(self._marked(shown)).astype(np.int32)
        self._sought[slots] = False
        here = shown[rows]
        self._rows[here] = rows
        try:
            yield self._rows
        finally:
            self._rows[here] = -1

    def _marked(self, shown: Int32s) -> Bools:
        """[rows] which show what is sought."""
        holds = self._holds[: len(shown)]
        for at in range(0, len(shown), PIECE):
            part = slice(at, at + PIECE)
            self._sought.take(shown[part], out=holds[part], mode="clip")
        return holds
