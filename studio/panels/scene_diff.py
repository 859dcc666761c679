"""A comparison in the scene: ghosts where removed entities stood, arrows along moves, rings of new.

Paints DiffMarks over a frame; keeps nothing, handles no input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.models.diff_marks import DiffMarks
from studio.render.frame import SceneFrame
from studio.theme import THEME

MOST: Final = 1500
"""Marks of each sort: more would hide the scene, and are in the list."""
SHORTEST: Final = 5.0
"""Pixels an arrow must be long to be one."""
HEAD: Final = 6.0
GHOST: Final = 5.0
RING: Final = 8.0
FARTHEST: Final = 1e5


def paint_diff(painter: QPainter, frame: SceneFrame, marks: DiffMarks, new: Iterable[int]) -> None:
    """All marks; `new` are the slots of entities that were added."""
    if not marks.kinds:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _paint_moves(painter, frame, list(islice(marks.moves.values(), MOST)))
    _paint_ghosts(painter, frame, list(islice(marks.ghosts.values(), MOST)))
    painter.setPen(QPen(QColor(THEME.good), 1.5))
    for slot in new:
        place = frame.place_of(slot) if frame.shows(slot) else None
        if place is not None:
            painter.drawEllipse(QPointF(place[0], place[1]), RING, RING)


def added_slots(marks: DiffMarks, slot_of: dict[str, int]) -> list[int]:
    """The slots of entities that were added and are in the scene."""
    found = (slot_of.get(one) for one in marks.added[:MOST])
    return [slot for slot in found if slot is not None]


def _seen(frame: SceneFrame, places: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """[n, 2] widget pixels; not a number where a place is not in view."""
    seen = frame.camera.project(np.array(places, np.float64).reshape(-1, 3))
    at = np.stack([seen.x, seen.y], axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        at[~((seen.depth > 0.02) & (np.abs(at).max(axis=1) < FARTHEST))] = np.nan
    return at


def _paint_ghosts(painter: QPainter, frame: SceneFrame, places: Sequence[Sequence[float]]) -> None:
    painter.setPen(QPen(QColor(THEME.danger), 1.2, Qt.PenStyle.DotLine))
    for x, y in _seen(frame, places).tolist():
        if x == x:
            painter.drawEllipse(QPointF(x, y), GHOST, GHOST)
            painter.drawLine(QLineF(x - 2.5, y, x + 2.5, y))


def _paint_moves(
    painter: QPainter,
    frame: SceneFrame,
    moves: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> None:
    starts = _seen(frame, [before for before, _ in moves])
    stops = _seen(frame, [after for _, after in moves])
    colour = QColor(THEME.warning)
    colour.setAlpha(150)
    painter.setPen(QPen(colour, 1.2))
    for (x, y), (to_x, to_y) in zip(starts.tolist(), stops.tolist(), strict=True):
        way = QLineF(x, y, to_x, to_y)
        if way.length() >= SHORTEST:  # which nothing that is not a number is
            painter.drawLine(way)
            painter.drawPolyline(_head(way))


def _head(way: QLineF) -> QPolygonF:
    """Two short lines back from the end."""
    angle = math.atan2(way.dy(), way.dx())
    ends = [
        QPointF(way.x2() - HEAD * math.cos(angle + turn), way.y2() - HEAD * math.sin(angle + turn))
        for turn in (-0.45, 0.45)
    ]
    return QPolygonF([ends[0], way.p2(), ends[1]])
