"""The tour: four steps, each beside what it is about, seen once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.commands import show_around_once, start_tour
from studio.panels.tour import Tour
from tests.gui.wired import Wired


def shown(wired: Wired) -> Tour:
    tour = wired.window.findChild(Tour)
    assert isinstance(tour, Tour)
    return tour


def test_that_the_tour_has_four_steps_and_goes_by_keys(wired: Wired, qtbot: QtBot) -> None:
    wired.window.actions_.tour.trigger()
    tour, headings = shown(wired), []
    for _ in range(4):
        headings.append(tour.heading)
        assert tour.rect().contains(tour._card.geometry())
        assert tour._hole().isValid()
        QTest.keyClick(tour, Qt.Key.Key_Return)
    assert len(set(headings)) == 4
    assert not tour.isVisible()
    assert wired.window.memory.text("tour", "") == "seen"


def test_that_one_may_go_back_or_leave(wired: Wired, qtbot: QtBot) -> None:
    tour = start_tour(wired.window)
    first = tour.heading
    QTest.mouseClick(tour.next_button, Qt.MouseButton.LeftButton)
    assert tour.heading != first
    QTest.keyClick(tour, Qt.Key.Key_Left)
    assert tour.heading == first
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert not tour.isVisible()


def test_that_asking_for_it_again_begins_it_anew_and_adds_no_second(
    wired: Wired, qtbot: QtBot
) -> None:
    tour = start_tour(wired.window)
    first = tour.heading
    QTest.keyClick(tour, Qt.Key.Key_Return)
    wired.window.actions_.tour.trigger()
    assert wired.window.findChildren(Tour) == [tour]
    assert tour.heading == first


def test_that_it_comes_by_itself_once_and_never_again(wired: Wired, qtbot: QtBot) -> None:
    show_around_once(wired.window, wired.scene)
    assert wired.window.findChild(Tour) is None
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.window.findChild(Tour) is not None)
    QTest.mouseClick(shown(wired).skip_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: wired.window.findChild(Tour) is None)
    show_around_once(wired.window, wired.scene)
    wired.send("entity", space_name="lab", entity={"id": "late"})
    qtbot.waitUntil(lambda: wired.scene.entity_count == 4)
    qtbot.wait(1200)
    assert wired.window.findChild(Tour) is None


def test_that_it_stays_above_panels_that_open_meanwhile(wired: Wired, qtbot: QtBot) -> None:
    tour = start_tour(wired.window)
    wired.window.resize(1100, 700)
    wired.window.show_panel("Compare")
    qtbot.wait(50)
    middle = wired.window.diff.mapTo(wired.window, wired.window.diff.rect().center())
    assert wired.window.childAt(middle) in (tour, *tour.findChildren(QWidget))
