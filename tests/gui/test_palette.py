"""The command palette and the cheat sheet: all commands are found, run and written down."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenuBar, QWidget

from studio.actions import Actions, title_of
from studio.command_words import WORDS
from studio.panels.cheat_sheet import CheatSheet, sections_of
from studio.panels.palette import BY_ANOTHER_WORD, BY_LETTERS, Palette, score
from studio.undoing import Deed
from tests.gui.wired import Wired


@pytest.fixture
def owner(qtbot: Any) -> QWidget:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    return owner


@pytest.fixture
def actions(owner: QWidget) -> Actions:
    actions = Actions(owner)
    actions.fill(QMenuBar(owner), [actions.find])
    actions.snapshot.setEnabled(True)
    return actions


@pytest.fixture
def palette(actions: Actions, owner: QWidget) -> Palette:
    palette = Palette(actions.groups, owner)
    palette.open_over(owner)
    return palette


def test_that_words_beginnings_and_letters_find_a_command() -> None:
    assert score("Take a snapshot", "snap") == 0
    assert score("Take a snapshot", "take snap") == 0
    assert score("Take a snapshot", "shot") == 1
    assert score("Take a snapshot", "tksn") == BY_LETTERS
    assert score("Take a snapshot", "epoch") == -1
    assert score("Take a snapshot", "") == 0


def test_that_enter_runs_what_was_typed(palette: Palette, actions: Actions, qtbot: Any) -> None:
    QTest.keyClicks(palette.field, "take snap")
    assert palette.shown()[0] == "Take a snapshot"
    with qtbot.waitSignal(actions.snapshot.triggered):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)


def test_that_arrows_choose_another(palette: Palette, actions: Actions, qtbot: Any) -> None:
    QTest.keyClicks(palette.field, "epoch")
    wanted = palette.shown()[1]
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    action = actions.export if wanted == actions.export.text() else actions.new_epoch
    with qtbot.waitSignal(action.triggered):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)


def test_that_words_no_command_fits_are_answered_in_words(palette: Palette) -> None:
    palette.field.setText("zzzqqq")
    assert palette.shown() == []
    assert palette.nothing.isVisible()
    assert palette.nothing.text() == "No command fits these words."
    assert not palette.list.isVisible()
    palette.field.setText("snapshot")
    assert palette.list.isVisible()
    assert not palette.nothing.isVisible()


def test_that_what_cannot_be_done_now_comes_last_and_does_nothing(
    owner: QWidget, actions: Actions
) -> None:
    actions.export.setEnabled(False)
    palette = Palette(actions.groups, owner)
    palette.open_over(owner)
    assert palette.shown()[-1] == actions.export.text()
    QTest.keyClicks(palette.field, "export")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.close()


def test_that_no_two_commands_share_a_key(actions: Actions) -> None:
    keys = [
        one.toString()
        for group in actions.groups.values()
        for action in group
        for one in ([] if action is actions.find else action.shortcuts())
    ]
    assert len(keys) == len(set(keys))


def test_that_every_key_is_on_the_cheat_sheet(actions: Actions, owner: QWidget) -> None:
    lines = {what: keys for _, section in sections_of(actions.groups) for keys, what in section}
    assert lines["Command palette"] == "Ctrl+K"
    assert lines["Keyboard and mouse"] == "F1  or  ?"
    assert lines["show that instant"] == "Click or drag on the axis"
    assert lines["orbit"] == "Left drag, arrows"
    assert lines["choose all"] == "Ctrl+A"
    assert lines["zoom to the pointer, middle"] == "Wheel, + and −"
    assert lines["first, last, all"] == "Home, End, Ctrl+A"
    sheet = CheatSheet(actions.groups, owner)
    sheet.show()
    assert sheet.sizeHint().height() < 720
    assert sheet.sizeHint().width() < 1300
    sheet.close()


def test_that_of_commands_that_fit_alike_the_one_that_begins_so_is_first(owner: QWidget) -> None:
    names = ("Show compare", "Compare two moments")
    palette = Palette({"View": [QAction(name, owner) for name in names]}, owner)
    palette.field.setText("compare")
    assert palette.shown() == ["Compare two moments", "Show compare"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dark", "Dark theme"),
        ("save", "Take a snapshot"),
        ("delete", "Delete the chosen snapshots"),
        ("fullscreen", "Full screen"),
        ("graph", "Monitor"),
        ("filter", "Search the hierarchy"),
        ("hide time", "Show timeline"),
        ("orthographic", "Flat view, without perspective"),
        ("import", "Replay a recording\u2026"),
    ],
)
def test_that_a_command_is_found_by_words_its_title_lacks(
    owner: QWidget, actions: Actions, typed: str, found: str
) -> None:
    actions.fill(QMenuBar(owner), [QAction("Show timeline", owner)])
    palette = Palette(actions.groups, owner)
    palette.field.setText(typed)
    assert found in palette.shown()[:5]


def test_that_another_word_for_a_command_ranks_below_its_title() -> None:
    assert score("Take a snapshot", "save", ["save"]) == BY_ANOTHER_WORD
    assert score("Take a snapshot", "snap save", ["save"]) == BY_ANOTHER_WORD
    assert score("Take a snapshot", "ake hot") < score("Save snapshot", "take snap", ["take"])
    assert score("Take a snapshot", "ave", ["save"]) == -1


def test_that_a_title_comes_before_another_word_also_where_it_cannot_be_done_now(
    owner: QWidget, actions: Actions
) -> None:
    assert not actions.delete_chosen.isEnabled()
    palette = Palette(actions.groups, owner)
    palette.open_over(owner)
    QTest.keyClicks(palette.field, "delete")
    shown = palette.shown()
    assert shown[0] == actions.delete_chosen.text()
    assert {actions.retention.text(), actions.archives.text()} <= set(shown[1:])  # as clean up is
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()  # and did none of these
    palette.close()


def test_that_the_words_of_titles_come_before_menus_and_these_before_other_words(
    owner: QWidget,
) -> None:
    title, menu, word = (QAction(one, owner) for one in ("A hidden camera", "Fly", "Trails"))
    word.setObjectName("Fit the scene")  # for which "camera" stands too
    palette = Palette({"Help": [word], "Camera": [menu], "View": [title]}, owner)
    palette.field.setText("cam")
    assert palette.shown() == ["A hidden camera", "Fly", "Trails"]
    palette.field.setText("amera")  # begins nothing
    assert palette.shown() == ["A hidden camera"]


def test_that_all_words_are_those_of_a_command(wired: Wired) -> None:
    commands = [one for group in wired.window.actions_.groups.values() for one in group]
    assert set(WORDS) <= {title_of(action) for action in commands}


def test_that_a_command_is_called_and_found_as_ever_while_its_text_says_more(
    wired: Wired,
) -> None:
    actions = wired.window.actions_
    wired.window.undo_stack.push(Deed("creating a very long name", lambda: None, lambda: None))
    assert actions.undo.text() == "Undo creating a very long name"
    lines = [what for _, section in sections_of(actions.groups) for _, what in section]
    assert "Undo" in lines
    assert actions.undo.text() not in lines
    palette = Palette(actions.groups, wired.window)
    palette.field.setText("revert")
    assert palette.shown()[0] == actions.undo.text()


def test_that_letters_alone_find_a_command_only_where_words_find_none(
    palette: Palette, actions: Actions
) -> None:
    palette.field.setText("save")
    assert actions.snapshot.text() in palette.shown()
    assert actions.find.text() not in palette.shown()  # which has an s, an a, a v and an e
    palette.field.setText("srhi")
    assert actions.find.text() in palette.shown()
