"""What both renderers must agree on before they draw: radius, depth cue, and who wears a ring.

Pure numpy over a projection and what is to be drawn of each point. Knows no pixels in memory and
no graphics card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.render.projection import NEAR, Float32s, Projection

UInt8s = NDArray[np.uint8]
Indices = NDArray[np.intp]

SPILL: Final = 16
"""Pixels that a middle may lie outside the picture and its disc still be seen."""
RING_CELL, RING_CROWD = 26, 3
"""A sacred point wears a ring where at most so many share its square of so many pixels; in a
crowd rings would smear, and come back as one zooms in."""
SACRED: Final = np.isin(np.arange(10), (3, 6, 9))
HIDDEN, GHOST_ONLY, SHOWN = 0, 1, 2
"""What of a point is drawn: nothing, a faint dot, all."""
SACRED_KIND, RINGED_KIND = 3, 4
"""Beyond SHOWN: larger, and with a ring."""
SIZES: Final = (0.55, 0.75, 1.0, 1.5, 2.2)
"""How much larger than usual a point of each size is drawn."""
USUAL: Final = 2
CUE_SAMPLE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Points:
    """What to draw of each projected point; all [n]."""

    tints: UInt8s  # rows of the palette
    state: UInt8s  # HIDDEN, GHOST_ONLY or SHOWN
    sacred: NDArray[np.bool_] | None = None  # larger, and ringed where there is room
    sizes: UInt8s | None = None  # indices into SIZES

    @classmethod
    def by_flux(cls, flux: UInt8s, shown: NDArray[np.bool_]) -> Points:
        """Coloured by flux; positions that `shown` [10] leaves out are ghosts."""
        return cls(flux, np.where(shown[flux], SHOWN, GHOST_ONLY).astype(np.uint8), SACRED[flux])


@dataclass(frozen=True, slots=True)
class Cue:
    """The depth cue: brightness falls from `near` on, over `run`, by `strength` of all steps."""

    near: float = 1.0
    run: float = 1.0
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Lay:
    """One frame's measures. `kinds` [n] are HIDDEN to RINGED_KIND, `count` those shown in view."""

    kinds: UInt8s
    count: int
    radius: float
    cue: Cue


def lay_of(projection: Projection, points: Points, size: tuple[int, int], scale: float) -> Lay:
    """Of points on a picture of `size` device pixels, `scale` of them a pixel."""
    seen = in_view(projection, *size)
    front = seen[points.state[seen] == SHOWN]
    kinds = points.state.copy()
    if points.sacred is not None:
        holy = front[points.sacred[front]]
        kinds[holy] = SACRED_KIND
        xy = np.stack([projection.x[holy], projection.y[holy]], axis=1)
        everyone = np.ones(len(holy), np.bool_)
        kinds[holy[ringed_of(xy, everyone, size[0], scale)]] = RINGED_KIND
    ghosts = int(np.count_nonzero(points.state[seen] == GHOST_ONLY))
    radius = point_radius(len(front) + ghosts, scale)
    return Lay(kinds, len(front), radius, depth_cue(projection.depth, front))


def in_view(projection: Projection, width: int, height: int) -> Indices:
    """Indices of the points whose middle is on the picture or within a disc of its edge."""
    x, y = projection.x, projection.y
    seen = projection.depth >= NEAR
    seen &= (x > -SPILL) & (x < width + SPILL)
    seen &= (y > -SPILL) & (y < height + SPILL)
    return np.flatnonzero(seen)


def point_radius(count: int, scale: float) -> float:
    """Radius in device pixels at the target's depth: the more points, the smaller."""
    return float(np.clip(6.0 - 0.95 * np.log10(max(count, 1)), 0.9, 4.2)) * scale


def depth_cue(depth: Float32s, front: Indices) -> Cue:
    """For the points `front`. A shallow scene keeps its brightness."""
    if not len(front):
        return Cue()
    sample = np.sort(depth[front[:: max(len(front) // CUE_SAMPLE, 1)]])
    edge = len(sample) // 50
    near, far = float(sample[edge]), float(sample[-1 - edge])
    strength = min((far / max(near, 1e-6) - 1.0) / 0.8, 1.0)
    return Cue(near, max(far - near, 1e-6), strength)


def ringed_of(
    xy: Float32s, sacred: NDArray[np.bool_], width: int, scale: float
) -> NDArray[np.bool_]:
    """Which of the points at `xy` [n, 2], on a picture so wide, wear a ring; see RING_CELL."""
    ringed = sacred.copy()
    if sacred.any():
        side = RING_CELL * scale
        across = int((width + 4 * SPILL) / side) + 1
        cells = ((xy[sacred] + 2 * SPILL) / side).astype(np.int32)
        cell = cells[:, 1] * across + cells[:, 0]
        ringed[sacred] = np.bincount(cell)[cell] <= RING_CROWD
    return ringed
