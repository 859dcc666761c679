"""What hands do in the scene: orbit, pan, zoom, fly, pick, draw a box, and the keys for it.

Turns mouse and keys into moves of a CameraRig and wishes of the Session. Knows what was drawn
through a SceneFrame; draws nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from studio.models.scene_model import SceneModel
from studio.panels.camera_rig import CameraRig
from studio.render.frame import SceneFrame
from studio.session import Session

CLICK_SLACK: Final = 4
"""A press that moves fewer pixels than this is a click."""
ZOOM_A_NOTCH: Final = 0.84
QUARTER: Final = np.pi / 2
FRAME_MS: Final = 16
FLY: Final = 0.018
"""Shares of the camera's distance flown a frame while a key is held."""
VIEWS: Final[dict[int, tuple[float, float]]] = {
    Qt.Key.Key_1: (0.0, 0.0),
    Qt.Key.Key_3: (QUARTER, 0.0),
    Qt.Key.Key_7: (0.0, QUARTER),
}
"""Yaw and pitch of front, right and top."""
FLIGHT: Final[dict[int, tuple[float, float, float]]] = {
    Qt.Key.Key_W: (0.0, 0.0, 1.0),
    Qt.Key.Key_S: (0.0, 0.0, -1.0),
    Qt.Key.Key_A: (-1.0, 0.0, 0.0),
    Qt.Key.Key_D: (1.0, 0.0, 0.0),
    Qt.Key.Key_E: (0.0, 1.0, 0.0),
    Qt.Key.Key_Q: (0.0, -1.0, 0.0),
}
"""Right, up and ahead for each key that flies."""
TURNS: Final[dict[int, tuple[int, int]]] = {
    Qt.Key.Key_Left: (-24, 0),
    Qt.Key.Key_Right: (24, 0),
    Qt.Key.Key_Up: (0, -24),
    Qt.Key.Key_Down: (0, 24),
}
Shift, Control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class SceneHands(QObject):
    """`moved` wherever what lies over the scene must be painted anew."""

    moved = Signal()
    fit_requested = Signal()
    look_requested = Signal(float, float)  # yaw, pitch in radians
    flat_requested = Signal()  # the other of flat and perspective
    menu_requested = Signal(QPointF)

    def __init__(
        self, session: Session, model: SceneModel, frame: SceneFrame, rig: CameraRig
    ) -> None:
        super().__init__(rig)
        self._session, self._model, self._frame, self._rig = session, model, frame, rig
        self.cursor: QPointF | None = None  # where the pointer is, while it is over the scene
        self.dragging = False
        self._press: QPointF | None = None
        self._last = QPointF()
        self._boxing = self._box_next = False
        self._held: set[int] = set()
        self._flight = QTimer(self, interval=FRAME_MS)
        self._flight.timeout.connect(self._fly)
        self._has_turned = False  # since it was looked at what the pointer is over
        rig.moved.connect(self._note_turn)

    @property
    def box(self) -> QRectF | None:
        """The box being drawn, in widget pixels."""
        if not self._boxing or self._press is None or not self.dragging:
            return None
        return QRectF(self._press, self._last).normalized()

    @property
    def draws_boxes(self) -> bool:
        """Whether the next drag draws a box."""
        return self._box_next

    def start_box(self) -> None:
        """Let the next drag with the left button draw a box that selects."""
        self._box_next = True
        self.moved.emit()

    # -- mouse

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        self._press = self._last = event.position()
        self.dragging = False
        wanted = self._box_next or bool(event.modifiers() & Shift)
        self._boxing = wanted and event.button() == Qt.MouseButton.LeftButton

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved, with or without a button."""
        at = event.position()
        if self._press is None or not event.buttons():
            self._hover(at)
            return
        if not self.dragging and (at - self._press).manhattanLength() < CLICK_SLACK:
            return
        self.dragging = True
        dx, dy = at.x() - self._last.x(), at.y() - self._last.y()
        self._last = at
        camera = self._frame.camera
        if self._boxing:
            self.moved.emit()
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._rig.move(camera.orbited(dx, dy))
        else:
            self._rig.move(camera.panned(dx, dy))

    def release(self, event: QMouseEvent) -> None:
        """A button came up: that was a click, a box, or the end of a drag."""
        clicked, box = self._press is not None and not self.dragging, self.box
        if box is not None:
            self._select_box(box, add=bool(event.modifiers() & Control))
        self._press, self.dragging = None, False
        self._boxing = self._box_next = False
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self._select_at(event.position(), add=bool(event.modifiers() & (Control | Shift)))
        elif clicked and event.button() == Qt.MouseButton.RightButton:
            self._ask_menu(event.position())
        self._hover(event.position())
        self.moved.emit()

    def double_click(self, event: QMouseEvent) -> None:
        """Focus what is there; beside everything, fit."""
        entity_id = self._entity_at(event.position())
        if entity_id is None:
            self.fit_requested.emit()
        else:
            self._session.focus(entity_id)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom to what is under the pointer."""
        turn = event.pixelDelta().y() / 60.0 or event.angleDelta().y() / 120.0
        if not turn:
            return
        at = event.position()
        slot = self._frame.slot_at(at.x(), at.y(), 24.0)
        place = self._frame.place_of(slot) if slot >= 0 else None
        depth = place[2] if place is not None else 1.0
        self._rig.move(self._frame.camera.zoomed(ZOOM_A_NOTCH**turn, at.x(), at.y(), depth))
        event.accept()

    def leave(self) -> None:
        """The pointer left."""
        self.cursor = None
        self._session.hover(None)

    def look_again(self) -> None:
        """A frame was drawn: where the camera went, the pointer is over something else."""
        at_rest = not self.dragging and not self._rig.is_gliding
        if self._has_turned and at_rest and self.cursor is not None:
            self._hover(self.cursor)

    def _note_turn(self) -> None:
        self._has_turned = True

    # -- keys

    def key(self, event: QKeyEvent) -> bool:
        """A key went down; whether it means something here."""
        key = event.key()  # a number: not every keyboard's keys are among Qt's
        if event.modifiers() & ~(Shift | Qt.KeyboardModifier.KeypadModifier):
            return False
        if key in FLIGHT and not event.modifiers() & Shift:
            self._held.add(key)
            self._fly()
            self._flight.start()
            return True
        if key in VIEWS:
            self.look_requested.emit(*VIEWS[key])
            return True
        if key in TURNS:
            self._rig.move(self._frame.camera.orbited(*TURNS[key]))
            return True
        deed = self._deeds(bool(event.modifiers() & Shift)).get(key)
        if deed is not None:
            deed()
        return deed is not None

    def key_up(self, event: QKeyEvent) -> None:
        """A key came up."""
        if not event.isAutoRepeat():
            self._held.discard(event.key())

    def let_go(self) -> None:
        """The keyboard is another's now."""
        self._held.clear()

    def _deeds(self, shift: bool) -> dict[int, Callable[[], object]]:
        session = self._session
        hide = session.show_everything if shift else lambda: session.hide(session.selected)
        return {
            Qt.Key.Key_F: self._focus_or_fit,
            Qt.Key.Key_Home: self.fit_requested.emit,
            Qt.Key.Key_5: self.flat_requested.emit,
            Qt.Key.Key_B: self.start_box,
            Qt.Key.Key_H: hide,
            Qt.Key.Key_I: lambda: session.isolate(() if session.isolated else session.selected),
            Qt.Key.Key_Plus: lambda: self._zoom(ZOOM_A_NOTCH),
            Qt.Key.Key_Equal: lambda: self._zoom(ZOOM_A_NOTCH),
            Qt.Key.Key_Minus: lambda: self._zoom(1.0 / ZOOM_A_NOTCH),
            Qt.Key.Key_Escape: self._give_up,
        }

    def _focus_or_fit(self) -> None:
        if self._session.selection is not None:
            self._session.focus_selection()
        else:
            self.fit_requested.emit()

    def _give_up(self) -> None:
        """The box that was about to be drawn, else the selection."""
        if self._box_next:
            self._box_next = False
            self.moved.emit()
        else:
            self._session.select(None)

    def _zoom(self, factor: float) -> None:
        camera = self._frame.camera
        self._rig.move(camera.zoomed(factor, camera.width / 2, camera.height / 2))

    def _fly(self) -> None:
        if not self._held:
            self._flight.stop()
            return
        step = np.sum([FLIGHT[key] for key in self._held], axis=0) * FLY
        self._rig.move(self._frame.camera.flown(*step.tolist()))

    # -- what is where

    def _select_at(self, at: QPointF, *, add: bool) -> None:
        """Select what is under a point; a click on the selected one goes to the next below it."""
        slot = self._frame.slot_at(at.x(), at.y())
        ids = self._model.arrays.ids
        if add:
            if slot >= 0:
                self._session.toggle_selected(ids[slot])
            return
        stack = self._frame.sharing_place(slot, self._model.arrays) if slot >= 0 else []
        selected = self._model.slot_of.get(self._session.selection or "", -1)
        if selected in stack:
            slot = stack[(stack.index(selected) + 1) % len(stack)]
        self._session.select(ids[slot] if slot >= 0 else None)

    def _select_box(self, box: QRectF, *, add: bool) -> None:
        """Everything shown inside the box; the nearest of it is the main one."""
        slots = self._frame.slots_in(box.left(), box.top(), box.right(), box.bottom())
        depth = self._frame.projection.depth[slots]
        ordered = slots[np.argsort(depth, kind="stable")[::-1]].tolist()
        before = self._session.selected if add else ()
        ids = self._model.arrays.ids
        self._session.select_all([*before, *(ids[slot] for slot in ordered)])

    def _ask_menu(self, at: QPointF) -> None:
        entity_id = self._entity_at(at)
        if entity_id is not None and entity_id not in self._session.selected:
            self._session.select(entity_id)
        if self._session.selection is not None:
            self.menu_requested.emit(at)

    def _entity_at(self, at: QPointF) -> str | None:
        slot = self._frame.slot_at(at.x(), at.y())
        return self._model.arrays.ids[slot] if slot >= 0 else None

    def _hover(self, at: QPointF) -> None:
        self.cursor, self._has_turned = at, False
        self._session.hover(self._entity_at(at))
