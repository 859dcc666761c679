"""The window itself: how small it goes, and what it remembers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QLabel,
    QMenu,
    QMenuBar,
    QTableView,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from studio.commands import wire_commands
from studio.memory import Memory, own_folder
from studio.models.scene_model import SceneModel
from studio.panels.palette import Palette
from studio.session import Session
from studio.theme import THEME
from studio.window import StudioWindow
from tests.gui.test_epochs import epoch

TAB = Qt.FocusPolicy.TabFocus
HEADS = ("File", "Edit", "View", "Scene", "Time", "Snapshot", "Upkeep", "Help")


def make(qtbot: QtBot, folder: Path, session: Session | None = None) -> StudioWindow:
    window = StudioWindow(session or Session(), SceneModel(), folder)
    qtbot.addWidget(window)
    window.show()
    return window


def test_that_the_window_goes_down_to_900_by_600_with_all_panels_open(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = make(qtbot, tmp_path)
    window.resize(900, 600)
    assert window.size() == QSize(900, 600)
    assert window.welcome.isVisible()
    window.show_scene(True)
    window.show_panel("Compare")
    window.show_monitor(True)
    qtbot.wait(1)
    assert window.size() == QSize(900, 600)
    assert window.minimumSizeHint().width() <= 900
    assert window.minimumSizeHint().height() <= 600


def test_that_the_epochs_cannot_be_narrowed_until_a_name_of_a_figure_is_cut(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = make(qtbot, tmp_path)
    window.resize(900, 600)
    window.epochs.show_epochs([epoch("Walk", 1)])
    window.resizeDocks([window._docks["Inspector"]], [100], Qt.Orientation.Horizontal)
    qtbot.wait(1)
    window.grab()
    cells = {name.text(): (name, value) for name, value in window.epochs._figures._cells}
    assert "Connections" in cells
    cut = {words for words, (name, _) in cells.items() if name.width() < name.sizeHint().width()}
    assert cut == set()
    assert cells["Samples"][1].text() == "1,234"
    assert window.epochs.width() < 300


def test_that_panels_share_a_place_by_tabs_and_say_their_name_once(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = make(qtbot, tmp_path)
    assert window.diff.head._title.isVisibleTo(window.diff.head)
    window.show_panel("Compare")
    assert window.tabifiedDockWidgets(window._docks["Compare"]) == [window._docks["Hierarchy"]]
    assert not window.diff.head._title.isVisibleTo(window.diff.head)
    window._docks["Hierarchy"].hide()
    assert window.diff.head._title.isVisibleTo(window.diff.head)


def test_that_the_layout_is_remembered_and_reset(qtbot: QtBot, tmp_path: Path) -> None:
    first = make(qtbot, tmp_path)
    first._docks["Epochs"].hide()
    first.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first._docks["Inspector"])
    first.remember()
    first.memory.settle()
    second = make(qtbot, tmp_path)
    assert second._docks["Epochs"].isHidden()
    place = second.dockWidgetArea(second._docks["Inspector"])
    assert place == Qt.DockWidgetArea.LeftDockWidgetArea
    second.reset_layout()
    assert not second._docks["Epochs"].isHidden()
    place = second.dockWidgetArea(second._docks["Inspector"])
    assert place == Qt.DockWidgetArea.RightDockWidgetArea


def test_that_an_old_comparison_does_not_hide_the_hierarchy_of_the_next_day(
    qtbot: QtBot, tmp_path: Path
) -> None:
    first = make(qtbot, tmp_path)
    first.show_panel("Compare")
    qtbot.waitUntil(lambda: first.hierarchy.visibleRegion().isEmpty())
    first.remember()
    first.memory.settle()
    second = make(qtbot, tmp_path)
    qtbot.waitUntil(lambda: not second.hierarchy.visibleRegion().isEmpty())
    assert second._docks["Compare"].isHidden()


def test_that_broken_settings_are_as_none(qtbot: QtBot, tmp_path: Path) -> None:
    broken = b"[General\nlayout=@ByteArray(\x00\xff\nthe\x00me=\xfe"
    (tmp_path / "studio.ini").write_bytes(broken)
    (own_folder() / "studio.ini").parent.mkdir(parents=True)
    (own_folder() / "studio.ini").write_bytes(broken)
    window = make(qtbot, tmp_path)
    assert not window._docks["Epochs"].isHidden()
    window.remember()
    window.memory.settle()
    assert make(qtbot, tmp_path).isVisible()


def test_that_layouts_are_saved_by_name_and_found_by_the_palette(
    qtbot: QtBot, tmp_path: Path
) -> None:
    session = Session()
    window = make(qtbot, tmp_path, session)
    wire_commands(window, session)
    window._docks["Epochs"].hide()
    window.actions_.save_layout.trigger()
    dialog = window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    dialog.textValueSelected.emit("Wide / calm")
    dialog.reject()
    window.reset_layout()
    assert not window._docks["Epochs"].isHidden()
    window.actions_.palette.trigger()
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    palette.field.setText("layout wide")
    assert palette.shown()[0] == "Layout Wide   calm"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window._docks["Epochs"].isHidden()


def test_that_theme_layouts_and_tour_are_the_persons_and_a_space_is_the_lakes(
    qtbot: QtBot, tmp_path: Path
) -> None:
    one = make(qtbot, tmp_path / "one")
    one._docks["Epochs"].hide()
    one.save_layout("Calm")
    one.memory.keep(tour="seen", theme="light")
    one.remember_space("lab")
    one.memory.settle()
    other = Memory(tmp_path / "other")
    assert (other.text("tour", ""), other.text("theme", "dark")) == ("seen", "light")
    assert list(other.layouts()) == ["Calm"]
    assert other.text("space", "") == ""
    assert Memory(tmp_path / "one").text("space", "") == "lab"


def test_that_what_was_kept_with_a_lake_is_taken_over_once_and_what_is_newer_stays(
    tmp_path: Path,
) -> None:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "studio.ini").write_text(
        "[General]\ntheme=light\ntour=seen\nspace=lab\n[layouts]\nCalm=@ByteArray(abc)\n"
    )
    memory = Memory(tmp_path)
    memory.keep(theme="dark")
    memory.take_over()
    assert (memory.text("theme", ""), memory.text("tour", "")) == ("dark", "seen")
    assert (memory.text("space", ""), list(memory.layouts())) == ("lab", ["Calm"])
    memory.settle()
    again = Memory(tmp_path / "another")
    assert (again.text("theme", ""), list(again.layouts())) == ("dark", ["Calm"])
    assert (tmp_path / "studio.ini").read_text().split() == ["[General]", "space=lab"]


def test_that_settings_kept_in_quick_turns_are_all_written(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    for turn in range(200):
        memory.keep(space=f"lab{turn}", theme=f"theme{turn % 3}")
    memory.settle()
    again = Memory(tmp_path)
    assert (again.text("space", ""), again.text("theme", "")) == ("lab199", "theme1")


def test_that_what_was_arranged_survives_a_bad_end(qtbot: QtBot, tmp_path: Path) -> None:
    window = make(qtbot, tmp_path)
    window._saving.setInterval(10)
    window._docks["Timeline"].hide()
    qtbot.waitUntil(lambda: (own_folder() / "studio.ini").exists())
    window._saving.stop()  # nothing more is told to it
    window.memory.settle()  # though the file is there, it may yet be growing
    assert make(qtbot, tmp_path)._docks["Timeline"].isHidden()


def test_that_every_menu_opens_by_alt_and_a_letter_of_its_own(qtbot: QtBot, tmp_path: Path) -> None:
    window = make(qtbot, tmp_path)
    menus = [one for one in window.findChildren(QMenu) if one.title().replace("&", "") in HEADS]
    letters = [menu.title().partition("&")[2][:1].lower() for menu in menus]
    assert len(menus) == len(HEADS)
    assert len(set(letters)) == len(letters)
    assert "" not in letters


def test_that_the_products_name_gives_way_whole_where_the_menus_need_its_room(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = make(qtbot, tmp_path)
    name = next(one for one in window.findChildren(QLabel) if one.text() == "Eustress Lake")
    menus = window.findChild(QMenuBar)
    assert isinstance(menus, QMenuBar)

    def gap() -> int:
        return menus.mapTo(window, menus.rect().topLeft()).x()

    window.resize(1440, 700)
    qtbot.waitUntil(lambda: name.isVisible() and gap() > name.width())
    window.resize(900, 700)
    qtbot.waitUntil(lambda: not name.isVisible() and gap() < 60)
    window.resize(1440, 700)
    qtbot.waitUntil(name.isVisible)


def test_that_a_panel_that_is_asked_for_comes_before_those_it_shares_its_place_with(
    qtbot: QtBot, tmp_path: Path
) -> None:
    window = make(qtbot, tmp_path)
    window._docks["Compare"].toggleViewAction().trigger()
    qtbot.waitUntil(lambda: not window.diff.visibleRegion().isEmpty())
    assert window.hierarchy.visibleRegion().isEmpty()


def test_that_the_whole_screen_is_taken_and_given_back(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session()
    window = make(qtbot, tmp_path, session)
    wire_commands(window, session)
    action = window.actions_.full_screen
    action.trigger()
    assert window.isFullScreen()
    assert action.isChecked()
    window.showNormal()  # as the desktop may
    qtbot.waitUntil(lambda: not action.isChecked())
    action.trigger()
    action.trigger()
    assert not window.isFullScreen()


def test_that_tab_goes_on_from_every_table(qtbot: QtBot, tmp_path: Path) -> None:
    window = make(qtbot, tmp_path)
    tables = [one for one in window.findChildren(QTableView) if one.focusPolicy() & TAB]
    assert window.hierarchy.view in tables
    assert not [one.accessibleName() for one in tables if one.tabKeyNavigation()]


def test_that_tab_goes_from_the_search_to_what_it_found(qtbot: QtBot, tmp_path: Path) -> None:
    hierarchy = make(qtbot, tmp_path).hierarchy
    hierarchy.focus_search()
    for widget in (hierarchy.sacred, hierarchy.view):
        QTest.keyClick(hierarchy.focusWidget(), Qt.Key.Key_Tab)
        assert hierarchy.focusWidget() is widget


def test_that_the_timeline_is_framed_for_who_comes_to_it_by_key(
    qtbot: QtBot, tmp_path: Path
) -> None:
    view = make(qtbot, tmp_path).timeline.view

    def corner_after(reason: Qt.FocusReason) -> str:
        QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusIn, reason))
        return view.grab().toImage().pixelColor(0, view.height() - 1).name()

    assert corner_after(Qt.FocusReason.MouseFocusReason) == THEME.panel
    assert corner_after(Qt.FocusReason.TabFocusReason) == THEME.accent
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert corner_after(Qt.FocusReason.MouseFocusReason) == THEME.panel


def test_that_the_buttons_of_the_panels_hide_and_show_them(qtbot: QtBot, tmp_path: Path) -> None:
    window = make(qtbot, tmp_path)
    for tip, names in (
        ("Hierarchy", ["Hierarchy"]),
        ("Timeline", ["Timeline"]),
        ("Inspector and epochs", ["Inspector", "Epochs"]),
    ):
        button = next(
            one
            for one in window.findChildren(QToolButton)
            if one.accessibleName() == f"Show or hide: {tip}"
        )
        for is_hidden in (True, False):
            button.click()
            assert [window._docks[name].isHidden() for name in names] == [is_hidden] * len(names)
            assert button.isChecked() is not is_hidden
