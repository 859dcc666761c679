"""The monitor in the wired Studio: opened by key, fed by the lake, gone again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.monitoring import LOOK_EVERY, _Doctor
from studio.panels.monitor_parts import HEADS, SpaceTable
from tests.gui.wired import Wired

HEALTH = ("Space", "Loops", "Orphans", "Same names", "Quality")


def cells(wired: Wired, row: int) -> dict[str, str]:
    model = wired.window.monitor.spaces.model()
    return {
        str(model.headerData(at, Qt.Orientation.Horizontal)): str(model.index(row, at).data())
        for at in range(model.columnCount())
    }


def test_that_the_monitor_tells_how_each_space_is(wired: Wired, qtbot: QtBot) -> None:
    wired.send(
        "batch",
        space_name="lab",
        entities=[{"id": "a"}, {"id": "b"}, {"id": "c", "name": "b"}],
        connections=[
            {"source_id": "a", "target_id": "b", "connection_type": "hierarchy"},
            {"source_id": "b", "target_id": "a", "connection_type": "hierarchy"},
            {"source_id": "x", "target_id": "c", "connection_type": "hierarchy"},
        ],
    )
    qtbot.waitUntil(lambda: wired.scene.entity_count == 3)
    wired.window.actions_.monitor.trigger()
    assert wired.window.monitor.isVisible()
    table = wired.window.monitor.spaces
    qtbot.waitUntil(lambda: table.rowCount() == 1 and cells(wired, 0)["Loops"] == "1")
    told = cells(wired, 0)
    assert {name: told[name] for name in HEALTH[:3]} == {
        "Space": "lab",
        "Loops": "1",
        "Orphans": "1",
    }
    qtbot.waitUntil(lambda: len(wired.window.monitor.alarms.words) == 2)
    assert any("closes a loop" in words for words in wired.window.monitor.alarms.words)


def test_that_a_quiet_space_has_its_turn_beside_a_busy_one(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.monitoring.LOOK_FOR", 0.0)  # one space a look
    wired.send_scene("quiet")
    doctor, told = _Doctor(wired.lake), []
    for turn in range(3 * LOOK_EVERY):
        wired.send_scene("busy", 10 * (turn + 1))
        if turn == LOOK_EVERY:
            loop = {"source_id": "e1", "target_id": "e0", "connection_type": "hierarchy"}
            wired.send("connection", space_name="quiet", connection=loop)
        with ThreadPoolExecutor(1) as worker:
            report = worker.submit(doctor.look).result(10)
        told.append({one.space_name: one for one in report.spaces})
    assert told[0]["quiet"].loops == 0
    assert told[-1]["quiet"].loops == 1
    assert told[-1]["busy"].quality >= 0.0


def test_that_many_small_spaces_are_known_at_once(wired: Wired) -> None:
    for at in range(6):
        wired.send_scene(f"space{at}")
    with ThreadPoolExecutor(1) as worker:
        report = worker.submit(_Doctor(wired.lake).look).result(10)
    assert [one.orphans for one in report.spaces] == [0] * 6


def test_that_a_narrow_monitor_keeps_the_columns_of_faults(qtbot: QtBot) -> None:
    table = SpaceTable()
    qtbot.addWidget(table)
    table.show()
    for width in (1000, 700, 500, 380):
        table.resize(width, 200)
        for head in ("Space", "Pauses", "Loops", "Orphans"):
            assert not table.isColumnHidden(HEADS.index(head))


def test_that_the_scene_stands_behind_the_monitor(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.window.shows_scene)
    wired.window.status.monitor_requested.emit()
    assert wired.window.shows_monitor
    assert wired.window.actions_.monitor.isChecked()
    wired.send("entity", space_name="lab", entity={"id": "late"})
    qtbot.waitUntil(lambda: wired.scene.entity_count == 4)
    assert wired.window.shows_monitor
    wired.window.actions_.monitor.trigger()
    assert wired.window.scene.isVisible()
    wired.window.actions_.monitor.trigger()
    wired.session.focus("late")
    assert wired.window.scene.isVisible()
    assert not wired.window.actions_.monitor.isChecked()


def test_that_a_click_on_a_space_shows_it(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene("lab")
    wired.send_scene("other")
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    wired.window.actions_.monitor.trigger()
    table = wired.window.monitor.spaces
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    row = [cells(wired, at)["Space"] for at in range(2)].index("other")
    at = table.visualRect(table.model().index(row, 0)).center()
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at
    )
    assert wired.session.space_name == "other"


def test_that_a_plot_tells_the_value_under_the_pointer(wired: Wired, qtbot: QtBot) -> None:
    wired.window.actions_.monitor.trigger()
    plot = wired.window.monitor.events.plot
    plot.show_points([(0.0, 5.0), (50.0, 9.0)], (0.0, 100.0))
    canvas = plot.canvas.viewport()
    QTest.mouseMove(canvas, QPoint(canvas.width() * 3 // 4, canvas.height() // 2))
    qtbot.waitUntil(lambda: plot.told.startswith("9 events/s"))
