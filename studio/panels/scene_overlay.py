"""What lies over the points of the scene: glows, rings, names, lines, trails, the box, the corner.

Paints from the session, the model and the frame that was drawn; changes none of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lake_core.scene.flux import flux_position
from studio.models.plain_values import name_words
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.panels.cards import Card, paint_card, place_card
from studio.panels.scene_hands import SceneHands
from studio.panels.scene_look import SceneLook
from studio.panels.scene_marks import (
    entity_card,
    length_words,
    paint_axes,
    paint_glow,
    paint_name,
    paint_notice,
    paint_ring,
)
from studio.render.backdrop import grid_step
from studio.render.frame import Place, SceneFrame
from studio.render.ramp import KINDS, kinds
from studio.render.trail_lines import draw_lines, trail_strokes
from studio.session import Session
from studio.theme import SMALL_PX, SWITCH, THEME, text_font

GLOWS: Final = 150
"""At most so many points glow at once; the brightest."""
RINGS: Final = 400
"""So many selected ones wear a ring, beside the main one."""
NAMES: Final = 14
"""Names of the nearest, besides that of the selected one."""
NAME_ROOM: Final = QRectF(-4.0, -10.0, 118.0, 20.0)
"""What a name takes about its point: no other may lie there."""
KEY_LEFT, KEY_TOP = 14, 50
"""Where the key of connections begins: under the scene's figures."""


class Edge(NamedTuple):
    """A connection between two entities, by their ids."""

    source_id: str
    target_id: str
    kind: str


class SceneOverlay:
    """Paints over one frame."""

    def __init__(
        self,
        session: Session,
        model: SceneModel,
        frame: SceneFrame,
        hands: SceneHands,
        look: SceneLook,
    ) -> None:
        self._session, self._model, self._frame = session, model, frame
        self._hands, self._trails = hands, look.trails
        self._options = look.options
        self.connections: Sequence[Mapping[str, Any]] = ()  # of the selected entity
        self.edges: Sequence[Edge] = ()  # of the whole scene

    def paint(self, painter: QPainter, rect: QRectF, inset: float) -> None:
        """All of it; `inset` pixels at the left are covered by something else."""
        bounds = rect.adjusted(inset, 0, 0, 0)
        self._paint_notice(painter, bounds)
        self._paint_edges(painter)
        self._paint_trails(painter)
        self._paint_glows(painter)
        self._paint_names(painter, rect)
        self._paint_corner(painter, rect)
        self._paint_selection(painter)
        self._paint_hover(painter, bounds)
        self._paint_box(painter)
        if not self._session.is_live:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(THEME.past), 1.0))
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_notice(self, painter: QPainter, bounds: QRectF) -> None:
        if not len(self._frame.slots):
            live = self._session.is_live
            words = "They appear here as the engine sends them." if live else "Not at this time."
            paint_notice(painter, bounds, "No entities", words)
        elif not self._frame.shown_count:
            hides = self._session.hidden or self._session.isolated
            words = "No entity holds the flux positions shown."
            words = "Shift+H shows everything again." if hides else words
            paint_notice(painter, bounds, "All hidden" if hides else "All filtered out", words)

    def _paint_edges(self, painter: QPainter) -> None:
        """All connections, a colour a type, and under the figures which is which."""
        slot_of, by_kind = self._model.slot_of, dict[str, list[tuple[int, int]]]()
        for source, target, kind in self.edges:
            ends = slot_of.get(source, -1), slot_of.get(target, -1)
            by_kind.setdefault(kind, []).append(ends)
        tints = kinds(on_light=SWITCH.name == "light")
        painter.setFont(text_font(SMALL_PX))
        for number, (kind, pairs) in enumerate(sorted(by_kind.items())):
            tint = QColor(*tints[number % KINDS].tolist())
            painter.setPen(tint)
            at = QPointF(KEY_LEFT, KEY_TOP + 17 * number)
            painter.drawLine(at, at + QPointF(14, 0))
            painter.drawText(at + QPointF(21, 4), f"{kind or 'connection'}  {len(pairs):,}")
            tint.setAlpha(120)
            painter.setPen(QPen(tint, 1.0))
            painter.drawLines(self._frame.segments(np.array(pairs, np.intp)))

    def _paint_trails(self, painter: QPainter) -> None:
        """Thin lines through the last places, fainter the older."""
        trails = self._trails.all()
        tints = [self._frame.tint_of(slot).rgb() for slot in trails.slots.tolist()]
        colours = np.array(tints, np.uint32)
        camera = self._frame.camera
        for tint, step, lines in trail_strokes(camera, trails.places, trails.counts, colours):
            colour = QColor.fromRgb(tint)
            colour.setAlpha(40 + 45 * step)
            painter.setPen(QPen(colour, 1.3))
            draw_lines(painter, lines)

    def _paint_glows(self, painter: QPainter) -> None:
        """Light that fades about what changed just now."""
        slots, levels = self._model.glow.brightest(time.monotonic(), GLOWS)
        for slot, level in zip(slots.tolist(), levels.tolist(), strict=True):
            place = self._frame.place_of(slot) if self._frame.shows(slot) else None
            if place is not None:
                paint_glow(painter, place[0], place[1], level, self._frame.tint_of(slot))

    def _paint_names(self, painter: QPainter, rect: QRectF) -> None:
        """Of the nearest entities, where there is room for them."""
        if not self._options.is_on(Option.NAMES):
            return
        taken: list[QRectF] = []
        apart = {self._session.selection, self._session.hovered}
        for slot in self._frame.nearest(8 * NAMES):
            place = self._frame.place_of(slot)
            if place is None or self._model.arrays.ids[slot] in apart:
                continue
            room = NAME_ROOM.translated(place[0], place[1])
            if rect.contains(room) and not any(room.intersects(other) for other in taken):
                taken.append(room)
                paint_name(painter, place[0] - 6, place[1], self._name_of(slot), quiet=True)
            if len(taken) >= NAMES:
                return

    def _paint_corner(self, painter: QPainter, rect: QRectF) -> None:
        """Axes and the grid's measure, bottom right."""
        camera = self._frame.camera
        right, bottom = rect.width() - 52.0, rect.height() - 65.0
        paint_axes(painter, camera, right, bottom)
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(THEME.text_quiet))
        box = QRectF(right - 144, rect.height() - 20, 180, 16)
        words = f"{'flat  ·  ' if camera.flat else ''}grid {length_words(grid_step(camera))}"
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, words)

    def _paint_selection(self, painter: QPainter) -> None:
        main = self._session.selection
        for entity_id in self._session.selected[-RINGS - 1 : -1]:
            other = self._model.slot_of.get(entity_id)
            place = None if other is None else self._frame.place_of(other)
            if other is not None and place is not None:
                self._paint_ring(painter, place, other, 7.5, THEME.accent)
        slot = self._model.slot_of.get(main) if main is not None else None
        place = None if slot is None else self._frame.place_of(slot)
        if slot is None:
            return
        self._paint_relations(painter, slot)
        if place is not None:
            self._paint_ring(painter, place, slot, 10.0, THEME.accent)
            if main != self._session.hovered or self._hands.cursor is None:
                paint_name(painter, place[0], place[1], self._name_of(slot))

    def _paint_relations(self, painter: QPainter, slot: int) -> None:
        """Lines to the root and the children, and the other connections, a colour a type."""
        if not self._options.is_on(Option.LINKS):
            return
        colour = QColor(THEME.text)
        colour.setAlpha(120)
        painter.setPen(QPen(colour, 1.2))
        painter.drawLines(self._frame.relations(self._model.arrays, slot))
        tints = kinds(on_light=SWITCH.name == "light")
        for number, (kind, pairs) in enumerate(sorted(self._connected().items())):
            tint = QColor(*tints[number % KINDS].tolist())
            painter.setPen(QPen(tint, 1.4, Qt.PenStyle.DashLine))
            lines = self._frame.lines(pairs)
            painter.drawLines(lines)
            painter.setFont(text_font(SMALL_PX))
            for line in lines[:3]:
                painter.drawText(line.pointAt(0.5) + QPointF(6, -4), kind)

    def _connected(self) -> dict[str, list[tuple[int, int]]]:
        """Slots that the selected entity's connections join, by type; the tree's are drawn."""
        slot_of, found = self._model.slot_of, dict[str, list[tuple[int, int]]]()
        for one in self.connections:
            kind = str(one.get("connection_type", ""))
            ends = slot_of.get(one.get("source_id", "")), slot_of.get(one.get("target_id", ""))
            if kind != "hierarchy" and ends[0] is not None and ends[1] is not None:
                found.setdefault(kind, []).append((ends[0], ends[1]))
        return found

    def _paint_hover(self, painter: QPainter, bounds: QRectF) -> None:
        hovered, cursor = self._session.hovered, self._hands.cursor
        slot = self._model.slot_of.get(hovered) if hovered is not None else None
        place = None if slot is None else self._frame.place_of(slot)
        if slot is None or place is None or self._hands.dragging:
            return
        if hovered != self._session.selection:
            self._paint_ring(painter, place, slot, 8.5, THEME.text)
        if cursor is not None:
            card = self._card(slot)
            paint_card(painter, place_card(card, place[0], place[1], bounds), card)
        elif hovered != self._session.selection:
            paint_name(painter, place[0], place[1], self._name_of(slot))

    def _paint_ring(
        self, painter: QPainter, place: Place, slot: int, radius: float, colour: str
    ) -> None:
        paint_ring(painter, place[0], place[1], radius, QColor(colour), self._frame.tint_of(slot))

    def _paint_box(self, painter: QPainter) -> None:
        box = self._hands.box
        if box is not None:
            fill = QColor(THEME.accent)
            fill.setAlpha(34)
            painter.setPen(QPen(QColor(THEME.accent), 1.0))
            painter.setBrush(fill)
            painter.drawRect(box)

    def _name_of(self, slot: int) -> str:
        arrays = self._model.arrays
        return name_words(arrays.names[slot], arrays.ids[slot])

    def _card(self, slot: int) -> Card:
        arrays = self._model.arrays
        position = arrays.positions[slot].tolist()
        document = arrays.documents[slot]
        entity = msgspec.json.decode(document) if document else {}
        _, rule = flux_position(position, entity.get("parameters", {}))
        return entity_card(
            self._name_of(slot),
            arrays.class_types[slot],
            arrays.ids[slot],
            int(arrays.flux[slot]),
            rule,
            position,
            len(self._frame.sharing_place(slot, arrays)) - 1,
        )
