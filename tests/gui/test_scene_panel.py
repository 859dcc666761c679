"""The scene panel: what it shows, filters, fits and colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lake_core.scene.arrays import SceneDelta
from studio.models.colouring import Kind
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.panels.scene import ScenePanel
from studio.session import ALL_FLUX, SACRED_FLUX, Session
from tests.gui.scene_hands import LEFT, place

Maker = Callable[..., SceneDelta]


def test_that_the_first_data_is_fitted_beside_the_legend(scene: Any) -> None:
    panel, _, _ = scene
    legend = panel.legend.geometry().right()
    for slot in range(20):
        at = place(panel, slot)
        assert legend < at.x() < 900
        assert 0 < at.y() < 600


def test_that_trails_follow_what_moves_and_names_are_written(scene: Any, delta_of: Maker) -> None:
    panel, _, model = scene
    bare = panel.grab().toImage()
    panel.view.options.turn(Option.TRAILS, True)
    for step in range(4):
        moved = delta_of([("part7", -1)], whole=False, first=7)
        moved.positions[:] = [7.0, step, 0.0]
        model.apply(moved)
    trails = panel.view.look.trails.all()
    assert trails.slots.tolist() == [7]
    assert trails.counts.tolist() == [4]
    assert trails.places[0, -4:, 1].tolist() == [0.0, 1.0, 2.0, 3.0]
    panel.view.options.turn(Option.NAMES, True)
    assert panel.grab().toImage() != bare
    panel.view.options.turn(Option.TRAILS, False)
    assert len(panel.view.look.trails.all().slots) == 0


def test_that_connections_of_the_selected_one_are_drawn(scene: Any) -> None:
    panel, session, _ = scene
    session.select("part7")
    before = panel.grab().toImage()
    panel.view.show_connections(
        [{"source_id": "part7", "target_id": "part15", "connection_type": "beam"}]
    )
    assert panel.grab().toImage() != before


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


@pytest.mark.parametrize(("unit", "origin"), [(1e-3, 1e11), (1e-3, 0.0), (1e6, 0.0)])
def test_that_focus_tells_an_entity_from_its_neighbours_at_any_scale(
    scene: Any, delta_of: Maker, unit: float, origin: float
) -> None:
    panel, session, model = scene
    delta = delta_of([(f"part{at}", -1) for at in range(20)], seq=2)
    delta.positions[:10] *= unit
    delta.positions[:10, 0] += origin
    delta.positions[10:] = [5e11, 0.0, 0.0]  # far from all of them
    model.apply(delta)
    panel.view.fit()
    panel.view.rig.stop()
    session.focus("part4")
    panel.view.rig.stop()
    panel.grab()
    middle = place(panel, 4)
    assert (middle - QPoint(450, 300)).manhattanLength() < 4
    apart = (place(panel, 5) - middle).manhattanLength()
    assert 20 < apart < 300


def test_that_focus_from_too_near_goes_back_to_see_the_neighbours(scene: Any) -> None:
    panel, session, _ = scene
    panel.view.rig.move(panel.view.camera.zoomed(1e-6, 450.0, 300.0))
    session.focus("part4")
    panel.view.rig.stop()
    panel.grab()
    assert (place(panel, 5) - place(panel, 4)).manhattanLength() < 500


def test_that_from_above_the_axes_keep_clear_of_the_grids_measure(scene: Any) -> None:
    panel, _, _ = scene
    panel.view.look_from(0.0, np.pi / 2)
    panel.view.rig.stop()
    picture = QImage(900, 600, QImage.Format.Format_RGB32)
    picture.fill(0)
    painter = QPainter(picture)
    panel.view._overlay._paint_corner(painter, QRectF(picture.rect()))
    painter.end()
    inked = [any(picture.pixel(x, y) & 0xFFFFFF for x in range(700, 900)) for y in range(500, 600)]
    lines = "".join("#" if one else " " for one in inked).rstrip()
    words = lines.split("  ")[-1].strip()
    assert 0 < len(words) < 16  # no letter of an axis within two pixels above them


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
