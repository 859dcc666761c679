"""What tests of the scene share: where an entity is drawn, and drags with modifiers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.panels.scene import ScenePanel

LEFT = Qt.MouseButton.LeftButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def place(panel: ScenePanel, slot: int) -> QPoint:
    """Where an entity is drawn, in the view's pixels."""
    found = panel.view.frame.place_of(slot)
    assert found is not None
    return QPointF(found[0], found[1]).toPoint()


def drag(
    panel: ScenePanel,
    start: QPoint,
    stop: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """With the left button; QTest's own moves carry no modifiers."""
    QTest.mousePress(panel.view, LEFT, modifiers, start)
    at = QPointF(stop)
    moved = QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, LEFT, modifiers)
    QApplication.sendEvent(panel.view, moved)
    panel.grab()
    QTest.mouseRelease(panel.view, LEFT, modifiers, stop)
