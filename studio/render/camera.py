"""The camera of the 3D view: orbit, pan, zoom to the cursor, fit, and projection to pixels.

Pure numpy. The world is Y up, the camera a perspective one that turns about a target. Points are
taken relative to the target in float64 and only then narrowed to float32 in units of the camera's
distance, so that millimetre parts and 1e11-unit orbits are equally steady on screen. This module
knows nothing of Qt, of colours or of what a point stands for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]

NEAR: Final = 1e-3
"""The near plane, in units of the camera's distance to its target."""
MIN_DISTANCE: Final = 1e-9
MAX_DISTANCE: Final = 1e38
MAX_PITCH: Final = math.radians(89.5)
FIT_MARGIN: Final = 1.12


@dataclass(frozen=True, slots=True)
class Projection:
    """Where points fall. `xy` [n, 2] in pixels, y down; `depth` [n] in units of the distance.

    A point with `depth` under `NEAR`, or not a number, is not in front of the camera; its `xy`
    means nothing.
    """

    xy: Float32s
    depth: Float32s


@dataclass(frozen=True, slots=True)
class Camera:
    """A view: `target` in scene units, angles in radians, `width` and `height` in pixels.

    Cameras are values: each deed answers a new one.
    """

    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    distance: float = 10.0
    yaw: float = math.radians(35.0)
    pitch: float = math.radians(24.0)
    width: float = 800.0
    height: float = 600.0
    field_of_view: float = math.radians(42.0)

    @property
    def focal(self) -> float:
        """Pixels that one unit at depth one takes; the field of view is that of the short side."""
        return 0.5 * min(self.width, self.height) / math.tan(0.5 * self.field_of_view)

    @property
    def units_per_pixel(self) -> float:
        """Scene units that one pixel covers at the target's depth."""
        return self.distance / self.focal

    def basis(self) -> Float64s:
        """Rows right, up, forward [3, 3]: unit vectors of the view in the world."""
        sin_yaw, cos_yaw = math.sin(self.yaw), math.cos(self.yaw)
        sin_pitch, cos_pitch = math.sin(self.pitch), math.cos(self.pitch)
        right = (cos_yaw, 0.0, -sin_yaw)
        up = (-sin_pitch * sin_yaw, cos_pitch, -sin_pitch * cos_yaw)
        forward = (-cos_pitch * sin_yaw, -sin_pitch, -cos_pitch * cos_yaw)
        return np.array([right, up, forward])

    def resized(self, width: float, height: float) -> Camera:
        """The same view in a window of another size."""
        return replace(self, width=max(width, 1.0), height=max(height, 1.0))

    def orbited(self, dx: float, dy: float) -> Camera:
        """Turned about the target by a drag of (dx, dy) pixels; half a turn a window height."""
        turn = math.pi / max(self.height, 1.0)
        pitch = min(max(self.pitch + dy * turn, -MAX_PITCH), MAX_PITCH)
        return replace(self, yaw=math.remainder(self.yaw - dx * turn, math.tau), pitch=pitch)

    def turned(self, yaw: float, pitch: float) -> Camera:
        """Looking from a given side; radians."""
        return replace(self, yaw=yaw, pitch=min(max(pitch, -MAX_PITCH), MAX_PITCH))

    def panned(self, dx: float, dy: float) -> Camera:
        """Moved so that what lies at the target's depth follows a drag of (dx, dy) pixels."""
        right, up, _ = self.basis()
        return self._aimed(np.array(self.target) + (-dx * right + dy * up) * self.units_per_pixel)

    def zoomed(self, factor: float, x: float, y: float, depth: float = 1.0) -> Camera:
        """Nearer (`factor` < 1) or farther, with the point under pixel (x, y) staying there.

        `depth` is how deep that point lies, in units of the distance; without a point under the
        cursor, the target's own depth.
        """
        distance = min(max(self.distance * factor, MIN_DISTANCE), MAX_DISTANCE)
        factor = distance / self.distance
        anchor = self.unprojected(x, y, depth)
        target = anchor + (np.array(self.target) - anchor) * factor
        return replace(self._aimed(target), distance=distance)

    def unprojected(self, x: float, y: float, depth: float = 1.0) -> Float64s:
        """The scene point [3] that falls on pixel (x, y) at `depth` (in units of the distance)."""
        right, up, forward = self.basis()
        across = (x - 0.5 * self.width) * depth * self.units_per_pixel
        above = (0.5 * self.height - y) * depth * self.units_per_pixel
        ahead = (depth - 1.0) * self.distance
        point: Float64s = np.array(self.target) + across * right + above * up + ahead * forward
        return point

    def fitted(self, positions: Float64s) -> Camera:
        """Aimed at the middle of `positions` [n, 3], so near that all of them just fit."""
        if not len(positions):
            return self
        low, high = positions.min(axis=0), positions.max(axis=0)
        camera = self._around(0.5 * low + 0.5 * high, positions)
        for _ in range(3):  # perspective makes near points wide: centre what is seen, come closer
            camera = camera._centred(positions)
            camera = camera._around(np.array(camera.target), positions)
        return camera

    def focused(self, position: Float64s) -> Camera:
        """Aimed at one point [3], not changing the distance."""
        return self._aimed(position)

    def project(self, positions: Float64s) -> Projection:
        """Where `positions` [n, 3] fall; see `Projection`. Never raises, whatever the numbers."""
        basis = self.basis()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            relative = np.empty(positions.shape, np.float32)
            np.subtract(positions, np.array(self.target), out=relative, casting="same_kind")
            scaled = (basis.T / self.distance).astype(np.float32)
            view = relative @ scaled
            depth = view[:, 2] + np.float32(1.0)
            per_depth = np.float32(self.focal) / depth
            xy = np.empty((len(positions), 2), np.float32)
            np.multiply(view[:, 0], per_depth, out=xy[:, 0])
            xy[:, 0] += np.float32(0.5 * self.width)
            np.multiply(view[:, 1], -per_depth, out=xy[:, 1])
            xy[:, 1] += np.float32(0.5 * self.height)
        return Projection(xy, depth)

    def blended(self, other: Camera, share: float) -> Camera:
        """Part of the way to `other`: 0 is this view, 1 the other; for gliding between them."""
        mix = 1.0 - share
        target = np.array(self.target) * mix + np.array(other.target) * share
        turn = math.remainder(other.yaw - self.yaw, math.tau)
        return replace(
            self._aimed(target),
            distance=math.exp(math.log(self.distance) * mix + math.log(other.distance) * share),
            yaw=self.yaw + turn * share,
            pitch=self.pitch * mix + other.pitch * share,
        )

    def resembles(self, other: Camera) -> bool:
        """Whether going to `other` would hardly change what is seen; for a calm live view."""
        moved = np.array(self.target) - np.array(other.target)
        closer = other.distance / self.distance
        return 0.75 < closer < 1.04 and float(np.abs(moved).max()) < 0.12 * self.distance

    def _around(self, centre: Float64s, positions: Float64s) -> Camera:
        """Aimed at `centre`, at the least distance that shows all of `positions`."""
        view = (positions - centre) @ self.basis().T
        tan_x = 0.5 * self.width / self.focal / FIT_MARGIN
        tan_y = 0.5 * self.height / self.focal / FIT_MARGIN
        needed = np.maximum(np.abs(view[:, 0]) / tan_x, np.abs(view[:, 1]) / tan_y) - view[:, 2]
        distance = float(needed.max())
        far_out = float(np.abs(centre).max())
        if distance <= 1e-12 * far_out or distance < MIN_DISTANCE:  # all in one place
            distance = 10.0 * max(1e-6 * far_out, 1.0)
        return replace(self._aimed(centre), distance=min(distance, MAX_DISTANCE))

    def _centred(self, positions: Float64s) -> Camera:
        """Panned so that the middle of the box the points fill on screen is the window's."""
        xy = self.project(positions).xy
        low, high = xy.min(axis=0), xy.max(axis=0)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            return self
        middle_x, middle_y = (0.5 * (low + high)).tolist()
        return self.panned(0.5 * self.width - middle_x, 0.5 * self.height - middle_y)

    def _aimed(self, target: Float64s) -> Camera:
        x, y, z = np.clip(target, -MAX_DISTANCE, MAX_DISTANCE).tolist()
        return replace(self, target=(x, y, z))
