"""The 3D view itself: mouse and keys to camera, frames to the screen, marks on top.

Draws at most once a paint: changes only mark the frame as stale. Reads the SceneModel, sets the
session's selection and hover. The camera fits the scene until a person moves it. Knows nothing of
where scenes come from.
"""

from __future__ import annotations

import time
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lake_core.scene.flux import flux_position
from studio.models.scene_model import SceneModel
from studio.panels.camera_rig import CameraRig
from studio.panels.cards import Card, paint_card, place_card
from studio.panels.scene_marks import (
    entity_card,
    paint_axes,
    paint_glow,
    paint_name,
    paint_notice,
    paint_ring,
)
from studio.render.backdrop import grid_step
from studio.render.camera import Camera
from studio.render.frame import Place, SceneFrame
from studio.session import Session
from studio.theme import SMALL_PX, THEME, flux_colour, text_font

FADE_MS: Final = 50
GLOWS: Final = 150
"""At most so many points glow at once; the brightest."""
CLICK_SLACK: Final = 4
"""A press that moves fewer pixels than this is a click."""
ZOOM_A_NOTCH: Final = 0.84
QUARTER: Final = np.pi / 2
VIEWS: Final = {
    Qt.Key.Key_1: (0.0, 0.0),
    Qt.Key.Key_3: (QUARTER, 0.0),
    Qt.Key.Key_7: (0.0, QUARTER),
}
"""Yaw and pitch of front, right and top."""


class SceneView(QWidget):
    """The points of the space shown."""

    drawn = Signal()  # after each frame that was rendered anew

    def __init__(self, session: Session, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.frame = SceneFrame()
        self.rig = CameraRig(self.frame, self)
        self._image = QImage()
        self._picture = QPixmap()
        self._marks_stale = True
        self._arrays_stale = self._frame_stale = True
        self._press: QPointF | None = None
        self._last = QPointF()
        self._dragged = False
        self._cursor: QPointF | None = None
        self._framed_live = True
        self._fading = QTimer(self, interval=FADE_MS)
        self._set_up()
        self._listen()

    def _set_up(self) -> None:
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 140)
        self.setAccessibleName("Scene")

    def _listen(self) -> None:
        self.rig.moved.connect(self._stale)
        self._model.updated.connect(self._on_updated)
        self._model.reset.connect(self._on_reset)
        self._fading.timeout.connect(self._fade)
        self._session.space_changed.connect(self._on_space)
        self._session.selection_changed.connect(self._repaint_marks)
        self._session.hovered_changed.connect(self._repaint_marks)
        self._session.instant_changed.connect(self._on_instant)
        self._session.flux_filter_changed.connect(self._stale)
        self._session.focus_requested.connect(self.focus_entity)

    # -- deeds -------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """The present view, in widget pixels."""
        return self.frame.camera

    def fit(self) -> None:
        """Show everything that passes the filter, and keep doing so as the scene grows."""
        self._take_arrays()
        self.rig.fit(self._model.arrays, self._shown())

    def focus_entity(self, entity_id: str) -> None:
        """Bring an entity to the middle."""
        slot = self._model.slot_of.get(entity_id)
        if slot is not None:
            self._take_arrays()
            self.rig.focus(self._model.arrays.positions[slot])

    def look_from(self, yaw: float, pitch: float) -> None:
        """Turn to a side, and fit."""
        self._take_arrays()
        self.rig.look_from(yaw, pitch, self._model.arrays, self._shown())

    def show_links(self, shown: bool) -> None:
        """Draw the lines from parents to children, or not."""
        self.frame.show_links = shown
        self._stale()

    # -- what changed ------------------------------------------------------------------------

    def _on_updated(self) -> None:
        self._arrays_stale = True
        self._stale()
        if self._model.glow.is_lit(time.monotonic()) and not self._fading.isActive():
            self._fading.start()

    def _on_reset(self) -> None:
        """Another instant of the same scene keeps the view; the first sight of one makes it."""
        if not len(self.frame.slots):
            self.rig.scene_replaced()
        self._on_updated()

    def _fade(self) -> None:
        self._repaint_marks()
        if not self._model.glow.is_lit(time.monotonic()):
            self._fading.stop()

    def _on_instant(self) -> None:
        """Scenes come by the model; the frame that says so is of this view."""
        if self._session.is_live != self._framed_live:
            self._framed_live = self._session.is_live
            self._repaint_marks()

    def _on_space(self) -> None:
        self.rig.start_anew()
        self._stale()

    def _repaint_marks(self) -> None:
        self._marks_stale = True
        self.update()

    def _stale(self) -> None:
        self._frame_stale = True
        self.update()

    def _shown(self) -> NDArray[np.bool_]:
        shown = np.zeros(10, np.bool_)
        shown[list(self._session.flux_filter)] = True
        return shown

    # -- painting ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(820, 560)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.rig.resize(self.width(), self.height())
        self._frame_stale = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """What lies over the view is often brought up to date: that costs a copy and no drawing."""
        if self._frame_stale or self.devicePixelRatioF() != self.frame.scale:
            self._render()
            self._marks_stale = True
        if self._marks_stale:
            self._compose()
        rect, scale = event.rect(), self.frame.scale
        source = QRectF(rect.x() * scale, rect.y() * scale, rect.width() * scale, 1.0)
        source.setHeight(rect.height() * scale)
        QPainter(self).drawPixmap(QRectF(rect), self._picture, source)

    def _compose(self) -> None:
        """The frame with the marks on it."""
        if self._picture.size() != self._image.size():
            self._picture = QPixmap(self._image.size())
        self._picture.setDevicePixelRatio(self.frame.scale)
        painter = QPainter(self._picture)
        painter.drawImage(QRectF(self.rect()), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        painter.end()
        self._marks_stale = False

    def _render(self) -> None:
        self._take_arrays()
        self.rig.keep_fitted(self._model.arrays)
        self.frame.scale = self.devicePixelRatioF()
        self._image = self.frame.render(self._model.arrays, self._shown())
        self._frame_stale = False
        self.drawn.emit()

    def _take_arrays(self) -> None:
        if self._arrays_stale:
            self.frame.take(self._model.arrays)
            self._arrays_stale = False

    def _paint_marks(self, painter: QPainter) -> None:
        bounds = QRectF(self.rect()).adjusted(self.rig.inset, 0, 0, 0)
        if not len(self.frame.slots):
            live = self._session.is_live
            words = "They appear here as the engine sends them." if live else "Not at this time."
            paint_notice(painter, bounds, "No entities", words)
        elif not self.frame.shown_count:
            paint_notice(
                painter, bounds, "All filtered out", "No entity holds the flux positions shown."
            )
        self._paint_glows(painter)
        self._paint_corner(painter)
        self._paint_selection(painter)
        self._paint_hover(painter, bounds)
        if not self._session.is_live:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(THEME.past), 1.0))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_glows(self, painter: QPainter) -> None:
        """Light that fades about what changed just now."""
        slots, levels = self._model.glow.brightest(time.monotonic(), GLOWS)
        flux, shown = self._model.arrays.flux, self._session.flux_filter
        for slot, level in zip(slots.tolist(), levels.tolist(), strict=True):
            place = self.frame.place_of(slot) if int(flux[slot]) in shown else None
            if place is not None:
                paint_glow(painter, place[0], place[1], level, flux_colour(int(flux[slot])))

    def _paint_corner(self, painter: QPainter) -> None:
        """Axes and the grid's measure, bottom right."""
        right, bottom = self.width() - 52.0, self.height() - 54.0
        paint_axes(painter, self.camera, right, bottom)
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(THEME.text_quiet))
        box = QRectF(right - 60, bottom + 34, 96, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"grid {grid_step(self.camera):g}")

    def _paint_selection(self, painter: QPainter) -> None:
        selected = self._session.selection
        slot = self._model.slot_of.get(selected) if selected is not None else None
        place = None if slot is None else self.frame.place_of(slot)
        if slot is not None and place is not None:
            self._paint_relations(painter, slot)
            self._paint_ring(painter, place, slot, 10.0, THEME.accent)
            if selected != self._session.hovered or self._cursor is None:
                paint_name(painter, place[0], place[1], self._model.arrays.names[slot])

    def _paint_relations(self, painter: QPainter, slot: int) -> None:
        if self.frame.show_links:
            colour = QColor(THEME.text)
            colour.setAlpha(120)
            painter.setPen(QPen(colour, 1.2))
            painter.drawLines(self.frame.relations(self._model.arrays, slot))

    def _paint_hover(self, painter: QPainter, bounds: QRectF) -> None:
        hovered = self._session.hovered
        slot = self._model.slot_of.get(hovered) if hovered is not None else None
        place = None if slot is None else self.frame.place_of(slot)
        if slot is None or place is None or self._dragged:
            return
        if hovered != self._session.selection:
            self._paint_ring(painter, place, slot, 8.5, THEME.text)
        if self._cursor is not None:
            card = self._card(slot)
            paint_card(painter, place_card(card, place[0], place[1], bounds), card)
        elif hovered != self._session.selection:
            paint_name(painter, place[0], place[1], self._model.arrays.names[slot])

    def _paint_ring(
        self, painter: QPainter, place: Place, slot: int, radius: float, colour: str
    ) -> None:
        dot = flux_colour(int(self._model.arrays.flux[slot]))
        paint_ring(painter, place[0], place[1], radius, QColor(colour), dot)

    def _card(self, slot: int) -> Card:
        arrays = self._model.arrays
        position = arrays.positions[slot].tolist()
        document = arrays.documents[slot]
        entity = msgspec.json.decode(document) if document else {}
        _, rule = flux_position(position, entity.get("parameters", {}))
        return entity_card(
            arrays.names[slot],
            arrays.class_types[slot],
            arrays.ids[slot],
            int(arrays.flux[slot]),
            rule,
            position,
            len(self.frame.sharing_place(slot)) - 1,
        )

    # -- mouse and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = self._last = event.position()
        self._dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is None or not event.buttons():
            self._hover(at)
            return
        if not self._dragged and (at - self._press).manhattanLength() < CLICK_SLACK:
            return
        self._dragged = True
        dx, dy = at.x() - self._last.x(), at.y() - self._last.y()
        self._last = at
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        orbits = bool(event.buttons() & Qt.MouseButton.LeftButton) and not shift
        self.rig.move(self.camera.orbited(dx, dy) if orbits else self.camera.panned(dx, dy))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._press is not None and not self._dragged
        self._press, self._dragged = None, False
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self._select_at(event.position())
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        entity_id = self._entity_at(event.position())
        if entity_id is None:
            self.fit()
        else:
            self._session.focus(entity_id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.pixelDelta().y() / 60.0 or event.angleDelta().y() / 120.0
        if not turn:
            return
        at = event.position()
        slot = self.frame.slot_at(at.x(), at.y(), 24.0)
        place = self.frame.place_of(slot) if slot >= 0 else None
        depth = place[2] if place is not None else 1.0
        self.rig.move(self.camera.zoomed(ZOOM_A_NOTCH**turn, at.x(), at.y(), depth))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self._session.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, camera = Qt.Key(event.key()), self.camera
        middle = camera.width / 2, camera.height / 2
        arrows = {
            Qt.Key.Key_Left: (-24, 0),
            Qt.Key.Key_Right: (24, 0),
            Qt.Key.Key_Up: (0, -24),
            Qt.Key.Key_Down: (0, 24),
        }
        if key == Qt.Key.Key_F and self._session.selection is not None:
            self.focus_entity(self._session.selection)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home):
            self.fit()
        elif key in VIEWS:
            self.look_from(*VIEWS[key])
        elif key in arrows:
            self.rig.move(camera.orbited(*arrows[key]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.rig.move(camera.zoomed(ZOOM_A_NOTCH, *middle))
        elif key == Qt.Key.Key_Minus:
            self.rig.move(camera.zoomed(1.0 / ZOOM_A_NOTCH, *middle))
        elif key == Qt.Key.Key_Escape:
            self._session.select(None)
        else:
            super().keyPressEvent(event)

    def _select_at(self, at: QPointF) -> None:
        """Select what is under a point; a click on the selected one goes to the next below it."""
        slot = self.frame.slot_at(at.x(), at.y())
        stack = self.frame.sharing_place(slot) if slot >= 0 else []
        selected = self._model.slot_of.get(self._session.selection or "", -1)
        if selected in stack:
            slot = stack[(stack.index(selected) + 1) % len(stack)]
        self._session.select(self._model.arrays.ids[slot] if slot >= 0 else None)

    def _entity_at(self, at: QPointF) -> str | None:
        slot = self.frame.slot_at(at.x(), at.y())
        return self._model.arrays.ids[slot] if slot >= 0 else None

    def _hover(self, at: QPointF) -> None:
        self._cursor = at
        entity_id = self._entity_at(at)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if entity_id else Qt.CursorShape.ArrowCursor
        )
        self._session.hover(entity_id)
