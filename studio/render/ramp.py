"""Colours for what is not flux: a ramp for numbers, a set of tints for kinds, on dark and on light.

The ramp is viridis: even steps of a number look like even steps, also to the colour-blind. Of it
only the part is used that stands off the ground: on a dark one more is lighter, on a light one
darker. The tints are Okabe and Ito's, lightened or darkened as the ground needs it. Pure numpy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

UInt8s = NDArray[np.uint8]
STEPS: Final = 64
_DARK: Final = "414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725"
_LIGHT: Final = "5ec962 28ae80 21918c 2c728e 3b528b 472d7b 440154"
_DARK_KINDS: Final = "56b4e9 e69f00 1fb88a f0e442 e07fb4 f0722e 6a8cff d8dce2"
_LIGHT_KINDS: Final = "0072b2 a35a00 00785a 7d6b00 a8437f b8420a 3c55c8 4a4f57"
_NOTHING: Final = {False: "4b535f", True: "b4bac3"}
KINDS: Final = len(_DARK_KINDS.split())
"""How many kinds have a tint of their own."""


def kinds(*, on_light: bool = False) -> UInt8s:
    """[KINDS + 1, 3] tints for kinds, the last for those that are none of them."""
    chosen = _LIGHT_KINDS if on_light else _DARK_KINDS
    return _rgb(f"{chosen} {_NOTHING[on_light]}").astype(np.uint8)


def ramp(*, on_light: bool = False) -> UInt8s:
    """[STEPS + 1, 3] from the least to the most, the last for what has no number."""
    colours = _rgb(_LIGHT if on_light else _DARK)
    at, stops = np.linspace(0.0, len(colours) - 1.0, STEPS), np.arange(len(colours))
    mixed = [np.interp(at, stops, colours[:, channel]) for channel in range(3)]
    whole = np.vstack([np.rint(np.stack(mixed, axis=1)), _rgb(_NOTHING[on_light])])
    return whole.astype(np.uint8)


def _rgb(colours: str) -> NDArray[np.float64]:
    """[n, 3] of words `rrggbb`."""
    values = [[int(one[at : at + 2], 16) for at in (0, 2, 4)] for one in colours.split()]
    return np.array(values, np.float64)


def steps_of(numbers: NDArray[np.float64], low: float, high: float) -> UInt8s:
    """[n] the row of `ramp` for each number; NaN gets the last."""
    flat = np.where(numbers == numbers, 0.5, np.nan)
    share = (numbers - low) / (high - low) if high > low else flat
    known = share == share
    steps = np.clip(np.where(known, share, 0.0), 0.0, 1.0) * (STEPS - 1)
    found: UInt8s = np.where(known, np.rint(steps), STEPS).astype(np.uint8)
    return found
