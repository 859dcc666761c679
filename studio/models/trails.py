"""Where entities were: the last places of those that moved lately, for lines behind them.

A fixed pool: who has not moved for longest makes room. Records only while it is wanted. Knows the
model whose entities it follows; knows no drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QObject

from lake_core.scene.arrays import Float64s, Int32s
from studio.models.scene_model import SceneModel

FOLLOWED: Final = 256
"""Entities with a trail at once."""
LENGTH: Final = 40
"""Places kept of each."""


@dataclass(frozen=True, slots=True)
class TrailPlaces:
    """`places` [k, LENGTH, 3] of the entities in `slots` [k], oldest first, up to where they are.

    Of each only the last `counts` [k] are known, two at least.
    """

    slots: Int32s
    places: Float64s
    counts: Int32s


class Trails(QObject):
    """Follows a SceneModel."""

    def __init__(self, model: SceneModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted = False
        self._rows: dict[int, int] = {}  # of each slot in the arrays; the longest still first
        self._free = list(range(FOLLOWED))
        self._places: Float64s = np.zeros((FOLLOWED, LENGTH, 3))
        self._counts: Int32s = np.zeros(FOLLOWED, np.int32)
        model.reset.connect(self._forget)
        model.touched.connect(self._record)

    @property
    def is_wanted(self) -> bool:
        """Whether places are recorded."""
        return self._wanted

    def want(self, wanted: bool) -> None:
        """Begin to record, or stop and forget."""
        self._wanted = wanted
        self._forget()

    def all(self) -> TrailPlaces:
        """Of every entity that moved, where at least two places are known."""
        slots = np.fromiter(self._rows.keys(), np.int32, len(self._rows))
        rows = np.fromiter(self._rows.values(), np.int32, len(self._rows))
        moved = self._counts[rows] > 1
        return TrailPlaces(slots[moved], self._places[rows[moved]], self._counts[rows[moved]])

    def _forget(self) -> None:
        self._rows.clear()
        self._free = list(range(FOLLOWED))

    def _record(self, slots: Int32s) -> None:
        if not self._wanted:
            return
        arrays = self._model.arrays
        alive = arrays.alive[slots]
        for slot in slots[~alive].tolist():  # another entity may have the slot next
            if (row := self._rows.pop(slot, None)) is not None:
                self._free.append(row)
        moved = slots[alive][:FOLLOWED]
        rows, now = self._rows_of(moved.tolist()), arrays.positions[moved]
        further = (self._counts[rows] == 0) | (self._places[rows, -1] != now).any(axis=1)
        rows = rows[further]
        self._places[rows, :-1] = self._places[rows, 1:]
        self._places[rows, -1] = now[further]
        self._counts[rows] = np.minimum(self._counts[rows] + 1, LENGTH)

    def _rows_of(self, slots: list[int]) -> Int32s:
        """Where each of these, at most FOLLOWED, is kept from now on; none of them makes room."""
        rows = self._rows
        for slot in slots:
            if slot in rows:
                rows[slot] = rows.pop(slot)
        for slot in slots:
            if slot not in rows:
                rows[slot] = self._free.pop() if self._free else rows.pop(next(iter(rows)))
                self._counts[rows[slot]] = 0
        return np.array([rows[slot] for slot in slots], np.int32)
