"""Trails as lines on the screen: all projected at once, in as few strokes as there are colours.

Knows a camera and places; knows no session and no scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter
from shiboken6 import wrapInstance

from lake_core.scene.arrays import Float64s, Int32s
from studio.render.camera import NEAR, Camera

STEPS: Final = 4
"""Shades of a trail, from its oldest part to its newest."""
FARTHEST: Final = 1e5
"""Pixels beyond which Qt draws no line rightly."""
UInt32s = NDArray[np.uint32]


def trail_strokes(
    camera: Camera, places: Float64s, counts: Int32s, colours: UInt32s
) -> Iterator[tuple[int, int, Float64s]]:
    """(colour, step, lines [n, 4] of x1, y1, x2, y2 in pixels of the camera); step 0 is the oldest.

    `places` [k, m, 3] end with where each is; of each the last `counts` [k] are known.
    """
    k, length = places.shape[:2]
    seen = camera.project(places.reshape(-1, 3))
    points = np.stack([seen.x, seen.y], axis=1).astype(np.float64).reshape(k, length, 2)
    depth = seen.depth.reshape(k, length)
    lines = np.concatenate([points[:, :-1], points[:, 1:]], axis=2)
    since = np.arange(length - 2, -1, -1)  # how many lines are newer
    total = counts[:, None] - 1
    drawn = (since < total) & (depth[:, :-1] > NEAR) & (depth[:, 1:] > NEAR)
    drawn &= np.abs(lines).max(axis=2) < FARTHEST
    steps = STEPS - 1 - since * STEPS // np.maximum(total, 1)
    colour = np.broadcast_to(colours[:, None], drawn.shape)[drawn].astype(np.int64)
    keys = colour * STEPS + steps[drawn]
    order = np.argsort(keys, kind="stable")
    keys, flat = keys[order], lines[drawn][order]
    edges = [*np.flatnonzero(np.diff(keys, prepend=-1)).tolist(), len(keys)]
    for start, stop in pairwise(edges):
        of, step = divmod(int(keys[start]), STEPS)
        yield of, step, flat[start:stop]


def draw_lines(painter: QPainter, lines: Float64s) -> None:
    """Draw `lines` [n, 4], each row x1, y1, x2, y2: without an object a line."""
    if len(lines):
        ends = np.ascontiguousarray(lines, np.float64)  # as a QLineF has them
        painter.drawLines(cast(QLineF, wrapInstance(ends.ctypes.data, QLineF)), len(ends))
