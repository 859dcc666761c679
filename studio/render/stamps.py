"""Discs and rings as lists of pixels: what the software renderer stamps for each point.

A stamp holds, for each of a few sub-pixel shifts, the pixels it covers and how much of each, so
that points glide instead of hopping from pixel to pixel. Pure numpy; knows no image and no camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALPHA_LEVELS: Final = 16
"""Coverage is kept as 0 (none) to 15 (all)."""
FAINTEST: Final = 3
"""Coverage below this level is not drawn: it would only dirty what lies behind."""
SMALL: Final = 8
"""Stamps of so many pixels across or fewer keep their edges bright."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The pixels of one mark; V = `shifts` ** 2 variants of K pixels each.

    Where a variant covers fewer pixels than another, its last ones repeat the middle.
    """

    shifts: int
    dx: NDArray[np.int32]  # [V, K] pixels right of the rounded-down position
    dy: NDArray[np.int32]  # [V, K]
    alpha: NDArray[np.int32]  # [V, K] 1 to ALPHA_LEVELS - 1


@lru_cache(maxsize=512)
def disc_stamp(radius: float, ring: float, shifts: int) -> Stamp:
    """A disc of `radius` pixels; `ring` > 0 adds a thin circle of that radius around it."""
    reach = int(np.ceil(max(radius, ring) + 1.0))
    span = np.arange(-reach, reach + 2)
    variants = [
        _covered(span, (column + 0.5) / shifts, (row + 0.5) / shifts, radius, ring)
        for row in range(shifts)
        for column in range(shifts)
    ]
    widest = max(len(alpha) for _, _, alpha in variants)
    padded = [_padded(variant, widest) for variant in variants]
    dx, dy, alpha = (np.stack(parts).astype(np.int32) for parts in zip(*padded, strict=True))
    return Stamp(shifts, dx, dy, alpha)


Pixels = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _covered(
    span: NDArray[np.int64], right: float, down: float, radius: float, ring: float
) -> Pixels:
    """(dx, dy, alpha) of the pixels covered by a mark whose middle is at (right, down)."""
    dy, dx = np.meshgrid(span, span, indexing="ij")
    away = np.hypot(dx + 0.5 - right, dy + 0.5 - down)
    cover = np.clip(radius + 0.5 - away, 0.0, 1.0)
    if ring > 0.0:
        width = 0.3 + 0.06 * radius
        cover = np.maximum(cover, 0.8 * np.clip(0.5 + width - np.abs(away - ring), 0.0, 1.0))
    if len(span) <= SMALL:  # dark edges would make a weave of a dense crowd of small discs
        cover = np.where(cover > 0.35, 0.55 + 0.45 * cover, 0.0)
    alpha = np.rint(cover * (ALPHA_LEVELS - 1)).astype(np.int64)
    drawn = alpha >= FAINTEST
    return dx[drawn], dy[drawn], alpha[drawn]


def _padded(pixels: Pixels, count: int) -> Pixels:
    dx, dy, alpha = pixels
    middle = int(np.argmax(alpha - 0.01 * (dx * dx + dy * dy)))
    more = np.full(count - len(alpha), middle)
    keep = np.concatenate([np.arange(len(alpha)), more])
    return dx[keep], dy[keep], alpha[keep]
