"""The camera of the 3D view: orbit, pan, zoom to the cursor, fit, and projection to pixels.

Pure numpy. The world is Y up, the camera turns about a target and sees in perspective or flat.
Points are taken relative to the target, or an anchor near it, in float64 and only then narrowed to
float32 in units of the camera's distance, so that millimetre parts and 1e11-unit orbits are equally
steady on screen. This module knows nothing of Qt, of colours or of what a point stands for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.render.projection import (
    NEAR,
    PIECE,
    Float32s,
    Float64s,
    Projection,
    View,
    projected,
)

__all__ = ["NEAR", "Camera", "Float32s", "Float64s", "Projection", "corners"]

Reals = TypeVar("Reals", NDArray[np.float32], NDArray[np.float64])

FLATNESS: Final = 4096.0
"""A flat view sees so many distances behind itself, and depth runs as much slower."""
MIN_DISTANCE: Final = 1e-9
MAX_DISTANCE: Final = 1e38
MAX_PITCH: Final = math.radians(89.5)
FIT_MARGIN: Final = 1.16
FIT_ROUNDS: Final = 6
FIT_EDGE: Final = 0.03
"""No point is nearer to an edge of the window than this share of its short side."""
BACK_ROUNDS, BACK_STEP = 20, 1.15
EXTREMES_FROM: Final = 20_000
"""From so many points on only those outermost in some directions are fitted."""


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
    flat: bool = False  # orthographic

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
        wider = 1.0 if self.flat else depth
        across = (x - 0.5 * self.width) * wider * self.units_per_pixel
        above = (0.5 * self.height - y) * wider * self.units_per_pixel
        ahead = (depth - 1.0) * self.distance * (FLATNESS if self.flat else 1.0)
        point: Float64s = np.array(self.target) + across * right + above * up + ahead * forward
        return point

    def fitted(self, positions: Float64s, inset: float = 0.0) -> Camera:
        """So placed that all of `positions` [n, 3] just fit, right of `inset` covered pixels."""
        if not len(positions):
            return self
        if len(positions) > EXTREMES_FROM:
            positions = outermost(positions)
        low, high = corners(positions)
        camera = self._around(0.5 * low + 0.5 * high, positions)
        for _ in range(FIT_ROUNDS):  # perspective widens what is near: look, centre, come closer
            camera = camera._filled(positions, inset)
        camera = camera._filled(positions, inset, closer=False)
        for _ in range(BACK_ROUNDS):  # a few points one behind the other: centring throws them out
            if camera._holds(positions, inset):
                break
            farther = min(camera.distance * BACK_STEP, MAX_DISTANCE)
            camera = replace(camera, distance=farther)._filled(positions, inset, closer=False)
        return camera

    def focused(self, position: Float64s) -> Camera:
        """Aimed at one point [3], not changing the distance."""
        return self._aimed(position)

    def project(self, positions: Float64s) -> Projection:
        """Where `positions` [n, 3] fall; see `Projection`. Never raises, whatever the numbers."""
        with np.errstate(over="ignore", invalid="ignore"):
            relative = np.empty((3, len(positions)), np.float32)
            for axis, middle in enumerate(self.target):
                np.subtract(positions[:, axis], middle, out=relative[axis], casting="same_kind")
        return projected(relative, self.view())

    def view(self, anchor: tuple[float, float, float] | None = None) -> View:
        """The same for points relative to `anchor`, or to the target where none is given."""
        right, up, forward = self.basis() / self.distance
        rows = np.zeros((3, 4))
        rows[:, :3] = right, -up, forward
        if self.flat:
            rows[2] /= FLATNESS
        if anchor is not None:
            rows[:, 3] = rows[:, :3] @ (np.array(anchor) - np.array(self.target))
        rows[2, 3] += 1.0
        return View(rows, self.focal, self.width, self.height, self.flat)

    def flown(self, right: float, up: float, ahead: float) -> Camera:
        """Moved as one flies: by shares of the distance, `ahead` along the view."""
        across, above, forward = self.basis()
        step = across * right + above * up + forward * ahead
        return self._aimed(np.array(self.target) + step * self.distance)

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
        relative = (positions - centre).T
        right, up, ahead = (_along(relative, direction) for direction in self.basis())
        tan_x = 0.5 * self.width / self.focal / FIT_MARGIN
        tan_y = 0.5 * self.height / self.focal / FIT_MARGIN
        needed = np.maximum(np.abs(right) / tan_x, np.abs(up) / tan_y)
        if not self.flat:
            needed -= ahead
        distance = float(needed.max())
        far_out = float(np.abs(centre).max())
        if distance <= 1e-12 * far_out or distance < MIN_DISTANCE:  # all in one place
            distance = 10.0 * max(1e-6 * far_out, 1.0)
        return replace(self._aimed(centre), distance=min(distance, MAX_DISTANCE))

    def _filled(self, positions: Float64s, inset: float, *, closer: bool = True) -> Camera:
        """One step to where the box the points fill on screen fills the free part of the window.

        Never so near that a point would be behind; only centred where not `closer`.
        """
        seen = self.project(positions)
        low, high = corners(seen.xy)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            return self
        middle_x, middle_y = (0.5 * (low + high)).tolist()
        free = self.width - inset
        moved = self.panned(inset + 0.5 * free - middle_x, 0.5 * self.height - middle_y)
        if not closer:
            return moved
        span_x, span_y = (high - low).tolist()
        factor = FIT_MARGIN * max(span_x / free, span_y / self.height)
        nearest = 1.1 - float(seen.depth.min())  # depth falls by what the distance does
        factor = min(max(factor, nearest, 0.5), 2.0)
        return replace(moved, distance=min(max(self.distance * factor, MIN_DISTANCE), MAX_DISTANCE))

    def _holds(self, positions: Float64s, inset: float) -> bool:
        """Whether all of `positions` fall into the free part of the window, or cannot be helped."""
        seen = self.project(positions)
        low, high = corners(seen.xy)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            return True
        edge = FIT_EDGE * min(self.width - inset, self.height)
        far_enough = bool((low >= [inset + edge, edge]).all())
        near_enough = bool((high <= [self.width - edge, self.height - edge]).all())
        return far_enough and near_enough and float(seen.depth.min()) > NEAR

    def _aimed(self, target: Float64s) -> Camera:
        x, y, z = np.clip(target, -MAX_DISTANCE, MAX_DISTANCE).tolist()
        return replace(self, target=(x, y, z))


def corners(points: Reals) -> tuple[Reals, Reals]:
    """Low and high corner [k] of the box about `points` [n, k]; zeros where there are none."""
    if not len(points):
        return np.zeros_like(points, shape=points.shape[1]), np.zeros_like(
            points, shape=points.shape[1]
        )
    columns = [points[:, axis] for axis in range(points.shape[1])]  # faster than along an axis
    low = np.array([column.min() for column in columns], points.dtype)
    return low, np.array([column.max() for column in columns], points.dtype)


def _along(rows: Reals, direction: Reals) -> Reals:
    """Dot products of `rows` [3, n] with `direction` [3].

    Written out rather than `@`: on a busy machine BLAS threads wait for each other, which took
    200 ms at 1,000,000 points where this takes 4.
    """
    total: Reals = rows[0] * direction[0]
    total += rows[1] * direction[1]
    total += rows[2] * direction[2]
    return total


def outermost(positions: Float64s) -> Float64s:
    """The points [<= 32, 3] that lie outermost along each of 16 directions spread over a sphere."""
    turn = np.arange(16) * math.pi * (3.0 - math.sqrt(5.0))
    height = np.linspace(-0.95, 0.95, 16)
    flat = np.sqrt(1.0 - height * height)
    directions = np.stack([flat * np.cos(turn), height, flat * np.sin(turn)], axis=1)
    found: set[int] = set()
    for start in range(0, len(positions), PIECE):  # in pieces that stay in the cache
        columns = np.ascontiguousarray(positions[start : start + PIECE].T)
        for direction in directions:
            along = _along(columns, direction)
            found |= {start + int(along.argmin()), start + int(along.argmax())}
    few: Float64s = positions[sorted(found)]
    return few if len(positions) <= PIECE else outermost(few)
