"""What lies behind the points: the ground, its fading grid and the lines from parent to child.

Drawn with QPainter into an image the size of the canvas, once per camera or scene change. Knows a
camera and plain arrays; knows no widget and no entity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from studio.render.camera import NEAR, Camera, Float32s, Float64s, Projection

GRID_REACH: Final = 20
"""Grid lines drawn to each side, of the fine and of the coarse grid."""
PIECES: Final = 14
"""Pieces a grid line is cut into, so that it can fade with distance."""
FADE_STEPS: Final = 7
GRID_ALPHA: Final = 0.62
LINK_LIMIT: Final = 2_500
"""Up to so many parent-child lines are drawn; beyond, they would hide the points."""


def floor_height(low: Float64s, high: Float64s) -> float:
    """Height of the grid for a scene with corners `low`, `high` [3]: 0 where that is near it."""
    extent = float((high - low).max())
    return 0.0 if low[1] - extent <= 0.0 <= high[1] + extent else float(low[1])


def grid_step(camera: Camera) -> float:
    """Scene units between two coarse grid lines; a power of ten."""
    return float(10.0 ** (math.floor(math.log10(camera.distance / 4.0)) + 1))


class Backdrop:
    """Paints backdrops in three colours."""

    def __init__(self, ground: QColor, line: QColor, link: QColor) -> None:
        self._ground, self._line, self._link = ground, line, link

    def painted(
        self, camera: Camera, floor: float, links: list[QLineF], scale: float = 1.0
    ) -> QImage:
        """An RGB32 image of the camera's size, in device pixels; `scale` of them a pixel."""
        image = QImage(
            max(int(camera.width), 1), max(int(camera.height), 1), QImage.Format.Format_RGB32
        )
        image.fill(self._ground)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter, camera, floor, scale)
        if links:
            painter.setPen(QPen(self._link, scale))
            painter.drawLines(links)
        painter.end()
        return image

    def _paint_grid(self, painter: QPainter, camera: Camera, floor: float, scale: float) -> None:
        exponent = math.log10(camera.distance / 4.0)
        finer = 1.0 - (exponent - math.floor(exponent))
        coarse = grid_step(camera)
        for step, weight in ((coarse / 10.0, 0.75 * finer), (coarse, 1.0)):
            lines, fade = _grid_lines(camera, floor, step)
            levels = np.rint(fade * weight * FADE_STEPS).astype(int)
            self._paint_faded(painter, lines, levels, scale)

    def _paint_faded(
        self,
        painter: QPainter,
        lines: NDArray[np.float64],
        levels: NDArray[np.int_],
        scale: float,
    ) -> None:
        colour = QColor(self._line)
        for level in range(1, FADE_STEPS + 1):
            chosen = lines[levels == level]
            if len(chosen):
                colour.setAlphaF(GRID_ALPHA * level / FADE_STEPS)
                painter.setPen(QPen(colour, max(0.8 * scale, 1.0)))
                painter.drawLines(_qt_lines(chosen))


def _grid_lines(
    camera: Camera, floor: float, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pieces of grid lines in pixels [m, 4] and how strong each is [m], 0 to 1."""
    middle_x, _, middle_z = (math.floor(part / step) * step for part in camera.target)
    reach = GRID_REACH * step
    lanes = np.arange(-GRID_REACH, GRID_REACH + 1) * step
    along = np.linspace(-reach, reach, PIECES + 1)
    lane, run = np.broadcast_arrays(lanes[:, None], along[None, :])
    height = np.full(lane.shape, floor)
    first = np.stack([middle_x + lane, height, middle_z + run], axis=-1)
    second = np.stack([middle_x + run, height, middle_z + lane], axis=-1)
    ends = np.concatenate([first, second])
    starts, stops = ends[:, :-1].reshape(-1, 3), ends[:, 1:].reshape(-1, 3)
    middle = 0.5 * (starts + stops)
    away = np.hypot(middle[:, 0] - camera.target[0], middle[:, 2] - camera.target[2])
    fade = np.clip(1.0 - away / reach, 0.0, 1.0) ** 1.5
    pieces, kept = _clipped(camera, starts, stops)
    return pieces, fade[kept]


def _clipped(
    camera: Camera, starts: Float64s, stops: Float64s
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Pieces [m, 4] in pixels, cut at the near plane, and which [m] of the lines they are of."""
    least = np.float32(20 * NEAR)
    first, second = camera.project(starts).depth, camera.project(stops).depth
    seen = np.flatnonzero((first > least) | (second > least))
    starts, stops, first, second = starts[seen], stops[seen], first[seen], second[seen]
    run = np.where(first == second, np.float32(1.0), second - first)
    cut = starts + ((least - first) / run)[:, None] * (stops - starts)
    begin = camera.project(np.where((first < least)[:, None], cut, starts)).xy
    end = camera.project(np.where((second < least)[:, None], cut, stops)).xy
    pieces = np.concatenate([begin, end], axis=1).astype(np.float64)
    return _on_screen(camera, pieces, seen)


def _on_screen(
    camera: Camera, pieces: NDArray[np.float64], which: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Leave out what lies wholly beyond one edge, and what is too far off for Qt to draw."""
    across, down = pieces[:, 0::2], pieces[:, 1::2]
    with np.errstate(invalid="ignore"):
        kept = (across.max(axis=1) > 0) & (across.min(axis=1) < camera.width)
        kept &= (down.max(axis=1) > 0) & (down.min(axis=1) < camera.height)
        kept &= np.abs(pieces).max(axis=1, initial=0.0) < 1e6
    return pieces[kept], which[kept]


def link_lines(
    projection: Projection, rows: NDArray[np.intp], parents: NDArray[np.intp]
) -> list[QLineF]:
    """Lines from each of `rows` to its parent's row, where both are in front of the camera."""
    ahead = (projection.depth[rows] > NEAR) & (projection.depth[parents] > NEAR)
    starts, stops = rows[ahead], parents[ahead]
    x, y = projection.x, projection.y
    ends: Float32s = np.stack([x[starts], y[starts], x[stops], y[stops]], axis=1)
    return _qt_lines(ends[np.abs(ends).max(axis=1, initial=0.0) < 1e5])


def _qt_lines(ends: Iterable[NDArray[np.floating]]) -> list[QLineF]:
    return [QLineF(*row) for row in np.asarray(ends, np.float64).tolist()]
