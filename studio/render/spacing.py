"""How far apart points are about a place: pure numpy, for a camera that comes near enough."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.render.camera import Float64s

FEW: Final = 5
BEYOND: Final = 20.0
"""Of the few nearest those count that are no farther than so many times the very nearest."""


def spacing_about(place: Float64s, positions: Float64s, slots: NDArray[np.intp]) -> float:
    """How far the few nearest of `positions[slots]` [n, 3] are from a place [3].

    Those at the place itself do not count; 0.0 where there are no others.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        away = positions[slots] - place
        distances = np.sqrt((away * away).sum(axis=1))
    apart = distances[(distances > 0.0) & np.isfinite(distances)]
    if not len(apart):
        return 0.0
    few = np.sort(apart if len(apart) <= FEW else np.partition(apart, FEW)[:FEW])
    return float(few[few <= BEYOND * few[0]][-1])
