"""Many marks on few pixels: how many fall on each column, as a picture.

Pure numpy, but for the QImage at the end. Knows columns and counts; knows no time and no snapshot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

Counts = NDArray[np.int64]
FAINTEST, FULLEST = 0.25, 0.72
"""How opaque a column of one mark is, and of the most."""
LOWEST = 0.28
"""How high a column of one mark is, as a share of the picture."""


def column_counts(columns: NDArray[np.float64], width: int) -> Counts:
    """How many of `columns` (pixels from the left [n]) fall on each of `width` pixels."""
    inside = columns[(columns >= 0) & (columns < width)]
    counts: Counts = np.bincount(inside.astype(np.int64), minlength=width)
    return counts


def density_image(counts: Counts, chosen: Counts, height: int, mark: str, accent: str) -> QImage:
    """Bars about a middle line, higher and denser by the square root of the count.

    Columns that hold a chosen mark are in the accent colour, the others in `mark`.
    """
    share = np.sqrt(counts / max(int(counts.max(initial=1)), 4))
    half = np.where(counts > 0, LOWEST + (1 - LOWEST) * share, 0.0) * (height / 2)
    away = np.abs(np.arange(height) + 0.5 - height / 2)
    covered = np.clip(half[None, :] - away[:, None] + 0.5, 0.0, 1.0)
    alpha = covered * (FAINTEST + (FULLEST - FAINTEST) * share)
    colours = np.where(chosen[:, None] > 0, _rgb(accent), _rgb(mark))
    alpha = np.where(chosen > 0, covered, alpha)
    pixels = np.empty((height, len(counts), 4), np.uint8)
    pixels[..., :3] = np.rint(alpha[..., None] * colours[None, :, ::-1])
    pixels[..., 3] = np.rint(alpha * 255)
    image = QImage(
        pixels.data, len(counts), height, 4 * len(counts), QImage.Format.Format_ARGB32_Premultiplied
    )
    return image.copy()


def _rgb(colour: str) -> NDArray[np.float64]:
    parsed = QColor(colour)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], np.float64)
