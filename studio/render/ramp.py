"""Colours for what is not flux: a ramp for numbers, a set of tints for kinds.

The ramp is viridis from its fifth up: even steps of a number look like even steps, also to the
colour-blind, and its dark end still stands off the ground. The tints are Okabe and Ito's, lightened
where a dark ground needs it. Pure numpy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

UInt8s = NDArray[np.uint8]
STEPS: Final = 64
_VIRIDIS: Final = np.array(
    [
        [0x41, 0x44, 0x87],
        [0x35, 0x5F, 0x8D],
        [0x2A, 0x78, 0x8E],
        [0x21, 0x91, 0x8C],
        [0x22, 0xA8, 0x84],
        [0x44, 0xBF, 0x70],
        [0x7A, 0xD1, 0x51],
        [0xBD, 0xDF, 0x26],
        [0xFD, 0xE7, 0x25],
    ],
    np.float64,
)
NOTHING: Final = (0x4B, 0x53, 0x5F)
"""For what has no number, or is of a rarer kind."""
KINDS: Final[UInt8s] = np.array(
    [
        [0x56, 0xB4, 0xE9],
        [0xE6, 0x9F, 0x00],
        [0x1F, 0xB8, 0x8A],
        [0xF0, 0xE4, 0x42],
        [0xE0, 0x7F, 0xB4],
        [0xF0, 0x72, 0x2E],
        [0x6A, 0x8C, 0xFF],
        [0xD8, 0xDC, 0xE2],
    ],
    np.uint8,
)


def ramp() -> UInt8s:
    """[STEPS + 1, 3] from the least to the most, then `NOTHING`."""
    at = np.linspace(0.0, len(_VIRIDIS) - 1.0, STEPS)
    stops = np.arange(len(_VIRIDIS))
    colours = [np.interp(at, stops, _VIRIDIS[:, channel]) for channel in range(3)]
    found: UInt8s = np.vstack([np.rint(np.stack(colours, axis=1)), NOTHING]).astype(np.uint8)
    return found


def steps_of(numbers: NDArray[np.float64], low: float, high: float) -> UInt8s:
    """[n] the row of `ramp` for each number; NaN gets the last."""
    flat = np.where(numbers == numbers, 0.5, np.nan)
    share = (numbers - low) / (high - low) if high > low else flat
    known = share == share
    steps = np.clip(np.where(known, share, 0.0), 0.0, 1.0) * (STEPS - 1)
    found: UInt8s = np.where(known, np.rint(steps), STEPS).astype(np.uint8)
    return found
