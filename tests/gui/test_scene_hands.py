"""What hands do in the scene: click, drag, box, wheel, fly, hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lake_core.scene.arrays import SceneDelta
from tests.gui.scene_hands import CONTROL, LEFT, SHIFT, drag, place

Maker = Callable[..., SceneDelta]


def test_that_a_click_selects_and_a_click_beside_selects_nothing(scene: Any) -> None:
    panel, session, _ = scene
    QTest.mouseClick(panel.view, LEFT, pos=place(panel, 7))
    assert session.selection == "part7"
    QTest.mouseClick(panel.view, LEFT, pos=QPoint(880, 590))
    assert session.selection is None


def test_that_hovering_tells_the_session_and_leaving_ends_it(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    QTest.mouseMove(panel.view, place(panel, 3))
    qtbot.waitUntil(lambda: session.hovered == "part3")
    panel.grab()  # paints the card
    panel.view.leaveEvent(None)
    assert session.hovered is None


def test_that_a_card_goes_where_a_key_turned_what_it_is_of_away(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    QTest.mouseMove(panel.view, place(panel, 16))
    qtbot.waitUntil(lambda: session.hovered == "part16")
    at = place(panel, 16)
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    panel.grab()
    assert (place(panel, 16) - at).manhattanLength() > 10
    qtbot.waitUntil(lambda: session.hovered != "part16", timeout=1000)
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    panel.grab()
    qtbot.waitUntil(lambda: session.hovered == "part16", timeout=1000)


def test_that_a_drag_orbits_and_does_not_select(scene: Any) -> None:
    panel, session, _ = scene
    before = panel.view.camera
    start = place(panel, 7)
    QTest.mousePress(panel.view, LEFT, pos=start)
    QTest.mouseMove(panel.view, start + QPoint(60, 20))
    QTest.mouseRelease(panel.view, LEFT, pos=start + QPoint(60, 20))
    assert session.selection is None
    assert panel.view.camera.yaw != before.yaw
    assert panel.view.camera.target == before.target


def test_that_the_right_and_middle_buttons_pan(scene: Any) -> None:
    panel, _, _ = scene
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        before = panel.view.camera
        QTest.mousePress(panel.view, button, pos=QPoint(500, 300))
        QTest.mouseMove(panel.view, QPoint(560, 330))
        QTest.mouseRelease(panel.view, button, pos=QPoint(560, 330))
        assert panel.view.camera.target != before.target
        assert panel.view.camera.yaw == before.yaw


def test_that_shift_and_a_drag_select_what_is_in_the_box(scene: Any) -> None:
    panel, session, _ = scene
    before, slack = panel.view.camera, QPoint(3, 60)
    panel.view.look_from(0.0, 0.0)
    panel.view.rig.stop()
    panel.grab()
    before = panel.view.camera
    drag(panel, place(panel, 4) - slack, place(panel, 8) + slack, SHIFT)
    assert sorted(session.selected) == [f"part{at}" for at in range(4, 9)]
    assert panel.view.camera == before
    drag(panel, place(panel, 11) - slack, place(panel, 12) + slack, SHIFT | CONTROL)
    assert len(session.selected) == 7


def test_that_b_makes_the_next_drag_a_box_and_only_that(scene: Any) -> None:
    panel, session, _ = scene
    QTest.keyClick(panel.view, Qt.Key.Key_B)
    drag(panel, QPoint(1, 1), QPoint(899, 599))
    assert len(session.selected) == 20
    held = panel.view.camera
    drag(panel, QPoint(500, 300), QPoint(560, 330))
    assert panel.view.camera.yaw != held.yaw


def test_that_a_box_selects_all_in_it_and_the_figures_say_how_many(
    scene: Any, delta_of: Maker
) -> None:
    panel, session, model = scene
    model.apply(delta_of([(f"part{at}", -1) for at in range(25_000)], seq=2))
    panel.view.fit()
    panel.view.rig.stop()
    panel.grab()
    drag(panel, QPoint(1, 1), QPoint(899, 599), SHIFT)
    assert len(session.selected) == 25_000
    assert "25,000 selected" in panel.figures.text()
    session.select("part3")
    assert "selected" not in panel.figures.text()


def test_that_control_and_a_click_add_and_take_out(scene: Any) -> None:
    panel, session, _ = scene
    QTest.mouseClick(panel.view, LEFT, pos=place(panel, 7))
    QTest.mouseClick(panel.view, LEFT, CONTROL, place(panel, 11))
    assert session.selected == ("part7", "part11")
    assert session.selection == "part11"
    QTest.mouseClick(panel.view, LEFT, CONTROL, place(panel, 11))
    assert session.selected == ("part7",)


def test_that_hiding_and_isolating_change_what_is_drawn_and_picked(scene: Any) -> None:
    panel, session, _ = scene
    at = place(panel, 7)
    session.select("part7")
    QTest.keyClick(panel.view, Qt.Key.Key_H)
    panel.grab()
    assert panel.view.frame.shown_count == 19
    QTest.mouseClick(panel.view, LEFT, pos=at)
    assert session.selection is None
    session.select_all(["part1", "part2"])
    QTest.keyClick(panel.view, Qt.Key.Key_I)
    panel.grab()
    assert panel.view.frame.shown_count == 2
    QTest.keyClick(panel.view, Qt.Key.Key_H, SHIFT)
    panel.grab()
    assert panel.view.frame.shown_count == 20


def test_that_held_keys_fly(scene: Any, qtbot: Any) -> None:
    panel, _, _ = scene
    before = panel.view.camera
    QTest.keyPress(panel.view, Qt.Key.Key_W)
    qtbot.waitUntil(
        lambda: (
            np.linalg.norm(np.subtract(panel.view.camera.target, before.target))
            > 0.1 * before.distance
        )
    )
    QTest.keyRelease(panel.view, Qt.Key.Key_W)
    _, _, forward = before.basis()
    flown = np.subtract(panel.view.camera.target, before.target)
    assert flown @ forward == pytest.approx(np.linalg.norm(flown))
    held = panel.view.camera
    qtbot.wait(60)
    assert panel.view.camera == held


def test_that_five_sees_flat_and_back(scene: Any) -> None:
    panel, _, _ = scene
    QTest.keyClick(panel.view, Qt.Key.Key_5)
    assert panel.view.camera.flat
    panel.grab()
    QTest.mouseClick(panel.view, LEFT, pos=place(panel, 9))
    assert panel.view._session.selection == "part9"
    QTest.keyClick(panel.view, Qt.Key.Key_5)
    assert not panel.view.camera.flat


def test_that_the_wheel_zooms_to_what_is_under_the_cursor(scene: Any) -> None:
    panel, _, _ = scene
    at = place(panel, 2)
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = panel.view.camera.distance
    QApplication.sendEvent(panel.view, wheel)
    panel.grab()
    assert panel.view.camera.distance < before
    assert (place(panel, 2) - at).manhattanLength() <= 3


def test_that_clicking_again_goes_through_those_at_the_same_place(
    scene: Any, delta_of: Maker
) -> None:
    panel, session, model = scene
    stacked = delta_of([("part7", -1), ("part8", -1), ("part9", -1)], whole=False, first=7)
    stacked.positions[:] = [7.0, 0.0, 0.0]
    model.apply(stacked)
    panel.grab()
    seen = []
    for _ in range(4):
        QTest.mouseClick(panel.view, LEFT, pos=place(panel, 7))
        seen.append(session.selection)
    assert seen == ["part7", "part8", "part9", "part7"]


def test_that_a_right_click_selects_and_asks_for_the_menu(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    with qtbot.waitSignal(panel.view.hands.menu_requested):
        QTest.mouseClick(panel.view, Qt.MouseButton.RightButton, pos=place(panel, 5))
    assert session.selection == "part5"
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()
    session.select(None)
    with qtbot.assertNotEmitted(panel.view.hands.menu_requested):
        QTest.mouseClick(panel.view, Qt.MouseButton.RightButton, pos=QPoint(880, 590))
