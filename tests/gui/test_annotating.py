"""What people say of snapshots: by key, by menu, in the editor; undone; and heard from others."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from lake_core.scene.model import SnapshotEdit, SnapshotSummary
from studio.panels.snapshot_editor import SnapshotEditor
from studio.panels.timeline_hits import Hit
from tests.gui.wired import Wired

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def shown(wired: Wired) -> list[SnapshotSummary]:
    return wired.window.timeline.timeline.summaries


def with_snapshots(wired: Wired, qtbot: QtBot, count: int = 2) -> None:
    wired.send_scene()
    for _ in range(count):
        wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(shown(wired)) == count)


def editor_on_first(wired: Wired) -> SnapshotEditor:
    wired.window.timeline.annotate_requested.emit(shown(wired)[0], QPoint(200, 200))
    return wired.annotating.editor


def menu_of(wired: Wired, index: int) -> dict[str, QAction]:
    timeline = wired.window.timeline
    timeline.view.menu_requested.emit(
        Hit(snapshot=index), shown(wired)[index].timestamp, QPoint(50, 50)
    )
    menu = timeline.findChildren(QMenu, "TimelineMenu")[-1]
    menu.hide()
    return {action.text(): action for action in menu.actions()}


def test_that_a_digit_rates_all_that_are_chosen_and_undo_takes_it_back(
    wired: Wired, qtbot: QtBot
) -> None:
    with_snapshots(wired, qtbot)
    wired.session.choose([one.id for one in shown(wired)])
    QTest.keyClick(wired.window.timeline.view, KEY.Key_4)
    qtbot.waitUntil(lambda: [one.rating for one in shown(wired)] == [4, 4])
    qtbot.waitUntil(lambda: wired.window.actions_.undo.text() == "Undo rating 2 snapshots")
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: [one.rating for one in shown(wired)] == [None, None])
    wired.window.actions_.redo.trigger()
    qtbot.waitUntil(lambda: [one.rating for one in shown(wired)] == [4, 4])
    QTest.keyClick(wired.window.timeline.view, KEY.Key_0)
    qtbot.waitUntil(lambda: [one.rating for one in shown(wired)] == [None, None])


def test_that_p_pins_and_pins_no_more(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot, 1)
    wired.session.choose([shown(wired)[0].id])
    QTest.keyClick(wired.window.timeline.view, KEY.Key_P)
    qtbot.waitUntil(lambda: shown(wired)[0].pinned)
    QTest.keyClick(wired.window.timeline.view, KEY.Key_P)
    qtbot.waitUntil(lambda: not shown(wired)[0].pinned)


def test_that_deleting_is_undone_and_the_choice_forgets_what_is_gone(
    wired: Wired, qtbot: QtBot
) -> None:
    with_snapshots(wired, qtbot)
    first, second = (one.id for one in shown(wired))
    wired.session.choose([first])
    QTest.keyClick(wired.window.timeline.view, KEY.Key_Delete)
    qtbot.waitUntil(lambda: [one.id for one in shown(wired)] == [second])
    qtbot.waitUntil(lambda: wired.window.actions_.undo.text() == "Undo deleting a snapshot")
    assert wired.session.chosen_snapshots == ()
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: [one.id for one in shown(wired)] == [first, second])


def test_that_the_chosen_are_deleted_by_a_command_while_there_are_any(
    wired: Wired, qtbot: QtBot
) -> None:
    with_snapshots(wired, qtbot)
    action, (first, second) = wired.window.actions_.delete_chosen, (one.id for one in shown(wired))
    assert not action.isEnabled()
    wired.session.choose([second])
    action.trigger()
    qtbot.waitUntil(lambda: [one.id for one in shown(wired)] == [first])
    assert not action.isEnabled()


def test_that_what_an_epoch_holds_is_not_deleted_and_the_banner_says_why(
    wired: Wired, qtbot: QtBot
) -> None:
    with_snapshots(wired, qtbot)
    wired.lake.create_epoch([shown(wired)[1].id], "Walk")
    wired.window.timeline.delete_requested.emit(tuple(shown(wired)))
    qtbot.waitUntil(lambda: "Walk" in wired.window.banner.text)
    qtbot.waitUntil(lambda: len(shown(wired)) == 1)  # the first, which none holds
    assert wired.window.actions_.undo.text() == "Undo deleting a snapshot"
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: len(shown(wired)) == 2)


def test_that_the_menu_leads_to_the_editor_pins_and_deletes(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    menu_of(wired, 0)["Rate, tag, note…"].trigger()
    assert wired.annotating.editor.isVisible()
    assert wired.annotating.editor.summary == shown(wired)[0]
    wired.annotating.editor.hide()
    menu_of(wired, 0)["Pin"].trigger()
    qtbot.waitUntil(lambda: shown(wired)[0].pinned)
    assert "Unpin" in menu_of(wired, 0)
    wired.session.choose([one.id for one in shown(wired)])
    menu_of(wired, 1)["Delete the 2 chosen"].trigger()
    qtbot.waitUntil(lambda: shown(wired) == [])


def test_that_stars_tags_and_note_are_kept_as_they_are_made(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    editor = editor_on_first(wired)
    QTest.mouseClick(editor.stars, LEFT, pos=QPoint(24 * 2 + 5, 10))
    QTest.keyClicks(editor.tags.field, "walk")
    QTest.keyClick(editor.tags.field, KEY.Key_Return)
    QTest.keyClicks(editor.tags.field, "good,")
    editor.note.setPlainText("the first step")
    editor.hide()
    qtbot.waitUntil(lambda: shown(wired)[0].note == "the first step")
    assert (shown(wired)[0].rating, shown(wired)[0].tags) == (3, ["walk", "good"])
    again = editor_on_first(wired)
    assert (again.stars.rating, again.tags.tags) == (3, ["walk", "good"])
    chip = next(one for one in again.tags.findChildren(QToolButton) if one.text() == "walk")
    chip.click()
    qtbot.waitUntil(lambda: shown(wired)[0].tags == ["good"])
    QTest.mouseClick(again.stars, LEFT, pos=QPoint(24 * 2 + 5, 10))
    qtbot.waitUntil(lambda: shown(wired)[0].rating is None)
    again.hide()


def test_that_known_tags_are_completed(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    wired.lake.edit_snapshot(shown(wired)[1].id, SnapshotEdit(tags=["walking", "rig"]))
    qtbot.waitUntil(lambda: shown(wired)[1].tags == ["walking", "rig"])
    completer = editor_on_first(wired).tags.field.completer()
    completer.setCompletionPrefix("walk")
    assert (completer.completionCount(), completer.currentCompletion()) == (1, "walking")
    wired.annotating.editor.hide()


def test_that_what_others_say_is_seen_in_the_open_editor(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    editor = editor_on_first(wired)
    wired.lake.edit_snapshot(shown(wired)[0].id, SnapshotEdit(rating=5, pinned=True, tags=["a"]))
    qtbot.waitUntil(lambda: editor.stars.rating == 5)
    assert (editor.pin.isChecked(), editor.tags.tags) == (True, ["a"])
    editor.hide()
    assert not wired.window.actions_.undo.isEnabled()  # it was not done here


def test_that_the_editor_is_done_by_keys_alone_from_the_menu_on(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    wired.window.activateWindow()
    menu_of(wired, 0)["Rate, tag, note…"].trigger()
    editor, keys = wired.annotating.editor, wired.window.windowHandle()
    assert editor.stars.hasFocus()
    QTest.keyClick(keys, KEY.Key_4)
    for part in (editor.pin, editor.tags.field, editor.note):
        QTest.keyClick(keys, KEY.Key_Tab)
        assert part.hasFocus()
        if part is not editor.pin:
            for key in (KEY.Key_A, KEY.Key_B):
                QTest.keyClick(keys, key)
        if part is editor.tags.field:
            QTest.keyClick(keys, KEY.Key_Return)
            assert editor.isVisible()  # it ended the tag
    QTest.keyClick(keys, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not editor.isVisible()
    qtbot.waitUntil(lambda: shown(wired)[0].note == "ab")
    assert (shown(wired)[0].rating, shown(wired)[0].tags) == (4, ["ab"])


def test_that_enter_ends_and_escape_closes_the_editor(wired: Wired, qtbot: QtBot) -> None:
    with_snapshots(wired, qtbot)
    for part in ("stars", "tags"):
        editor = editor_on_first(wired)
        field = editor.stars if part == "stars" else editor.tags.field
        QTest.keyClick(field, KEY.Key_Return)
        assert not editor.isVisible()
    QTest.keyClick(editor_on_first(wired).stars, KEY.Key_Escape)
    assert not wired.annotating.editor.isVisible()
