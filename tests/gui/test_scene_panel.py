"""The scene panel: picking, filtering, fitting, as a person does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lake_core.scene.arrays import SceneDelta
from studio.models.colouring import Kind
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.panels.scene import ScenePanel
from studio.session import ALL_FLUX, SACRED_FLUX, Session

Maker = Callable[..., SceneDelta]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def scene(qtbot: Any, delta_of: Maker) -> tuple[ScenePanel, Session, SceneModel]:
    """A panel of twenty entities along the x axis."""
    session, model = Session(), SceneModel()
    panel = ScenePanel(session, model)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    session.show_space("lab")
    panel.show()
    model.apply(delta_of([(f"part{at}", -1) for at in range(20)]))
    panel.grab()
    return panel, session, model


def place(panel: ScenePanel, slot: int) -> QPoint:
    found = panel.view.frame.place_of(slot)
    assert found is not None
    return QPointF(found[0], found[1]).toPoint()


def test_that_the_first_data_is_fitted_beside_the_legend(scene: Any) -> None:
    panel, _, _ = scene
    legend = panel.legend.geometry().right()
    for slot in range(20):
        at = place(panel, slot)
        assert legend < at.x() < 900
        assert 0 < at.y() < 600


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


SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


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


def test_that_trails_follow_what_moves_and_names_are_written(scene: Any, delta_of: Maker) -> None:
    panel, _, model = scene
    bare = panel.grab().toImage()
    panel.view.options.turn(Option.TRAILS, True)
    for step in range(4):
        moved = delta_of([("part7", -1)], whole=False, first=7)
        moved.positions[:] = [7.0, step, 0.0]
        model.apply(moved)
    (trail,) = panel.view.look.trails.all()
    assert trail.slot == 7
    assert trail.places[:, 1].tolist() == [0.0, 1.0, 2.0, 3.0]
    panel.view.options.turn(Option.NAMES, True)
    assert panel.grab().toImage() != bare
    panel.view.options.turn(Option.TRAILS, False)
    assert panel.view.look.trails.all() == []


def test_that_connections_of_the_selected_one_are_drawn(scene: Any) -> None:
    panel, session, _ = scene
    session.select("part7")
    before = panel.grab().toImage()
    panel.view.show_connections(
        [{"source_id": "part7", "target_id": "part15", "connection_type": "beam"}]
    )
    assert panel.grab().toImage() != before


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


def test_that_the_view_follows_a_growing_scene_until_a_person_moves_it(
    scene: Any, qtbot: Any, delta_of: Maker
) -> None:
    panel, _, model = scene
    far = panel.view.camera.distance
    model.apply(delta_of([(f"more{at}", -1) for at in range(400)], whole=False, first=20))
    qtbot.waitUntil(lambda: panel.view.camera.distance > 3 * far, timeout=2000)
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    held = panel.view.camera
    model.apply(delta_of([(f"yet{at}", -1) for at in range(4000)], whole=False, first=420))
    panel.grab()
    assert panel.view.camera == held
    QTest.keyClick(panel.view, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: panel.view.camera.distance > 3 * held.distance, timeout=2000)


def test_that_a_filtered_out_entity_is_neither_counted_nor_picked(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    session.filter_flux(SACRED_FLUX)
    panel.grab()
    assert panel.view.frame.shown_count == 6
    QTest.mouseClick(panel.view, LEFT, pos=place(panel, 7))
    assert session.selection is None
    qtbot.waitUntil(lambda: "6 shown" in panel.figures.text(), timeout=1000)


def test_that_the_legend_counts_toggles_and_isolates(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    qtbot.waitUntil(lambda: panel.legend.rows[3].count == 2, timeout=1000)
    row = panel.legend.rows[3]
    QTest.mouseClick(row, LEFT)
    assert session.flux_filter == ALL_FLUX - {3}
    QTest.mouseClick(row, LEFT)
    assert session.flux_filter == ALL_FLUX
    QTest.mouseClick(row, LEFT, Qt.KeyboardModifier.AltModifier)
    assert session.flux_filter == {3}
    QTest.mouseClick(row, LEFT, Qt.KeyboardModifier.AltModifier)
    assert session.flux_filter == ALL_FLUX


def test_that_a_double_click_in_the_legend_isolates(scene: Any) -> None:
    panel, session, _ = scene
    row = panel.legend.rows[5]
    for expected in ({5}, ALL_FLUX):
        QTest.mouseClick(row, LEFT)
        QTest.mouseDClick(row, LEFT)
        assert session.flux_filter == expected


def test_that_sacred_only_is_one_click_and_back(scene: Any) -> None:
    panel, session, _ = scene
    panel.legend.sacred_only.click()
    assert session.flux_filter == SACRED_FLUX
    panel.legend.sacred_only.click()
    assert session.flux_filter == ALL_FLUX


def test_that_focus_brings_an_entity_to_the_middle(scene: Any, qtbot: Any) -> None:
    panel, session, _ = scene
    session.focus("part19")

    def centred() -> bool:
        panel.grab()
        return (place(panel, 19) - QPoint(450, 300)).manhattanLength() < 4

    qtbot.waitUntil(centred, timeout=2000)
    assert session.selection == "part19"


def test_that_an_empty_space_says_so_and_survives_every_gesture(qtbot: Any) -> None:
    session = Session()
    panel = ScenePanel(session, SceneModel())
    qtbot.addWidget(panel)
    panel.resize(700, 300)
    panel.show()
    panel.grab()
    for key in (Qt.Key.Key_F, Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_7, Qt.Key.Key_Plus):
        QTest.keyClick(panel.view, key)
    QTest.mouseDClick(panel.view, LEFT, pos=QPoint(300, 150))
    session.select("gone")
    session.hover("gone")
    panel.grab()


def test_that_a_short_panel_folds_the_legend(qtbot: Any, scene: Any) -> None:
    panel, _, _ = scene
    panel.resize(700, 300)
    assert panel.legend.is_folded
    panel.resize(700, 700)
    assert not panel.legend.is_folded


def test_that_a_deleted_entity_leaves_the_picture(scene: Any, delta_of: Maker) -> None:
    panel, session, model = scene
    session.select("part7")
    gone = delta_of([("part7", -1)], whole=False, first=7)
    gone.alive[:] = False
    model.apply(gone)
    panel.grab()
    assert panel.view.frame.place_of(7) is None
    assert 7 not in panel.view.frame.slots
    assert np.count_nonzero(model.arrays.alive) == 19


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


def test_that_the_selected_ones_lines_lead_to_its_root_and_its_children(
    scene: Any, delta_of: Maker
) -> None:
    panel, session, model = scene
    tree = delta_of([("root", -1), ("branch", 0), ("leaf", 1), ("other", 1), ("alone", -1)])
    model.apply(tree)
    session.select("branch")
    panel.grab()
    assert len(panel.view.frame.relations(model.arrays, 1)) == 3
    assert panel.view.frame.relations(model.arrays, 4) == []


def test_that_colour_by_class_depth_recency_and_parameters_has_a_key(
    scene: Any, qtbot: Any
) -> None:
    panel, _, _ = scene
    by_flux = panel.grab().toImage()
    told = {}
    for action in panel.legend.colour_menu().actions():
        if action.text() in ("Flux", ""):
            continue
        action.trigger()
        panel.grab()
        qtbot.wait(1)
        key = panel.legend.key.key
        assert key is not None
        told[action.text()] = key
        assert panel.legend.rows[0].isHidden() or not panel.legend.rows[0].isVisible()
    assert told["Class"].kinds == (Kind("Part", 20, 0),)
    assert told["Depth"].low == "0"
    assert (told["mass"].low, told["mass"].high, told["mass"].missing) == ("2.5", "2.5", 0)
    assert told["Last change"].high == "now"
    panel.legend.colour_menu().actions()[0].trigger()
    panel.grab()
    assert panel.grab().toImage() == by_flux


def test_that_larger_entities_are_drawn_larger_when_asked(scene: Any, delta_of: Maker) -> None:
    panel, _, model = scene
    big = delta_of([("part7", -1)], whole=False, first=7)
    big.documents[0] = big.documents[0].replace(b'"scale":[1,1,1]', b'"scale":[1,40,1]')
    model.apply(big)
    panel.view.options.turn(Option.BY_SCALE, True)
    panel.grab()
    sizes = panel.view.colouring.sizes()
    assert sizes is not None
    assert (sizes[7], sizes[8]) == (4, 2)


def test_that_asking_for_a_card_where_there_is_none_says_so(scene: Any, qtbot: Any) -> None:
    panel, _, _ = scene
    if QApplication.platformName() != "offscreen":
        pytest.skip("this platform may have OpenGL")
    with qtbot.waitSignal(panel.view.options.refused) as refused:
        panel.view.options.turn(Option.CARD, True)
    assert "processor" in refused.args[0]
    assert not panel.view.options.is_on(Option.CARD)
    assert panel.view.frame.renderer_name == "processor"


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
