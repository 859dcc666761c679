"""The hierarchy panel: what a person does to it, and what it keeps while the scene changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lake_core.scene.arrays import SceneDelta
from studio.models.flat_tree import Role
from studio.models.scene_model import SceneModel
from studio.panels.hierarchy import HierarchyPanel
from studio.session import SACRED_FLUX, Session

MakeDelta = Callable[..., SceneDelta]


@pytest.fixture
def panel(qtbot: QtBot, delta_of: MakeDelta) -> HierarchyPanel:
    """world > (house > door), tree; world2; shown."""
    scene = SceneModel()
    panel = HierarchyPanel(Session(), scene)
    panel.held = (scene, panel._session)  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    scene.apply(delta_of([("world", -1), ("house", 0), ("door", 1), ("tree", 0), ("world2", -1)]))
    return panel


def shown(panel: HierarchyPanel) -> list[str]:
    model = panel.model
    return [model.index(row, 0).data(Role.ENTITY_ID) for row in range(model.rowCount())]


def test_that_roots_are_open_at_first(panel: HierarchyPanel) -> None:
    assert shown(panel) == ["world", "house", "tree", "world2"]


def test_that_right_opens_and_left_shuts(panel: HierarchyPanel, qtbot: QtBot) -> None:
    panel.view.selectRow(1)
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    assert shown(panel) == ["world", "house", "door", "tree", "world2"]
    qtbot.keyClick(panel.view, Qt.Key.Key_Left)
    assert shown(panel) == ["world", "house", "tree", "world2"]


def test_that_a_row_made_current_is_the_selected_entity(panel: HierarchyPanel) -> None:
    panel.view.selectRow(2)
    assert panel._session.selection == "tree"


def test_that_a_selection_from_elsewhere_opens_the_way(panel: HierarchyPanel) -> None:
    panel._session.select("door")
    assert "door" in shown(panel)
    assert panel.view.currentIndex().data(Role.ENTITY_ID) == "door"


def test_that_enter_asks_to_focus(panel: HierarchyPanel, qtbot: QtBot) -> None:
    panel.view.selectRow(3)
    with qtbot.waitSignal(panel._session.focus_requested) as asked:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert asked.args == ["world2"]


def test_that_search_shows_matches_in_their_place(panel: HierarchyPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.search, "DOOR")
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "door"])
    panel.search.clear()
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "tree", "world2"])


def test_that_sacred_only_filters_the_shared_session(panel: HierarchyPanel) -> None:
    panel.sacred.click()
    assert panel._session.flux_filter == SACRED_FLUX
    assert shown(panel) == ["world", "tree"]


def test_that_the_selection_survives_rows_coming_and_going(
    panel: HierarchyPanel, delta_of: MakeDelta
) -> None:
    panel._session.select("tree")
    panel._scene.apply(delta_of([("barn", 0)], whole=False, first=5))
    gone = delta_of([("house", 0)], whole=False, first=1)
    gone.alive[:] = np.False_
    panel._scene.apply(gone)
    assert panel._session.selection == "tree"
    assert panel.view.currentIndex().data(Role.ENTITY_ID) == "tree"


def test_that_a_deleted_entity_leaves_the_tree(
    panel: HierarchyPanel, delta_of: MakeDelta, qtbot: QtBot
) -> None:
    gone = delta_of([("world2", -1)], whole=False, first=4)
    gone.alive[:] = np.False_
    panel._scene.apply(gone)
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "tree"])
    assert "world2" not in panel._scene.slot_of
