"""Undo and redo of what a person decides, in the wired Studio."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.wired import Wired


def two_snapshots(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    for _ in range(2):
        wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)


def test_that_choosing_is_undone_and_redone(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    actions, session = wired.window.actions_, wired.session
    assert not actions.undo.isEnabled()
    first, second = (one.id for one in wired.window.timeline.timeline.summaries)
    session.choose([first])
    session.choose([first, second])
    assert actions.undo.text() == "Undo choosing 2 snapshots"
    said = wired.window.status.currentMessage
    actions.undo.trigger()
    assert list(session.chosen_snapshots) == [first]
    assert said() == "Undone: choosing 2 snapshots"
    actions.undo.trigger()
    assert not session.chosen_snapshots
    assert not actions.undo.isEnabled()
    assert said() == "Undone: choosing 1 snapshot"
    actions.redo.trigger()
    actions.redo.trigger()
    assert said() == "Done again: choosing 2 snapshots"
    assert session.chosen_snapshots == (first, second)


def test_that_an_epoch_made_is_undone_with_its_choice(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    chosen = tuple(one.id for one in wired.window.timeline.timeline.summaries)
    wired.session.choose(chosen)
    wired.window.actions_.new_epoch.trigger()
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    QTest.keyClicks(dialog.name, "Walk")
    QTest.mouseClick(dialog.create_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 1)
    qtbot.waitUntil(lambda: wired.session.chosen_snapshots == ())
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: wired.lake.epochs() == [])
    assert wired.session.chosen_snapshots == chosen
    wired.window.actions_.redo.trigger()
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.epochs()] == ["Walk"])
    assert wired.session.chosen_snapshots == ()


def test_that_a_deleted_epoch_comes_back_with_what_it_held(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    chosen = [one.id for one in wired.window.timeline.timeline.summaries]
    epoch = wired.lake.create_epoch(chosen, "Walk", "a note")
    qtbot.waitUntil(lambda: wired.window.epochs.model.rowCount() == 1)
    wired.window.epochs.delete_requested.emit(epoch.id)
    qtbot.waitUntil(lambda: wired.lake.epochs() == [])
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 1)
    (back,) = wired.lake.epochs()
    assert (back.name, back.note, back.snapshot_ids) == ("Walk", "a note", epoch.snapshot_ids)
    assert back.content_hash == epoch.content_hash
    wired.window.actions_.redo.trigger()
    qtbot.waitUntil(lambda: wired.lake.epochs() == [])


def test_that_undo_and_redo_at_once_are_done_in_their_order(wired: Wired, qtbot: QtBot) -> None:
    two_snapshots(wired, qtbot)
    chosen = [one.id for one in wired.window.timeline.timeline.summaries]
    epoch = wired.lake.create_epoch(chosen, "Walk")
    qtbot.waitUntil(lambda: wired.window.epochs.model.rowCount() == 1)
    wired.window.epochs.delete_requested.emit(epoch.id)
    for _ in range(3):
        wired.window.actions_.undo.trigger()
        wired.window.actions_.redo.trigger()
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.epochs()] == ["Walk"])
    qtbot.wait(300)
    assert len(wired.lake.epochs()) == 1
