"""Getting to another lake: an address is left for only once it was found good."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lake_core.store.embedded import EmbeddedPostgres
from studio.lakes import RecentLakes, Visit
from studio.opening import Opening
from studio.panels.address_dialog import AddressDialog
from studio.panels.palette import Palette
from tests.gui.person import Person
from tests.gui.wired import Wired

AWAY = "postgresql://nobody:hush@127.0.0.1:1/none?password=hush"


@pytest.fixture
def opening(wired: Wired, tmp_path: Path) -> Opening:
    recent = RecentLakes(tmp_path / "recent.ini")
    return Opening(wired.window, recent, Visit(wired.lake.settings), wired.desk.workers)


def test_that_lakes_opened_before_are_in_the_file_menu(
    wired: Wired, tmp_path: Path, qtbot: QtBot
) -> None:
    menu = wired.window.actions_.recent
    assert not menu.menuAction().isVisible()
    recent = RecentLakes(tmp_path / "recent.ini")
    for folder in (wired.lake.settings.data_dir, tmp_path / "two", tmp_path / "three"):
        recent.remember(folder)
    Opening(wired.window, recent, Visit(wired.lake.settings), wired.desk.workers)
    assert menu.menuAction().isVisible()
    assert menu.menuAction() in _menu(wired, "&File").actions()
    offered = [f"Open {tmp_path / name}" for name in ("three", "two")]  # not the one that is open
    assert [one.text() for one in menu.actions()] == offered
    with qtbot.waitSignal(wired.window.lake_requested) as asked:
        menu.actions()[1].trigger()
    assert asked.args == [tmp_path / "two"]


def _menu(wired: Wired, title: str) -> QMenu:
    return next(one for one in wired.window.findChildren(QMenu) if one.title() == title)


def enter(opening: Opening, address: str) -> AddressDialog:
    if opening.dialog is None:
        opening._window.actions_.open_database.trigger()
    dialog = opening.dialog
    assert dialog is not None
    dialog.address.setText(address)
    dialog.open_button.click()
    return dialog


def press_return() -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return)


@pytest.mark.parametrize("by_palette", [False, True])
@pytest.mark.parametrize("command", ["attach", "open_database"])
def test_that_the_keyboard_writes_into_the_first_field_of_a_dialog(
    wired: Wired, opening: Opening, qtbot: QtBot, command: str, by_palette: bool
) -> None:
    action = getattr(wired.window.actions_, command)
    person = Person(wired.window, qtbot)
    if by_palette:
        person.press("Ctrl+K")
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), Palette))
        person.types(action.text().rstrip("…"))
        press_return()
    else:
        action.trigger()
    dialog = opening.dialog or opening.joining.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    press_return()  # says nothing yet
    assert dialog.open_button.isEnabled()
    assert not dialog.state.isVisible()
    person.types("there")
    field = dialog.address if isinstance(dialog, AddressDialog) else dialog.url
    assert field.text() == "there"


def test_that_an_address_that_does_not_answer_leaves_the_window_on_its_lake(
    wired: Wired, opening: Opening, qtbot: QtBot
) -> None:
    left: list[object] = []
    wired.window.lake_requested.connect(left.append)
    dialog = enter(opening, AWAY)
    assert dialog.state.text() == "Trying postgresql://nobody@127.0.0.1:1/none…"
    assert not dialog.open_button.isEnabled()
    qtbot.waitUntil(dialog.open_button.isEnabled, timeout=15_000)
    told = dialog.state.text()
    assert "postgresql://nobody@127.0.0.1:1/none cannot be opened" in told
    assert "refused" in told
    assert "hush" not in told
    assert dialog.isVisible()
    assert left == []
    wired.send_scene()  # the lake is as it was
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1", "e2"])


@pytest.mark.parametrize("address", ["postgresql:/me:hush@there", "postgresql://me:hush@h:p%zz/x"])
def test_that_what_is_no_address_is_said_without_repeating_it(
    opening: Opening, address: str
) -> None:
    told = enter(opening, address).state.text()
    assert told.startswith("That is no PostgreSQL address")
    assert "hush" not in told


def test_that_giving_up_leaves_the_window_where_it_is(
    wired: Wired, opening: Opening, database_url: str
) -> None:
    left: list[object] = []
    wired.window.lake_requested.connect(left.append)
    dialog = enter(opening, database_url)
    dialog.cancel_button.click()
    assert opening.dialog is None
    opening._go(dialog, database_url)  # that it answers comes too late
    assert left == []


def test_that_an_address_that_answers_is_gone_to(
    wired: Wired, opening: Opening, postgres: EmbeddedPostgres, qtbot: QtBot
) -> None:
    name = "another_lake"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            address = make_conninfo(postgres.url, dbname=name)
            with qtbot.waitSignal(wired.window.lake_requested, timeout=15_000) as asked:
                dialog = enter(opening, address)
            assert asked.args == [address]
            assert not dialog.isVisible()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
