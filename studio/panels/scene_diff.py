"""A comparison in the scene: ghosts where removed entities stood, arrows along moves, rings of new.

Paints DiffMarks over a frame, but for what is hidden; handles no input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.models.diff_marks import DiffMarks
from studio.models.gone import Gone
from studio.models.scene_model import SceneModel
from studio.models.visibility import Visibility
from studio.panels.scene_marks import paint_name
from studio.render.frame import SceneFrame
from studio.session import Session
from studio.theme import THEME

MOST: Final = 1500
"""Marks of each sort: more would hide the scene, and are in the list."""
SHORTEST: Final = 5.0
"""Pixels an arrow must be long to be one."""
HEAD: Final = 6.0
GHOST: Final = 5.0
RING: Final = 8.0
FARTHEST: Final = 1e5


Place = Sequence[float]


class _Shown(NamedTuple):
    """What is marked: places before and after, places of what is gone, slots of what is new."""

    moves: list[tuple[Place, Place]]
    ghosts: list[Place]
    new: list[int]


class DiffLayer:
    """The marks of one scene, as far as they are of entities that the frame shows."""

    def __init__(
        self, session: Session, model: SceneModel, frame: SceneFrame, visibility: Visibility
    ) -> None:
        self.marks: DiffMarks | None = None
        self._session = session
        self._model, self._frame, self._visibility = model, frame, visibility
        self._shown: _Shown | None = None

    def forget(self) -> None:
        """Other marks, or another frame: look again at what is shown of them."""
        self._shown = None

    def ghost_of(self, entity_id: str) -> NDArray[np.float64] | None:
        """Where an entity stood that was removed."""
        slot = None if self.marks is None else self.marks.gone.slot_of.get(entity_id)
        if self.marks is None or slot is None:
            return None
        place: NDArray[np.float64] = self.marks.gone.arrays.positions[slot]
        return place

    def paint(self, painter: QPainter) -> None:
        """All marks."""
        if self.marks is None or not self.marks.kinds:
            return
        if self._shown is None:
            self._shown = _Shown(
                list(islice(self._moves(self.marks), MOST)),
                list(islice(self._ghosts(self.marks), MOST)),
                list(islice(self._new(self.marks), MOST)),
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _paint_moves(painter, self._frame, self._shown.moves)
        _paint_ghosts(painter, self._frame, self._shown.ghosts)
        self._paint_new(painter, self._shown.new)
        self._paint_chosen(painter, self.marks.gone)

    def _moves(self, marks: DiffMarks) -> Iterator[tuple[Place, Place]]:
        slot_of = self._model.slot_of
        for entity_id, move in marks.moves.items():
            slot = slot_of.get(entity_id)
            if slot is None:
                is_shown = self._visibility.would_show(entity_id, marks.gone.home)
            else:
                is_shown = self._frame.shows(slot)
            if is_shown:
                yield move

    def _ghosts(self, marks: DiffMarks) -> Iterator[Place]:
        gone = marks.gone
        for entity_id, slot in gone.slot_of.items():
            if self._shows_ghost(gone, entity_id):
                yield gone.arrays.positions[slot].tolist()

    def _shows_ghost(self, gone: Gone, entity_id: str) -> bool:
        flux = int(gone.arrays.flux[gone.slot_of[entity_id]])
        is_let_through = flux in self._session.flux_filter
        return is_let_through and self._visibility.would_show(entity_id, gone.home)

    def _paint_chosen(self, painter: QPainter, gone: Gone) -> None:
        """Rings about the ghosts that are selected, though others of them are too many; a name."""
        chosen = [one for one in self._session.selected[-MOST:] if one in gone.slot_of]
        shown = [one for one in chosen if self._shows_ghost(gone, one)]
        places = [gone.arrays.positions[gone.slot_of[one]].tolist() for one in shown]
        _paint_ghosts(painter, self._frame, places)
        for entity_id, (x, y) in zip(shown, _seen(self._frame, places).tolist(), strict=True):
            if x == x:
                painter.setPen(QPen(QColor(THEME.accent), 2.0))
                painter.drawEllipse(QPointF(x, y), RING, RING)
                if entity_id == self._session.selection:
                    paint_name(painter, x, y, gone.name_of(entity_id))
                    painter.setBrush(Qt.BrushStyle.NoBrush)

    def _new(self, marks: DiffMarks) -> Iterator[int]:
        for entity_id in marks.added:
            slot = self._model.slot_of.get(entity_id)
            if slot is not None and self._frame.shows(slot):
                yield slot

    def _paint_new(self, painter: QPainter, new: list[int]) -> None:
        painter.setPen(QPen(QColor(THEME.good), 1.5))
        for slot in new:
            place = self._frame.place_of(slot)
            if place is not None:
                painter.drawEllipse(QPointF(place[0], place[1]), RING, RING)


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
