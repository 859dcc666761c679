"""Points to pixels without a GPU: numpy writes discs straight into an image, far ones first.

Every pixel of every disc is one entry of one indexed assignment, ordered from back to front, so
the front-most wins without a depth buffer. Edges are blended with the ground colour, which parts
neighbours by a hair of dark and needs no reading back. This module knows projected points, flux
positions and a palette; it knows no widget, no entity and no camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from studio.render.camera import NEAR, Float32s, Projection
from studio.render.stamps import ALPHA_LEVELS, Stamp, disc_stamp

PAD: Final = 32
"""Pixels around the image that discs may spill into, so that no edge needs a test."""
SHADES: Final = 16
"""Steps of the depth cue, 0 the nearest."""
DIMMEST: Final = 0.42
"""Brightness of the farthest points."""
GHOST: Final = 0.20
"""Brightness of the points that the flux filter leaves out."""
SMOOTH_LIMIT: Final = 25_000
"""Up to so many points each is placed to a quarter of a pixel, beyond to whole ones."""
PRUNE_LIMIT: Final = 60_000
"""From so many points on, those wholly behind another are dropped first."""
RING_CELL, RING_CROWD = 26, 3
"""A sacred point wears a ring where at most so many share its square of so many pixels; in a
crowd rings would smear, and come back as one zooms in."""
SACRED: Final = np.isin(np.arange(10), (3, 6, 9))

UInt8s = NDArray[np.uint8]
UInt32s = NDArray[np.uint32]
Indices = NDArray[np.intp]


class Canvas:
    """An image in memory with a margin: 32-bit pixels 0xffRRGGBB that numpy and Qt both see."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(width, 1), max(height, 1)
        self.stride = self.width + 2 * PAD
        self.pixels: UInt32s = np.zeros((self.height + 2 * PAD) * self.stride, np.uint32)
        self._origin = PAD * self.stride + PAD

    def lay(self, backdrop: QImage) -> None:
        """Start a frame from `backdrop`, an RGB32 image of this canvas's size."""
        source = np.frombuffer(backdrop.constBits(), np.uint32).reshape(self.height, self.width)
        rows = self.pixels.reshape(-1, self.stride)
        rows[PAD : PAD + self.height, PAD : PAD + self.width] = source

    def image(self) -> QImage:
        """The frame, sharing memory: valid until the next `lay`."""
        shared = self.pixels[self._origin :].data
        return QImage(shared, self.width, self.height, self.stride * 4, QImage.Format.Format_RGB32)


@dataclass(frozen=True, slots=True)
class Style:
    """How points look: `scale` is device pixels a pixel; sizes are in pixels."""

    palette: UInt8s  # [10, 3]
    ground: tuple[int, int, int]
    scale: float = 1.0


class PointRenderer:
    """Draws points onto a canvas. `draw` answers how many were in view and not filtered out."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._inks = _mixed_inks(style)
        grey = np.array(style.ground) * (1 - GHOST) + 255 * GHOST
        self._ghost = _packed(grey[None, :])[0]

    def draw(
        self, canvas: Canvas, projection: Projection, flux: UInt8s, shown: NDArray[np.bool_]
    ) -> int:
        """Stamp the points of `projection` (in device pixels); `shown` [10] is the flux filter."""
        seen = _in_view(canvas, projection)
        passed = shown[flux[seen]]
        self._draw_ghosts(canvas, projection.xy[seen[~passed]])
        front = _ordered(projection.depth, seen[passed])
        if len(front):
            if len(front) > PRUNE_LIMIT:
                front = _unhidden(canvas, projection.xy, front)
            self._draw_ordered(canvas, projection, flux, front, self._radius(len(seen)))
        return int(np.count_nonzero(passed))

    def _draw_ghosts(self, canvas: Canvas, xy: Float32s) -> None:
        canvas.pixels[_pixel_index(canvas, xy)] = self._ghost

    def _draw_ordered(
        self, canvas: Canvas, projection: Projection, flux: UInt8s, front: Indices, base: float
    ) -> None:
        """Stamp points that are ordered from back to front, a band of one size at a time."""
        depth, kinds = projection.depth[front], flux[front]
        inks = kinds.astype(np.int32) * SHADES + _shades(depth)
        sacred = SACRED[kinds]
        shifts = 4 if len(front) <= SMOOTH_LIMIT else 1
        ringed = self._ringed(canvas, projection.xy[front], sacred)
        for start, stop, radius in _size_bands(depth, base):
            band = slice(start, stop)
            xy, ink, holy, ring = projection.xy[front[band]], inks[band], sacred[band], ringed[band]
            larger = round(radius * 1.25 + 0.2 * self.style.scale, 1)
            reach = round(larger * 1.1 + 2.4 * self.style.scale, 1)
            for size, circle, which in (
                (radius, 0.0, ~holy),
                (larger, 0.0, holy & ~ring),
                (larger, reach, ring),
            ):
                self._stamp(canvas, disc_stamp(size, circle, shifts), xy[which], ink[which])

    def _ringed(self, canvas: Canvas, xy: Float32s, sacred: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the points wear a ring; see RING_CELL."""
        side = RING_CELL * self.style.scale
        across = int((canvas.width + 2 * PAD) / side) + 1
        cells = ((xy + PAD) / side).astype(np.int32)
        cell = cells[:, 1] * across + cells[:, 0]
        crowd = np.bincount(cell[sacred])
        ringed = sacred.copy()
        ringed[sacred] = crowd[cell[sacred]] <= RING_CROWD
        return ringed

    def _radius(self, count: int) -> float:
        """Radius in device pixels at the target's depth: the more points, the smaller."""
        return float(np.clip(6.0 - 0.95 * np.log10(count), 0.9, 4.2)) * self.style.scale

    def _stamp(self, canvas: Canvas, stamp: Stamp, xy: Float32s, ink: NDArray[np.int32]) -> None:
        """One assignment of n x K pixels, in the order of the points."""
        if not len(xy):
            return
        reach = stamp.dy * canvas.stride + stamp.dx
        base = _pixel_index(canvas, xy)
        if stamp.shifts == 1:
            where = base[:, None] + reach
            tint = ink[:, None] + stamp.alpha * (10 * SHADES)
        else:
            parts = ((xy - np.floor(xy)) * stamp.shifts).astype(np.intp)
            variant = parts[:, 1] * stamp.shifts + parts[:, 0]
            where = base[:, None] + reach[variant]
            tint = ink[:, None] + (stamp.alpha * (10 * SHADES))[variant]
        canvas.pixels[where] = self._inks.take(tint)


def _mixed_inks(style: Style) -> UInt32s:
    """Every colour there can be, flat [ALPHA_LEVELS * 10 * SHADES]: coverage, flux, depth."""
    ground = np.array(style.ground, np.float64)
    fade = np.linspace(1.0, DIMMEST, SHADES)[None, :, None]
    shaded = style.palette.astype(np.float64)[:, None, :] * fade + ground * (1.0 - fade)
    cover = np.linspace(0.0, 1.0, ALPHA_LEVELS)[:, None, None, None]
    return _packed((shaded[None] * cover + ground * (1.0 - cover)).reshape(-1, 3))


def _packed(colours: NDArray[np.float64]) -> UInt32s:
    red, green, blue = np.rint(colours).astype(np.uint32).T
    packed: UInt32s = np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue
    return packed


def _in_view(canvas: Canvas, projection: Projection) -> Indices:
    """Indices of the points whose middle is on the canvas or within a disc of its edge."""
    x, y, spill = projection.xy[:, 0], projection.xy[:, 1], PAD / 2
    seen = projection.depth >= NEAR
    seen &= (x > -spill) & (x < canvas.width + spill)
    seen &= (y > -spill) & (y < canvas.height + spill)
    return np.flatnonzero(seen)


def _ordered(depth: Float32s, chosen: Indices) -> Indices:
    """`chosen` from the farthest to the nearest; 16-bit keys make it a radix sort."""
    if not len(chosen):
        return chosen
    near = -np.log2(depth[chosen])
    low, high = float(near.min()), float(near.max())
    keys = ((near - low) * (65535.0 / max(high - low, 1e-6))).astype(np.uint16)
    ordered: Indices = chosen[np.argsort(keys, kind="stable")]
    return ordered


def _unhidden(canvas: Canvas, xy: Float32s, front: Indices) -> Indices:
    """Only the front-most point of each pixel; order kept."""
    where = _pixel_index(canvas, xy[front])
    order = np.arange(len(front), dtype=np.int32)
    owner = np.empty(len(canvas.pixels), np.int32)
    owner[where] = order
    kept: Indices = front[owner[where] == order]
    return kept


def _pixel_index(canvas: Canvas, xy: Float32s) -> NDArray[np.int32]:
    whole = np.floor(xy).astype(np.int32)
    index: NDArray[np.int32] = (whole[:, 1] + PAD) * canvas.stride + (whole[:, 0] + PAD)
    return index


def _shades(depth: Float32s) -> NDArray[np.int32]:
    """Step of the depth cue of each point; `depth` falls from the farthest to the nearest.

    A shallow scene keeps its brightness: the cue's strength grows with far / near.
    """
    far, near = float(depth[len(depth) // 50]), float(depth[-1 - len(depth) // 50])
    share = (depth - near) / max(far - near, 1e-6)
    strength = min((far / max(near, 1e-6) - 1.0) / 0.8, 1.0)
    steps: NDArray[np.int32] = (np.clip(share, 0.0, 1.0) * (strength * (SHADES - 1))).astype(
        np.int32
    )
    return steps


def _size_bands(depth: Float32s, base: float) -> list[tuple[int, int, float]]:
    """(start, stop, radius) of runs of one size; nearer points are larger, within bounds."""
    steps = np.clip(np.rint(-2.0 * np.log2(depth)), -2, 3).astype(np.int8)
    edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(depth)]
    return [
        (start, stop, round(base * 2.0 ** (0.3 * float(steps[start])), 1))
        for start, stop in pairwise(edges)
    ]
