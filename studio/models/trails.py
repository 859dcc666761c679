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
class Trail:
    """`places` [k, 3] of one entity, oldest first; the last is where it is."""

    slot: int
    places: Float64s


class Trails(QObject):
    """Follows a SceneModel."""

    def __init__(self, model: SceneModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted = False
        self._places: dict[int, list[tuple[float, float, float]]] = {}  # the longest still first
        model.reset.connect(self._places.clear)
        model.touched.connect(self._record)

    @property
    def is_wanted(self) -> bool:
        """Whether places are recorded."""
        return self._wanted

    def want(self, wanted: bool) -> None:
        """Begin to record, or stop and forget."""
        self._wanted = wanted
        self._places.clear()

    def all(self) -> list[Trail]:
        """Of every entity that moved, where at least two places are known."""
        alive = self._model.arrays.alive
        return [
            Trail(slot, np.array(places))
            for slot, places in self._places.items()
            if len(places) > 1 and slot < len(alive) and alive[slot]
        ]

    def _record(self, slots: Int32s) -> None:
        if not self._wanted:
            return
        positions = self._model.arrays.positions
        for slot in slots[:FOLLOWED].tolist():
            x, y, z = positions[slot].tolist()
            places = self._places.pop(slot, [])
            if not places or places[-1] != (x, y, z):
                places.append((x, y, z))
            del places[:-LENGTH]
            self._places[slot] = places
        while len(self._places) > FOLLOWED:
            del self._places[next(iter(self._places))]
