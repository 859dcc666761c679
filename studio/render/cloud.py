"""The points of a scene as a renderer wants them: float32, relative to an anchor near the camera.

Follows a SceneArrays slot for slot: a row here is a slot there, and a dead one is not a number, so
that a change of some entities costs what they are. Knows cameras; knows no colours and no drawing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lake_core.scene.arrays import Float64s, Int32s, SceneArrays
from studio.render.camera import EXTREMES_FROM, Camera, corners, outermost
from studio.render.projection import Float32s, Projection, projected

REACH: Final = 500.0
"""The anchor may lie so many camera distances from the target: float32 then errs by 0.03 pixels."""

MOST_TOUCHED: Final = 64


class Cloud:
    """Rows of `relative` [3, capacity]; `version` rises with every change."""

    def __init__(self) -> None:
        self.version = 0
        self.anchored = 0  # rises when every row was written anew
        self.anchor = (0.0, 0.0, 0.0)
        self.slots: np.ndarray[tuple[int], np.dtype[np.intp]] = np.zeros(0, np.intp)
        self.relative: Float32s = np.zeros((3, 0), np.float32)
        self.touched: list[Int32s] = []  # rows written since `anchored` rose
        self._arrays = SceneArrays(0)
        self._bounds = corners(np.zeros((0, 3)))
        self._outline: Float64s | None = None
        self._seen: tuple[object, Projection] | None = None

    def take(self, arrays: SceneArrays) -> None:
        """Look at all of the arrays again."""
        self._arrays = arrays
        self.slots = np.flatnonzero(arrays.alive)
        self._bounds = corners(arrays.positions[self.slots])
        self._outline = None
        self._write_all()

    def follow(self, slots: Int32s) -> None:
        """These slots of the arrays changed, no others. Bounds, outline grow; shrink only anew."""
        arrays = self._arrays
        if arrays.capacity != self.relative.shape[1]:
            self.take(arrays)
            return
        self._write(slots)
        self._mark(slots)
        alive = slots[arrays.alive[slots]]
        if len(alive) != len(slots) or len(self.slots) != int(np.count_nonzero(arrays.alive)):
            self.slots = np.flatnonzero(arrays.alive)
        if len(alive):
            places = arrays.positions[alive]
            low, high = corners(places)
            self._bounds = np.minimum(self._bounds[0], low), np.maximum(self._bounds[1], high)
            if self._outline is not None:
                self._outline = outermost(np.concatenate([self._outline, places]))

    def bounds(self) -> tuple[Float64s, Float64s]:
        """Low and high corner [3] of the entities; both zero where there are none."""
        return self._bounds

    def outline(self) -> Float64s:
        """Positions [k, 3] that a camera must fit to hold all: of many, those outermost around."""
        if len(self.slots) <= EXTREMES_FROM:
            self._outline = None
            return self._arrays.positions[self.slots]
        if self._outline is None:
            self._outline = outermost(self._arrays.positions[self.slots])
        return self._outline

    def seen_by(self, camera: Camera) -> Projection:
        """Where every slot falls; the same answer while neither scene nor camera changes."""
        self.anchor_near(camera)
        key = (camera, self.version)
        if self._seen is None or self._seen[0] != key:
            self._seen = (key, projected(self.relative, camera.view(self.anchor)))
        return self._seen[1]

    def anchor_near(self, camera: Camera) -> None:
        """Move the anchor to the camera's target where that is too far from it."""
        away = np.abs(np.array(camera.target) - np.array(self.anchor)).max()
        if not away <= REACH * camera.distance:
            self.anchor = camera.target
            self._write_all()

    def _mark(self, slots: Int32s) -> None:
        """Rows to be passed on; where nobody takes them, they are not hoarded."""
        self.version += 1
        self.touched.append(slots)
        if len(self.touched) > MOST_TOUCHED:
            self.touched.clear()
            self.anchored += 1

    def _write_all(self) -> None:
        self.relative = np.empty((3, self._arrays.capacity), np.float32)
        self._write(slice(None))
        self.touched.clear()
        self.version += 1
        self.anchored += 1

    def _write(self, rows: Int32s | slice) -> None:
        """Float64 until the anchor is taken off: what is far from the origin keeps its places."""
        arrays = self._arrays
        with np.errstate(over="ignore"):
            for axis, middle in enumerate(self.anchor):
                self.relative[axis, rows] = arrays.positions[rows, axis] - middle
        dead = ~arrays.alive[rows]
        if isinstance(rows, slice):
            self.relative[:, dead] = np.nan
        else:
            self.relative[:, rows[dead]] = np.nan
