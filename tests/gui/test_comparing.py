"""Comparing two moments in the wired Studio: chosen, read, listed, filtered, followed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lake_core.scene.model import SnapshotEdit
from studio.comparing import Compared, Comparing
from studio.models.comparison import Kind
from studio.models.flat_tree import Role
from studio.models.moments import NOW, snapshot_moment
from studio.panels.inspector import NOT_HERE
from studio.panels.timeline_paint import GUTTER
from studio.panels.tree_row import ROW_HEIGHT
from studio.theme import THEME
from tests.gui.wired import Wired


def two_snapshots(wired: Wired, qtbot: QtBot) -> None:
    """`b` moves, `c` comes and `a` goes between them."""
    for batch in (
        {"entities": [{"id": "a", "name": "A"}, {"id": "b", "class_type": "Part"}]},
        {"entities": [{"id": "b", "position": [5, 0, 0]}, {"id": "c"}], "deleted_entities": ["a"]},
    ):
        wired.send("batch", space_name="lab", **batch)
        wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c"])


def colours_in(picture: QImage) -> set[str]:
    """Every colour of a picture, as `#rrggbb`."""
    wide, high = picture.width(), picture.height()
    return {picture.pixelColor(x, y).name() for x in range(wide) for y in range(high)}


def listed(wired: Wired) -> dict[str, Kind]:
    return {row.entity_id: row.kinds[0] for row in wired.window.diff.model.rows}


def context_menu(wired: Wired) -> QMenu:
    menu = wired.window.timeline.findChild(QMenu, "TimelineMenu")
    assert isinstance(menu, QMenu)
    return menu


WHAT_DIFFERS = {"c": Kind.ADDED, "a": Kind.REMOVED, "b": Kind.MOVED}


def test_that_two_chosen_snapshots_are_compared_by_key(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    wired.session.choose(one.id for one in wired.window.timeline.timeline.summaries)
    wired.window.actions_.compare.trigger()
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    assert wired.window.diff.isVisible()
    assert wired.window.diff_marks.kinds == WHAT_DIFFERS


def test_that_the_scene_and_the_tree_show_what_differs(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    wired.window.resize(1200, 800)
    wired.window.scene.fit()
    qtbot.wait(50)
    scene, tree = wired.window.scene.view, wired.window.hierarchy.view
    before = scene.grab().toImage(), tree.grab().toImage()
    wired.session.choose(one.id for one in wired.window.timeline.timeline.summaries)
    wired.window.actions_.compare.trigger()
    qtbot.waitUntil(lambda: wired.window.diff_marks.kinds == WHAT_DIFFERS)
    wired.window._docks.show("Hierarchy")
    qtbot.wait(50)
    assert colours_in(scene.grab().toImage()) & {THEME.good, THEME.danger}
    assert colours_in(tree.grab().toImage()) & {THEME.good}
    assert not colours_in(before[0]) & {THEME.good, THEME.danger}
    assert not colours_in(before[1]) & {THEME.good}
    wired.window.diff_marks.clear()
    qtbot.wait(50)
    assert not colours_in(scene.grab().toImage()) & {THEME.good, THEME.danger}


def test_that_a_snapshot_is_compared_with_now(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    wired.send("entity", space_name="lab", entity={"id": "d"})
    newest = snapshot_moment(wired.window.timeline.timeline.summaries[-1])
    wired.window.timeline.compare_requested.emit(newest, NOW)
    qtbot.waitUntil(lambda: listed(wired) == {"d": Kind.ADDED})
    wired.window.diff.compare_requested.emit(NOW, newest)
    qtbot.waitUntil(lambda: listed(wired) == {"d": Kind.REMOVED})


def test_that_the_context_menu_of_a_snapshot_compares_it(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    view, timeline = wired.window.timeline.view, wired.window.timeline.timeline
    first, last = timeline.times.tolist()
    view.navigator.move(view.window_shown.showing(first, last))
    x = GUTTER + view.window_shown.x_of(last)
    at = QPointF(x, view.lanes.snapshots.center().y()).toPoint()
    QTest.mouseClick(view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at)
    compared = next(menu for menu in context_menu(wired).findChildren(QMenu))
    entries = {entry.text(): entry for entry in compared.actions()}
    entries["The snapshot before"].trigger()
    context_menu(wired).close()
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)


def test_that_a_click_selects_and_a_filter_narrows(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    wired.session.choose(one.id for one in wired.window.timeline.timeline.summaries)
    wired.window.actions_.compare.trigger()
    panel = wired.window.diff
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    row = [one.entity_id for one in panel.model.rows].index("b")
    rect = panel.list.visualRect(panel.model.index(row))
    QTest.mouseClick(
        panel.list.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        rect.center() - QPoint(20, 0),
    )
    assert wired.session.selection == "b"
    assert panel.fields.model().index(0, 0).data() == "position"
    for kind in (Kind.MOVED, Kind.CHANGED):  # its flux goes with its place
        panel.chips[kind].click()
    assert set(listed(wired)) == {"a", "c"}
    panel.chips[Kind.MOVED].click()
    assert set(listed(wired)) == {"a", "b", "c"}
    panel.field.setText("part")
    qtbot.waitUntil(lambda: set(listed(wired)) == {"b"})


def test_that_two_equal_moments_are_said_to_be_the_same(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    newest = snapshot_moment(wired.window.timeline.timeline.summaries[-1])
    wired.window.timeline.compare_requested.emit(newest, NOW)
    qtbot.waitUntil(lambda: "same" in wired.window.diff._hint.text())


def test_that_what_is_no_longer_compared_is_no_longer_marked(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    wired.session.choose(one.id for one in wired.window.timeline.timeline.summaries)
    wired.window.actions_.compare.trigger()
    qtbot.waitUntil(lambda: bool(wired.window.diff_marks.kinds))
    wired.send_scene("other")
    wired.session.show_space("other")
    assert not wired.window.diff_marks.kinds
    assert not wired.window.diff.model.rows


def test_that_moments_of_a_space_are_left_with_it(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    first, second = map(snapshot_moment, wired.window.timeline.timeline.summaries)
    wired.window.timeline.compare_requested.emit(first, second)
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    wired.window.diff.field.setText("part")
    wired.send_scene("other")
    wired.session.show_space("other")
    panel = wired.window.diff
    assert panel.moments == (NOW, NOW)
    assert "Now" in panel.before.text()
    assert panel.field.text() == ""


def test_that_what_was_read_of_the_space_before_is_not_shown_when_one_is_back(
    wired: Wired, qtbot: QtBot
) -> None:
    two_snapshots(wired, qtbot)
    wired.send_scene("other")
    first, second = map(snapshot_moment, wired.window.timeline.timeline.summaries)
    wired.window.timeline.compare_requested.emit(first, second)
    wired.session.show_space("other")
    wired.session.show_space("lab")
    comparing = wired.window.findChild(Comparing)
    assert isinstance(comparing, Comparing)
    qtbot.waitUntil(lambda: comparing._reading is None)
    assert listed(wired) == {}
    assert wired.window.diff.head.note.text() == ""


def test_that_a_comparison_with_now_follows_it_and_keeps_its_place(
    wired: Wired, qtbot: QtBot
) -> None:
    two_snapshots(wired, qtbot)
    panel = wired.window.diff
    first = snapshot_moment(wired.window.timeline.timeline.summaries[0])
    wired.window.timeline.compare_requested.emit(first, NOW)
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    assert panel.head.note.text().startswith("3 differ  ·  as of ")
    row = panel.model.row_of("b")
    panel.list.setCurrentIndex(panel.model.index(row))
    assert wired.session.selection == "b"
    wired.session.select("c")
    many = [{"id": f"new{at}"} for at in range(40)]
    wired.send("batch", space_name="lab", entities=many)
    qtbot.waitUntil(lambda: len(listed(wired)) == 43)
    assert panel.head.note.text().startswith("43 differ")
    assert panel.list.currentIndex().row() == panel.model.row_of("b")
    assert wired.session.selection == "c"  # found again, not selected again
    panel.list.verticalScrollBar().setValue(panel.list.verticalScrollBar().maximum())
    scrolled = panel.list.verticalScrollBar().value()
    assert scrolled > 0
    wired.send("entity", space_name="lab", entity={"id": "new40"})
    qtbot.waitUntil(lambda: len(listed(wired)) == 44)
    assert panel.list.verticalScrollBar().value() == scrolled


def test_that_now_is_not_followed_by_who_does_not_see_it(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    summaries = wired.window.timeline.timeline.summaries
    wired.window.timeline.compare_requested.emit(snapshot_moment(summaries[0]), NOW)
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    wired.window.diff.hide()
    qtbot.waitUntil(lambda: listed(wired) == {})
    first, second = map(snapshot_moment, summaries)
    wired.window.timeline.compare_requested.emit(first, second)
    qtbot.waitUntil(lambda: listed(wired) == WHAT_DIFFERS)
    assert "as of" not in wired.window.diff.head.note.text()
    wired.send("entity", space_name="lab", entity={"id": "d"})
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b", "c", "d"])
    comparing = wired.window.findChild(Comparing)
    assert isinstance(comparing, Comparing)
    assert not comparing._again.isActive()


def test_that_what_cannot_be_compared_is_not_marked_and_is_tried_again_with_now(
    wired: Wired, qtbot: QtBot
) -> None:
    two_snapshots(wired, qtbot)
    first, second = wired.window.timeline.timeline.summaries
    wired.window.timeline.compare_requested.emit(snapshot_moment(first), snapshot_moment(second))
    qtbot.waitUntil(lambda: wired.window.diff_marks.kinds == WHAT_DIFFERS)
    wired.lake.delete_snapshot(first.id)
    wired.window.timeline.compare_requested.emit(snapshot_moment(first), NOW)
    qtbot.waitUntil(lambda: "was deleted" in wired.window.diff._hint.text())
    assert not wired.window.diff_marks.kinds
    assert not listed(wired)
    wired.lake.edit_snapshot(first.id, SnapshotEdit(deleted=False))
    qtbot.waitUntil(lambda: wired.window.diff_marks.kinds == WHAT_DIFFERS)
    assert listed(wired) == WHAT_DIFFERS


def test_that_what_is_hidden_is_not_marked_in_the_scene(wired: Wired, qtbot: QtBot) -> None:
    wired.window.resize(1200, 800)
    under = [
        {"source_id": "root", "target_id": one, "connection_type": "hierarchy"}
        for one in ("gone", "moved")
    ]
    places = {"root": [0, 0, 0], "gone": [4, 0, 0], "moved": [0, 0, 4], "other": [9, 9, 9]}
    standing = [{"id": one, "position": place} for one, place in places.items()]
    wired.send("batch", space_name="lab", entities=standing, connections=under)
    wired.lake.create_snapshot("lab").result(10)
    moved = [{"id": "moved", "position": [6, 0, 6]}]
    wired.send("batch", space_name="lab", entities=moved, deleted_entities=["gone"])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    first = snapshot_moment(wired.window.timeline.timeline.summaries[0])
    wired.window.timeline.compare_requested.emit(first, NOW)
    qtbot.waitUntil(lambda: wired.window.diff_marks.kinds.keys() == {"gone", "moved"})
    scene, session = wired.window.scene, wired.session
    scene.fit()

    def marks() -> tuple[bool, bool]:
        """Whether the ghost is seen, and the arrow."""
        layer = scene.view._diff
        scene.view.grab()
        assert layer._shown is not None
        return bool(layer._shown.ghosts), bool(layer._shown.moves)

    assert marks() == (True, True)
    session.hide(["moved"])
    assert marks() == (True, False)
    session.hide(["root"])
    assert marks() == (False, False)
    session.show_everything()
    session.isolate(["root"])
    assert marks() == (True, True)
    session.isolate(["other"])
    assert marks() == (False, False)


def house_removed(wired: Wired, qtbot: QtBot) -> None:
    """From a world with a house, its door and a tree, house and door go; the two are compared."""
    edges = [("world", "house"), ("house", "door"), ("world", "tree")]
    wired.send(
        "batch",
        space_name="lab",
        entities=[
            {"id": one, "position": [5 * rank, 0, 0]}
            for rank, one in enumerate(("world", "house", "door", "tree"))
        ],
        connections=[
            {"source_id": above, "target_id": one, "connection_type": "hierarchy"}
            for above, one in edges
        ],
    )
    wired.lake.create_snapshot("lab").result(10)
    wired.send("batch", space_name="lab", deleted_entities=["house", "door"])
    wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)
    qtbot.waitUntil(lambda: wired.tree() == ["world", "tree"])
    wired.session.choose(one.id for one in wired.window.timeline.timeline.summaries)
    wired.window.actions_.compare.trigger()
    qtbot.waitUntil(lambda: wired.tree() == ["world", "house", "tree"])
    wired.window._docks.show("Hierarchy")


def current(wired: Wired) -> str:
    return str(wired.window.hierarchy.view.currentIndex().data(Role.ENTITY_ID))


def test_that_what_was_removed_is_a_row_where_it_was_and_is_walked_by_keys(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    view = wired.window.hierarchy.view
    view.selectRow(1)
    assert wired.session.selection == "house"
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert wired.tree() == ["world", "house", "door", "tree"]
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert (current(wired), wired.session.selection) == ("door", "door")
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert current(wired) == "house"
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert wired.tree() == ["world", "house", "tree"]
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert current(wired) == "world"
    view.selectRow(0)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert wired.tree() == ["world"]
    wired.window.diff_marks.clear()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert wired.tree() == ["world", "tree"]
    assert wired.session.selection == "world"


def test_that_a_host_of_what_was_removed_is_a_leaf_again_when_nothing_is_compared(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    wired.send("batch", space_name="lab", deleted_entities=["tree"])
    qtbot.waitUntil(lambda: wired.tree() == ["world", "house"])
    world = wired.window.hierarchy.model.index(0, 0)
    assert world.data(Role.HAS_CHILDREN)
    wired.window.diff_marks.clear()
    assert wired.tree() == ["world"]
    assert not world.data(Role.HAS_CHILDREN)
    assert not world.data(Role.IS_OPEN)


def test_that_what_is_chosen_in_the_list_is_shown_among_the_rows_though_it_is_gone(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    rows = wired.window.diff.model.rows
    at = next(row for row, told in enumerate(rows) if told.entity_id == "door")
    wired.window.diff.list.setCurrentIndex(wired.window.diff.model.index(at, 0))
    assert wired.tree() == ["world", "house", "door", "tree"]
    assert current(wired) == "door"
    before = wired.window.scene.view.camera.target
    wired.window.hierarchy.view.focus_requested.emit(2)
    qtbot.waitUntil(lambda: wired.window.scene.view.camera.target[0] == 10)
    assert before[0] != 10


def test_that_the_row_of_what_was_removed_leaves_when_it_comes_back(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    wired.session.select("door")
    wired.send("entity", space_name="lab", entity={"id": "house"})
    qtbot.waitUntil(lambda: wired.tree() == ["world", "tree", "house", "door"])
    assert current(wired) == "door"
    wired.send("entity/delete", space_name="lab", entity_id="house")
    qtbot.waitUntil(lambda: wired.tree() == ["world", "house", "tree"])


def test_that_a_search_finds_what_was_removed(wired: Wired, qtbot: QtBot) -> None:
    house_removed(wired, qtbot)
    wired.window.hierarchy.search.setText("door")
    qtbot.waitUntil(lambda: wired.tree() == ["world", "house", "door"])
    QTest.keyClick(wired.window.hierarchy.search, Qt.Key.Key_Down)
    assert current(wired) == "door"
    wired.window.diff_marks.clear()
    assert wired.tree() == []
    wired.window.hierarchy.search.clear()
    qtbot.waitUntil(lambda: wired.tree() == ["world", "tree"])


def test_that_the_inspector_tells_what_was_removed_and_nothing_of_another(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    inspector = wired.window.inspector
    wired.session.select("tree")
    qtbot.waitUntil(lambda: inspector._id_text() == "tree")
    wired.session.select("door")
    qtbot.waitUntil(lambda: inspector._id_text() == "door")
    assert inspector._gone.isVisibleTo(inspector)
    assert "Removed" in inspector._gone.text()
    parent = next(row for row in inspector.model.rows if row.label == "parent")
    assert parent.link == "house"
    wired.window.diff_marks.clear()
    qtbot.waitUntil(lambda: inspector._stack.currentIndex() == 0)
    assert inspector._nothing.text() == NOT_HERE


def test_that_the_menu_of_what_was_removed_offers_what_can_be_done(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    menu = wired.window.hierarchy.menu
    wired.session.select("house")
    offered = {action.text(): action.isEnabled() for action in menu.build().actions()}
    assert offered["Select its children"]
    assert offered["Copy as JSON"]
    menu.copy_json()
    assert '"id":"house"' in QApplication.clipboard().text()
    menu.select_children()
    assert wired.session.selected == ("door",)
    offered = {action.text(): action.isEnabled() for action in menu.build().actions()}
    assert not offered["Select its children"]


def test_that_a_ghost_is_ringed_while_it_is_selected_and_hidden_by_the_flux_filter(
    wired: Wired, qtbot: QtBot
) -> None:
    house_removed(wired, qtbot)
    layer, view = wired.window.scene.view._diff, wired.window.scene.view
    view.grab()
    assert layer._shown is not None
    assert len(layer._shown.ghosts) == 2
    bare = view.grab().toImage()
    wired.session.select("door")
    ringed = view.grab().toImage()
    assert colours_in(ringed) - colours_in(bare)
    fluxes = set(wired.window.diff_marks.gone.arrays.flux[:2].tolist())
    wired.session.filter_flux(frozenset(range(10)) - fluxes)
    view.grab()
    assert layer._shown.ghosts == []


def test_that_a_tree_seen_from_its_top_shows_what_comes_there(wired: Wired, qtbot: QtBot) -> None:
    wired.send("batch", space_name="lab", entities=[{"id": f"e{one:03}"} for one in range(100)])
    wired.lake.create_snapshot("lab").result(10)
    wired.send("batch", space_name="lab", deleted_entities=["e050"])
    wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) >= 2)
    summaries = wired.window.timeline.timeline.summaries
    first, last = snapshot_moment(summaries[-2]), snapshot_moment(summaries[-1])
    wired.window.timeline.compare_requested.emit(first, last)
    qtbot.waitUntil(lambda: "e050" in wired.tree())
    wired.window._docks.show("Hierarchy")
    view = wired.window.hierarchy.view
    assert wired.tree()[0] == "e050"
    assert view.rowAt(0) == 0
    view.verticalScrollBar().setValue(20 * ROW_HEIGHT)
    wired.window.diff_marks.clear()
    assert wired.tree()[view.rowAt(0)] == "e019"


def test_that_what_was_being_read_when_the_comparison_was_closed_is_marked_nowhere(
    wired: Wired, qtbot: QtBot
) -> None:
    two_snapshots(wired, qtbot)
    summaries = wired.window.timeline.timeline.summaries
    wired.window.timeline.compare_requested.emit(snapshot_moment(summaries[0]), NOW)
    qtbot.waitUntil(lambda: wired.window.diff_marks.kinds == WHAT_DIFFERS)
    comparing, panel = wired.window.findChild(Comparing), wired.window.diff
    assert isinstance(comparing, Comparing)
    read = Compared(panel.model.comparison)
    panel.hide()
    assert not wired.window.diff_marks.kinds
    comparing._show("lab", panel.moments, read)
    assert not wired.window.diff_marks.kinds
    assert not listed(wired)
