"""Which point lies under the cursor, or inside a box: plain numpy over projected points.

Works on what `Camera.project` answers; knows nothing of Qt, entities or drawing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.render.camera import NEAR, Projection

TIE: Final = 1.0
"""Points whose distances to the cursor differ by less than this many pixels are as near."""


def pick_nearest(
    projection: Projection,
    x: float,
    y: float,
    radius: float,
    pickable: NDArray[np.bool_] | None = None,
) -> int:
    """Index of the point nearest to pixel (x, y) within `radius` pixels; -1 where there is none.

    Of points as near as each other (see `TIE`) the front-most wins. `pickable` [n] leaves the
    others out.
    """
    across, down, depth = projection.x, projection.y, projection.depth
    near = np.flatnonzero((across >= x - radius) & (across <= x + radius))
    near = near[np.abs(down[near] - np.float32(y)) <= radius]
    near = near[depth[near] >= NEAR]
    if pickable is not None:
        near = near[pickable[near]]
    away = np.hypot(across[near] - x, down[near] - y)
    near, away = near[away <= radius], away[away <= radius]
    if not len(near):
        return -1
    tied = near[away <= away.min() + TIE]
    return int(tied[np.argmin(depth[tied])])


def pick_box(
    projection: Projection, left: float, top: float, right: float, bottom: float
) -> NDArray[np.intp]:
    """Indices of the points inside a box of pixels, edges included, in rising order."""
    x, y = projection.x, projection.y
    left, right = min(left, right), max(left, right)
    top, bottom = min(top, bottom), max(top, bottom)
    inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return np.flatnonzero(inside & (projection.depth >= NEAR))
