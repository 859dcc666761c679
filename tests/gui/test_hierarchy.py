"""The hierarchy panel: what a person does to it, and what it keeps while the scene changes."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.scene.arrays import SceneDelta
from studio.models.comparison import Kind
from studio.models.diff_marks import DiffMarks
from studio.models.flat_tree import Role
from studio.models.scene_model import SceneModel
from studio.panels.hierarchy import HierarchyPanel
from studio.panels.tree_row import FLUX_ROOM, MARK_ROOM
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


def test_that_an_empty_tree_names_what_left_nothing(panel: HierarchyPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel.search, "drone")
    qtbot.waitUntil(lambda: shown(panel) == [])
    assert panel.view.empty_text == "Nothing here matches the search."
    panel.sacred.click()
    assert panel.view.empty_text == "Nothing here matches the search and the flux filter."


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


def test_that_a_bad_query_is_told_and_leaves_what_was_found(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.search.setText("id:door")
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "door"])
    panel.search.setText("colour:red")
    qtbot.waitUntil(lambda: "colour" in panel.searching.hint.text())
    assert not panel.searching.hint.isHidden()
    assert shown(panel) == ["world", "house", "door"]
    panel.search.setText("")
    qtbot.waitUntil(panel.searching.hint.isHidden)


def test_that_a_query_asks_flux_class_depth_and_parameters(panel: HierarchyPanel) -> None:
    for text, expected in {
        "flux:sacred": ["world", "tree"],
        "class=part flux:1": ["world", "house"],
        "param:mass>2 id:world2": ["world2"],
        "param:mass>3": [],
        "tag:a -id:o": ["world", "tree"],
    }.items():
        panel.search.setText(text)
        panel.searching.read()
        assert shown(panel) == expected, text


def test_that_an_entity_that_comes_to_match_appears_under_the_search(
    panel: HierarchyPanel, delta_of: MakeDelta, qtbot: QtBot
) -> None:
    panel.search.setText("barn")
    panel.searching.read()
    assert shown(panel) == []
    panel._scene.apply(delta_of([("barn", 1)], whole=False, first=5))
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "barn"])


def test_that_enter_in_the_search_focuses_the_first_match(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    qtbot.keyClicks(panel.search, "door")
    with qtbot.waitSignal(panel._session.focus_requested) as asked:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert asked.args == ["door"]


def test_that_down_in_the_search_goes_to_the_first_match_and_on(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel._session.select("world2")
    panel.focus_search()
    qtbot.keyClicks(panel.search, "o -id:world")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)  # before typing has settled
    assert panel.focusWidget() is panel.view
    assert panel._session.selection == "house"  # not "world", which only leads to it
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert panel._session.selection == "door"


def test_that_down_stays_in_the_search_where_nothing_was_found(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.focus_search()
    qtbot.keyClicks(panel.search, "drone")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.focusWidget() is panel.search


def test_that_up_from_the_first_row_goes_to_the_search_and_down_back(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.view.selectRow(1)
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    assert panel._session.selection == "world"
    assert panel.focusWidget() is panel.view
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    assert panel.focusWidget() is panel.search
    assert panel._session.selection == "world"
    panel._session.select("tree")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.focusWidget() is panel.view
    assert panel._session.selection == "tree"


def test_that_escape_over_the_rows_ends_the_search_and_keeps_what_was_found(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.focus_search()
    qtbot.keyClicks(panel.search, "door")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    panel._shut_all()
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.search.text() == ""
    assert shown(panel) == ["world", "house", "door", "tree", "world2"]
    assert panel._session.selection == "door"
    assert panel.view.currentIndex().data(Role.ENTITY_ID) == "door"
    assert panel.focusWidget() is panel.view


def test_that_letters_typed_over_the_rows_search(panel: HierarchyPanel, qtbot: QtBot) -> None:
    panel.view.selectRow(0)
    qtbot.keyClicks(panel.view, "d")
    qtbot.keyClicks(panel.search, "oor")
    qtbot.waitUntil(lambda: shown(panel) == ["world", "house", "door"])


def test_that_home_and_end_go_to_the_first_and_last_row(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.view.selectRow(1)
    qtbot.keyClick(panel.view, Qt.Key.Key_End)
    assert panel._session.selection == "world2"
    qtbot.keyClick(panel.view, Qt.Key.Key_Home)
    assert panel._session.selection == "world"


def test_that_shift_selects_several_and_the_last_is_the_main_one(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel.view.selectRow(1)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert panel._session.selected == ("house", "tree")
    assert panel._session.selection == "tree"


def test_that_several_selected_elsewhere_are_selected_rows(
    panel: HierarchyPanel, delta_of: MakeDelta
) -> None:
    panel._session.select_all(["tree", "world2", "house"])
    assert panel.view.selected_rows() == [1, 2, 3]
    panel._scene.apply(delta_of([("attic", -1)], whole=False, first=5))
    assert panel._session.selected == ("tree", "world2", "house")
    assert len(panel.view.selected_rows()) == 3


def menu_deed(panel: HierarchyPanel, words: str) -> None:
    menu = panel.menu.build()
    next(one for one in menu.actions() if one.text().startswith(words)).trigger()


def test_that_the_menu_hides_isolates_and_shows_everything(panel: HierarchyPanel) -> None:
    panel._session.select("house")
    shows, slot_of = panel.visibility.shows, panel._scene.slot_of
    menu_deed(panel, "Hide")
    assert [shows(slot_of[one]) for one in ("house", "door", "tree")] == [False, False, True]
    menu_deed(panel, "Show again")
    assert shows(slot_of["door"])
    menu_deed(panel, "Show only this")
    assert [shows(slot_of[one]) for one in ("house", "door", "world")] == [True, True, False]
    menu_deed(panel, "Show everything")
    assert panel.visibility.mask() is None


def test_that_the_marks_of_hidden_and_of_compared_stand_side_by_side(
    panel: HierarchyPanel,
) -> None:
    marks = DiffMarks(panel)
    panel.view.show_diff(marks)
    at = panel.view.visualRect(panel.model.index(2, 0))
    marked = at.adjusted(at.width() - MARK_ROOM - FLUX_ROOM, 0, -FLUX_ROOM, 0)
    before = marked.translated(-MARK_ROOM, 0)

    def seen(where: QRect) -> QImage:
        return panel.view.viewport().grab(where).toImage()

    bare = seen(marked)
    marks.kinds = {"tree": Kind.MOVED}
    compared, empty = seen(marked), seen(before)
    assert compared != bare
    panel._session.hide(["tree"])
    assert seen(marked) == compared
    assert seen(before) != empty


def test_that_what_comes_under_a_hidden_entity_is_hidden(
    panel: HierarchyPanel, delta_of: MakeDelta
) -> None:
    panel._session.hide(["house"])
    panel._scene.apply(delta_of([("window", 1)], whole=False, first=5))
    assert not panel.visibility.shows(5)


def test_that_the_menu_copies_ids_and_json(panel: HierarchyPanel) -> None:
    panel._session.select_all(["house", "tree"])
    menu_deed(panel, "Copy id")
    assert QApplication.clipboard().text() == "house\ntree"
    menu_deed(panel, "Copy as JSON")
    copied = json.loads(QApplication.clipboard().text())
    assert [one["id"] for one in copied] == ["house", "tree"]


def test_that_the_menu_selects_children_and_asks_for_history(
    panel: HierarchyPanel, qtbot: QtBot
) -> None:
    panel._session.select("world")
    with qtbot.waitSignal(panel.menu.history_requested) as asked:
        menu_deed(panel, "Show its history")
    assert asked.args == ["world"]
    menu_deed(panel, "Select its children")
    assert panel._session.selected == ("house", "tree")


def test_that_all_children_are_selected_and_hidden_however_many(
    panel: HierarchyPanel, delta_of: MakeDelta
) -> None:
    many = [(f"brick{at}", 4) for at in range(30_000)]
    panel._scene.apply(delta_of(many, whole=False, first=5))
    panel._session.select("world2")
    menu_deed(panel, "Select its children")
    assert len(panel._session.selected) == 30_000
    menu_deed(panel, "Hide (30,000)")
    mask = panel.visibility.mask()
    assert mask is not None
    assert mask[:5].all()
    assert not mask[5:30_005].any()


def test_that_all_rows_selected_are_the_entities_selected(
    panel: HierarchyPanel,
) -> None:
    panel.view.selectRow(0)
    panel.view.selectAll()
    assert panel._session.selected == ("house", "tree", "world2", "world")
    panel._session.select_all(["tree", "world"])
    assert panel.view.selected_rows() == [0, 2]


def test_that_a_hidden_tree_keeps_no_list_of_changes_and_catches_up(
    panel: HierarchyPanel, delta_of: MakeDelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.panels.hierarchy.TOUCHED_LIMIT", 10)
    panel.search.setText("hut")
    panel.searching.read()
    panel.hide()
    for at in range(12):
        panel._scene.apply(delta_of([(f"hut{at}", -1)], whole=False, first=5 + at))
    assert panel._touched is None
    panel.show()
    assert shown(panel) == [f"hut{at}" for at in range(12)]
