"""What people and engines call things is read in menus as it was written: an & is no key there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from lake_core.scene.model import Bookmark
from studio.lakes import RecentLakes, Visit
from studio.models.moments import NOW, bookmark_moment
from studio.models.plain_values import as_read, keyless
from studio.opening import Opening
from studio.panels.palette import Palette
from studio.panels.rule_fields import RuleFields
from studio.panels.tag_field import TagField
from studio.panels.timeline_paint import AXIS, GUTTER
from studio.undoing import Deed
from tests.gui.wired import Wired

NAME = "R&D"


class Worded(Protocol):
    """A button or an entry of a menu."""

    def text(self) -> str:
        """What Qt makes a text and a key of."""


def read_in(worded: Iterable[Worded]) -> list[str]:
    """What a person reads in those that hold the name; none of them may have a key."""
    texts = [one.text() for one in worded if "D" in one.text() and "R" in one.text()]
    assert [text for text in texts if not QKeySequence.mnemonic(text).isEmpty()] == []
    return [as_read(text) for text in texts]


@pytest.fixture
def bookmark(wired: Wired, qtbot: QtBot) -> Bookmark:
    wired.send("entity", space_name=NAME, entity={"id": "a", "parameters": {NAME: 1.5}})
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    return wired.lake.add_bookmark(NAME, datetime.now(UTC), NAME)


def test_that_a_lake_opened_before_is_read_as_its_folder_is_called(
    wired: Wired, tmp_path: Path
) -> None:
    recent = RecentLakes(tmp_path / "recent.ini")
    recent.remember(tmp_path / NAME)
    recent.remember_server(f"http://127.0.0.1:7000/{NAME}")
    Opening(wired.window, recent, Visit(wired.lake.settings), wired.desk.workers)
    told = read_in(wired.window.actions_.recent.actions())
    assert told == [f"Open {tmp_path / NAME}", f"Attach to http://127.0.0.1:7000/{NAME}"]


def test_that_bookmarks_are_read_as_noted_wherever_they_are_offered(
    wired: Wired, bookmark: Bookmark
) -> None:
    window, moment = wired.window, bookmark_moment(bookmark)
    window.timeline.view.show_bookmarks([bookmark])
    window.show_panel("Compare")
    window.diff.compare_requested.emit(moment, NOW)
    window.diff.choices_requested.emit()
    assert read_in([window.diff.before]) == [f"  From   {moment.label}"]
    assert moment.label in read_in(window.diff.before.menu().actions())
    view, at = window.timeline.view, bookmark.at.timestamp()
    view.navigator.move(view.window_shown.showing(at - 1.0, at + 1.0))
    flag = QPointF(GUTTER + view.window_shown.x_of(at) + 4, AXIS - 9).toPoint()
    QTest.mouseClick(view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, flag)
    [menu] = window.timeline.findChildren(QMenu, "TimelineMenu")
    assert read_in(menu.actions()) == [f"Show {moment.label}"]
    menu.close()


def test_that_the_palette_reads_and_finds_names_as_they_are(
    wired: Wired, bookmark: Bookmark
) -> None:
    window = wired.window
    window.timeline.view.show_bookmarks([bookmark])
    window.save_layout(NAME)
    window.actions_.palette.trigger()
    palette = window.findChildren(Palette)[-1]
    palette.field.setText(NAME)
    label = bookmark_moment(bookmark).label
    expected = {f"Show space {NAME}", f"Layout {NAME}", f"Show bookmark {label}"}
    assert expected <= set(palette.shown())
    palette.close()


def test_that_undo_and_redo_read_what_they_are_of_as_it_is_called(wired: Wired) -> None:
    window = wired.window
    window.undo_stack.push(Deed(f"creating {NAME}", lambda: None, lambda: None))
    assert read_in([window.actions_.undo]) == [f"Undo creating {NAME}"]
    window.actions_.undo.trigger()
    assert window.status.currentMessage() == f"Undone: creating {NAME}"
    assert read_in([window.actions_.redo]) == [f"Redo creating {NAME}"]


def test_that_parameters_spaces_and_tags_are_read_as_they_are_called(
    wired: Wired, bookmark: Bookmark, qtbot: QtBot
) -> None:
    legend = wired.window.scene.legend
    [entry] = [one for one in legend.colour_menu().actions() if as_read(one.text()) == NAME]
    assert read_in([entry]) == [NAME]
    entry.trigger()
    assert read_in([legend.title]) == [NAME]
    rules, tags = RuleFields(), TagField(300)
    for widget in (rules, tags):
        qtbot.addWidget(widget)
    rules.show_spaces([NAME], NAME)
    assert rules.spaces() == (NAME,)
    assert read_in(rules._spaces.values()) == [NAME]
    QTest.keyClicks(tags.field, NAME)
    QTest.keyClick(tags.field, Qt.Key.Key_Return)
    assert tags.tags == [NAME]
    assert read_in(tags.findChildren(QToolButton)) == [NAME]


@pytest.mark.parametrize("name", ["R&D", "a & b && c", "tab\tand\nline"])
def test_that_a_text_without_keys_is_read_as_it_was(name: str) -> None:
    assert as_read(keyless(name)) == name.replace("\t", " ").replace("\n", " ")
    assert QKeySequence.mnemonic(keyless(name)).isEmpty()
