"""Points to pixels without a GPU: numpy writes discs straight into an image, far ones first.

Every pixel of every disc is one entry of one indexed assignment, ordered from back to front, so
the front-most wins without a depth buffer. Edges are blended with the ground colour, which parts
neighbours by a hair of dark and needs no reading back. This module knows projected points,
tints and a palette; it knows no widget, no entity and no camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from studio.render.points_look import (
    GHOST_ONLY,
    SHOWN,
    SIZES,
    Cue,
    Points,
    depth_cue,
    in_view,
    point_radius,
    ringed_of,
)
from studio.render.projection import Float32s, Projection
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
SLICES, SHORTEST_SLICE = 16, 100
"""Into so many runs points are cut to be drawn, of at least so many points."""
PRUNE_LIMIT: Final = 60_000
"""From so many points on, those wholly behind another are dropped first."""

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

    palette: UInt8s  # [tints, 3]
    ground: tuple[int, int, int]
    scale: float = 1.0


class PointRenderer:
    """Draws points onto a canvas. `draw` answers how many were in view and not filtered out."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._tints = len(style.palette)
        self._inks = _mixed_inks(style)
        grey = np.array(style.ground) * (1 - GHOST) + 255 * GHOST
        self._ghost = _packed(grey[None, :])[0]

    def draw(self, canvas: Canvas, projection: Projection, points: Points) -> int:
        """Stamp the points of `projection`, which is in device pixels."""
        seen = in_view(projection, canvas.width, canvas.height)
        state = points.state[seen]
        front = seen[state == SHOWN]
        ghosts = seen[state == GHOST_ONLY] if len(front) < len(seen) else front[:0]
        canvas.pixels[_pixel_index(canvas, projection, ghosts)] = self._ghost
        count = len(front)
        if count:
            cue = depth_cue(projection.depth, front)
            if count > PRUNE_LIMIT:
                front = _unhidden(canvas, projection, front)
            front = _ordered(projection.depth, front)
            radius = point_radius(count + len(ghosts), self.style.scale)
            self._draw_ordered(canvas, projection, points, front, (radius, cue))
        return count

    def _draw_ordered(
        self,
        canvas: Canvas,
        projection: Projection,
        points: Points,
        front: Indices,
        measures: tuple[float, Cue],
    ) -> None:
        """Stamp points that are ordered from back to front, a band of one size at a time."""
        depth, (base, cue) = projection.depth[front], measures
        inks = points.tints[front].astype(np.int32) * SHADES + _shades(depth, cue)
        xy = np.stack([projection.x[front], projection.y[front]], axis=1)
        sacred = np.zeros(len(front), np.bool_) if points.sacred is None else points.sacred[front]
        ringed = ringed_of(xy, sacred, canvas.width, self.style.scale)
        sizes = None if points.sizes is None else points.sizes[front]
        shifts = 4 if len(front) <= SMOOTH_LIMIT else 1
        for start, stop, radius in _size_bands(depth, base):
            band = slice(start, stop)
            kinds = sacred[band].astype(np.int8) + ringed[band]
            of_size = [(radius, kinds)] if sizes is None else _by_size(radius, kinds, sizes[band])
            for size, kind in of_size:
                for mark, (disc, circle) in enumerate(marks(size, self.style.scale)):
                    which = np.flatnonzero(kind == mark)
                    stamp = disc_stamp(disc, circle, shifts)
                    self._stamp(canvas, stamp, xy[band][which], inks[band][which])

    def _stamp(self, canvas: Canvas, stamp: Stamp, xy: Float32s, ink: NDArray[np.int32]) -> None:
        """One assignment of n x K pixels, in the order of the points."""
        if not len(xy):
            return
        reach = stamp.dy * canvas.stride + stamp.dx
        base = _pixels_at(canvas, xy[:, 0], xy[:, 1])
        if stamp.shifts == 1:
            where = base[:, None] + reach
            tint = ink[:, None] + stamp.alpha * (self._tints * SHADES)
        else:
            parts = ((xy - np.floor(xy)) * stamp.shifts).astype(np.intp)
            variant = parts[:, 1] * stamp.shifts + parts[:, 0]
            where = base[:, None] + reach[variant]
            tint = ink[:, None] + (stamp.alpha * (self._tints * SHADES))[variant]
        canvas.pixels[where] = self._inks.take(tint)


def marks(radius: float, scale: float) -> tuple[tuple[float, float], ...]:
    """Disc and ring radius of a plain point, a sacred one, a sacred one with room for its ring."""
    larger = round(radius * 1.25 + 0.2 * scale, 1)
    return (radius, 0.0), (larger, 0.0), (larger, round(larger * 1.1 + 2.4 * scale, 1))


def _by_size(
    radius: float, kinds: NDArray[np.int8], sizes: UInt8s
) -> list[tuple[float, NDArray[np.int8]]]:
    """Radius and kinds of the points of each size; -1 for those of another."""
    return [
        (round(radius * SIZES[size], 1), np.where(sizes == size, kinds, np.int8(-1)))
        for size in np.unique(sizes).tolist()
    ]


def _mixed_inks(style: Style) -> UInt32s:
    """Every colour there can be, flat: coverage, tint, depth."""
    ground = np.array(style.ground, np.float64)
    fade = np.linspace(1.0, DIMMEST, SHADES)[None, :, None]
    shaded = style.palette.astype(np.float64)[:, None, :] * fade + ground * (1.0 - fade)
    cover = np.linspace(0.0, 1.0, ALPHA_LEVELS)[:, None, None, None]
    return _packed((shaded[None] * cover + ground * (1.0 - cover)).reshape(-1, 3))


def _packed(colours: NDArray[np.float64]) -> UInt32s:
    red, green, blue = np.rint(colours).astype(np.uint32).T
    packed: UInt32s = np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue
    return packed


def _ordered(depth: Float32s, chosen: Indices) -> Indices:
    """`chosen` from the farthest to the nearest; 16-bit keys make it a radix sort."""
    if not len(chosen):
        return chosen
    near = -np.log2(depth[chosen])
    low, high = float(near.min()), float(near.max())
    keys = ((near - low) * (65535.0 / max(high - low, 1e-6))).astype(np.uint16)
    ordered: Indices = chosen[np.argsort(keys, kind="stable")]
    return ordered


def _unhidden(canvas: Canvas, projection: Projection, front: Indices) -> Indices:
    """Only the front-most points of each pixel; order kept."""
    where = _pixel_index(canvas, projection, front).astype(np.intp)
    depth = projection.depth[front]
    nearest = np.full(len(canvas.pixels), np.inf, np.float32)
    np.minimum.at(nearest, where, depth)
    kept: Indices = front[nearest[where] == depth]
    return kept


def _pixel_index(canvas: Canvas, projection: Projection, chosen: Indices) -> NDArray[np.int32]:
    return _pixels_at(canvas, projection.x[chosen], projection.y[chosen])


def _pixels_at(canvas: Canvas, x: Float32s, y: Float32s) -> NDArray[np.int32]:
    """Moved by the margin first, so that cutting off rounds down."""
    column = (x + np.float32(PAD)).astype(np.int32)
    row = (y + np.float32(PAD)).astype(np.int32)
    index: NDArray[np.int32] = row * np.int32(canvas.stride) + column
    return index


def _shades(depth: Float32s, cue: Cue) -> NDArray[np.int32]:
    """Step of the depth cue of each point."""
    share = np.clip((depth - cue.near) / cue.run, 0.0, 1.0)
    steps: NDArray[np.int32] = (share * (cue.strength * (SHADES - 1))).astype(np.int32)
    return steps


def _size_bands(depth: Float32s, base: float) -> list[tuple[int, int, float]]:
    """(start, stop, radius) of runs of one size; nearer points are larger, within bounds.

    Runs are short, as the marks of one run are drawn kind by kind: so what is far stays behind.
    """
    steps = np.clip(np.rint(-2.0 * np.log2(depth)), -2, 3).astype(np.int8)
    run = max(len(depth) // SLICES, SHORTEST_SLICE)
    ends = np.union1d(np.flatnonzero(np.diff(steps)) + 1, np.arange(run, len(depth), run))
    edges = [0, *ends.tolist(), len(depth)]
    return [
        (start, stop, round(base * 2.0 ** (0.3 * float(steps[start])), 1))
        for start, stop in pairwise(edges)
    ]
