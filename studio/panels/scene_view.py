"""The 3D view itself: frames to the screen, what lies over them, and the ways in for hands.

Draws at most once a paint: changes only mark the frame as stale, and what did not change is not
looked at again. The camera fits the scene until a person moves it. Knows nothing of where scenes
come from.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lake_core.scene.arrays import Int32s
from studio.models.diff_marks import DiffMarks
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.painting import guarded
from studio.panels.camera_rig import CameraRig
from studio.panels.entity_menu import EntityMenu
from studio.panels.pace import Pace
from studio.panels.scene_diff import DiffLayer
from studio.panels.scene_hands import SceneHands
from studio.panels.scene_look import SceneLook
from studio.panels.scene_overlay import Edge, SceneOverlay
from studio.render.camera import Camera
from studio.render.frame import SceneFrame
from studio.render.spacing import spacing_about
from studio.session import Session

FADE_MS: Final = 50
TOUCHED_LIMIT: Final = 200_000


class SceneView(QWidget):
    """The points of the space shown."""

    drawn = Signal()  # after each frame that was rendered anew

    def __init__(self, session: Session, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self.frame = SceneFrame()
        self.rig = CameraRig(self.frame, self)
        self.look = SceneLook(session, model, self.frame, self.rig)
        self.options, self.colouring = self.look.options, self.look.colouring
        self.hands = SceneHands(session, model, self.frame, self.rig)
        self.menu = EntityMenu(session, model, self)
        self._overlay = SceneOverlay(session, model, self.frame, self.hands, self.look)
        self._diff = DiffLayer(session, model, self.frame, self.look.visibility)
        self._image = QImage()
        self._picture = QPixmap()
        self._marks_stale = self._arrays_stale = self._frame_stale = True
        self._touched: list[Int32s] = []
        self._framed_live = True
        self._fading = QTimer(self, interval=FADE_MS)
        self._pace = Pace(self)
        self._set_up()
        self._listen()

    def _set_up(self) -> None:
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 140)
        self.setAccessibleName("Scene")

    def _listen(self) -> None:
        session, hands = self._session, self.hands
        self.rig.moved.connect(self._on_moved)
        self._pace.due.connect(self._rested)
        self._model.touched.connect(self._on_touched)
        self._model.updated.connect(self._on_updated)
        self._model.reset.connect(self._on_reset)
        self._fading.timeout.connect(self._fade)
        self.look.changed.connect(self._stale)
        hands.flat_requested.connect(lambda: self.options.toggle(Option.FLAT))
        hands.moved.connect(self._on_hands)
        self.drawn.connect(hands.look_again, Qt.ConnectionType.QueuedConnection)
        hands.fit_requested.connect(self.fit)
        hands.look_requested.connect(self.look_from)
        hands.menu_requested.connect(self._open_menu)
        session.space_changed.connect(self._on_space)
        session.selection_changed.connect(self._on_selection)
        session.selected_changed.connect(self._repaint_marks)
        session.hovered_changed.connect(self._on_hovered)
        session.instant_changed.connect(self._on_instant)
        session.focus_requested.connect(self.focus_entity)

    # -- deeds -------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """The present view, in widget pixels."""
        return self.frame.camera

    def fit(self) -> None:
        """Show everything that passes the filter, and keep doing so as the scene grows."""
        self._take_arrays()
        self.rig.fit(self._model.arrays, self.look.look())

    def focus_entity(self, entity_id: str) -> None:
        """Bring an entity to the middle, or where it stood that a comparison found removed."""
        slot, positions = self._model.slot_of.get(entity_id), self._model.arrays.positions
        place = self._diff.ghost_of(entity_id) if slot is None else positions[slot]
        if place is not None:
            self._take_arrays()
            self.rig.focus(place, spacing_about(place, positions, self.frame.slots))

    def look_from(self, yaw: float, pitch: float) -> None:
        """Turn to a side, and fit."""
        self._take_arrays()
        self.rig.look_from(yaw, pitch, self._model.arrays, self.look.look())

    def show_connections(self, connections: Sequence[Mapping[str, Any]]) -> None:
        """The connections of the selected entity, as its JSON has them."""
        self._overlay.connections = connections
        self._repaint_marks()

    def show_edges(self, edges: Sequence[Edge]) -> None:
        """The connections of the whole scene, by type; none hides them."""
        self._overlay.edges = edges
        self._repaint_marks()

    # -- what changed ------------------------------------------------------------------------

    def _on_touched(self, slots: Int32s) -> None:
        """Out of sight for long, or of very much, only that all may be another is remembered."""
        if self._arrays_stale:
            return
        self._touched.append(slots)
        if sum(map(len, self._touched)) > TOUCHED_LIMIT:
            self._arrays_stale = True
            self._touched.clear()

    def _on_moved(self) -> None:
        (self._stale_by_itself if self.rig.is_gliding else self._stale)()

    def _on_updated(self) -> None:
        self._stale_by_itself()
        if self._model.glow.is_lit(time.monotonic()) and not self._fading.isActive():
            self._fading.start()

    def _on_reset(self) -> None:
        """Another instant of the same scene keeps the view; the first sight of one makes it."""
        self._arrays_stale = True
        self._touched.clear()
        if not len(self.frame.slots):
            self.rig.scene_replaced()

    def _on_selection(self) -> None:
        self._overlay.connections = ()
        self._repaint_marks()

    def _on_hovered(self, entity_id: str | None) -> None:
        self._show_cursor(entity_id)
        self._repaint_marks()

    def _on_hands(self) -> None:
        self._show_cursor(self._session.hovered)
        self._repaint_marks()

    def _show_cursor(self, entity_id: str | None) -> None:
        shape = Qt.CursorShape.PointingHandCursor if entity_id else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.CrossCursor if self.hands.draws_boxes else shape)

    def _fade(self) -> None:
        if not self._frame_stale:  # the frame that is due will bring them
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

    def show_diff(self, marks: DiffMarks) -> None:
        """Show what a comparison found, now and whenever it is another."""
        self._diff.marks = self.menu.marks = marks
        marks.changed.connect(self._diff.forget)
        marks.changed.connect(self._repaint_marks)

    def dress(self) -> None:
        """Draw in the theme's colours as they are now."""
        self.frame.dress()
        self._stale()

    def _stale(self) -> None:
        self._frame_stale = True
        self.update()

    def _stale_by_itself(self) -> None:
        self._frame_stale = True
        self._pace.ask()

    def _rested(self) -> None:
        if self._frame_stale:
            self._stale()

    def _open_menu(self, at: QPointF) -> None:
        self.menu.popup(self.mapToGlobal(at.toPoint()))

    # -- painting ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(820, 560)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look.find_card()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.rig.resize(self.width(), self.height())
        self._frame_stale = True

    @guarded
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
        self._diff.paint(painter)
        self._overlay.paint(painter, QRectF(self.rect()), self.rig.inset)
        painter.end()
        self._marks_stale = False

    def _render(self) -> None:
        with self._pace.drawing():
            self._take_arrays()
            self.rig.keep_fitted()
            self.frame.scale = self.devicePixelRatioF()
            self._image = self.frame.render(self._model.arrays, self.look.look())
            self._frame_stale = False
        self._diff.forget()
        self.drawn.emit()

    def _take_arrays(self) -> None:
        """All of new ones; of those known, what changed since."""
        waiting, self._touched = self._touched, []
        if self._arrays_stale:
            self.frame.take(self._model.arrays)
            self._arrays_stale = False
        elif waiting:
            self.frame.follow(np.unique(np.concatenate(waiting)))

    # -- hands -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hands.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.hands.wheel(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hands.leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hands.let_go()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.hands.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.hands.key_up(event)
