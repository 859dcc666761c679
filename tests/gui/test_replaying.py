"""A recording dropped on the window, replayed through a real server over the same lake."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from server.app import RunningServer, start_server
from studio.models.comparison import Kind
from studio.models.moments import Moment
from studio.replaying import Replaying
from tests.gui.wired import Wired


@pytest.fixture
def listening(wired: Wired) -> Iterator[Wired]:
    """The wired Studio with its door open, on a loop in a thread of its own."""
    started: Future[RunningServer] = Future()
    loop = asyncio.new_event_loop()

    async def start() -> None:
        started.set_result(await start_server(wired.lake, "127.0.0.1", 0))

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(start())
            loop.run_forever()

    thread = threading.Thread(target=run, name="door")
    thread.start()
    server = started.result(30)
    wired.window.status.show_address(server.url)
    yield wired
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


def write(folder: Path, *operations: Mapping[str, object]) -> Path:
    path = folder / "walk.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in operations) + "\n")
    return path


def drop(wired: Wired, path: Path) -> QDropEvent:
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    told = (
        Qt.DropAction.CopyAction,
        files,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enters = QDragEnterEvent(QPointF(200, 200).toPoint(), *told)
    QApplication.sendEvent(wired.window, enters)
    event = QDropEvent(QPointF(200, 200), *told)
    if enters.isAccepted():
        QApplication.sendEvent(wired.window, event)
    else:
        event.ignore()
    return event


def answer(wired: Wired, words: str) -> None:
    box = wired.window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    next(one for one in box.findChildren(QPushButton) if one.text() == words).click()


def test_that_a_dropped_recording_becomes_a_space(
    listening: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    replaying = Replaying(listening.desk)
    path = write(
        tmp_path,
        *({"op": "entity", "t": at / 100, "entity": {"id": f"e{at}"}} for at in range(20)),
    )
    drop(listening, path)
    answer(listening, "As fast as it goes")
    assert replaying.is_running
    qtbot.waitUntil(lambda: listening.session.space_name == "walk", timeout=10_000)
    qtbot.waitUntil(lambda: listening.scene.entity_count == 20)
    qtbot.waitUntil(lambda: not replaying.is_running)
    assert "20 operations" in listening.window.status.currentMessage()


def test_that_what_is_replayed_is_shown_whatever_was_looked_at(
    listening: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    listening.send_scene("before")
    qtbot.waitUntil(lambda: listening.session.space_name == "before")
    replaying = Replaying(listening.desk)
    path = write(tmp_path, {"op": "entity", "space_name": "its own", "entity": {"id": "a"}})
    replaying.start(path, None)
    qtbot.waitUntil(lambda: listening.session.space_name == "its own", timeout=10_000)
    qtbot.waitUntil(lambda: not replaying.is_running)


def test_that_the_recorded_walk_is_replayed_compared_and_told(
    listening: Wired, qtbot: QtBot, shared_data: Path
) -> None:
    replaying = Replaying(listening.desk)
    replaying.start(shared_data / "stream_male_walking.jsonl", None)
    qtbot.waitUntil(lambda: not replaying.is_running, timeout=30_000)
    assert "refused" not in listening.window.status.currentMessage()
    space = listening.session.space_name
    qtbot.waitUntil(lambda: listening.scene.entity_count > 50)
    now, first = datetime.now(UTC), listening.lake.change_moments(space, 0, 1_000_000)[0][0]
    wished = Moment("first", first), Moment("last", now)
    listening.window.timeline.compare_requested.emit(*wished)
    panel = listening.window.diff
    qtbot.waitUntil(lambda: bool(panel.model.rows), timeout=10_000)
    moved = [
        row for row in panel.model.rows if Kind.MOVED in row.kinds or row.kinds[0] is Kind.ADDED
    ]
    assert len(moved) > 10
    listening.session.select(moved[0].entity_id)
    rows = listening.window.inspector.model
    qtbot.waitUntil(lambda: any(row.instant for row in rows.rows))


def test_that_what_is_no_recording_is_told_with_its_line(
    listening: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    replaying = Replaying(listening.desk)
    path = write(tmp_path, {"op": "entity", "space_name": "lab", "entity": {"id": "a"}})
    with path.open("a") as file:
        file.write("not an operation\n")
    replaying.start(path, None)
    qtbot.waitUntil(lambda: "line 2" in listening.window.banner.text, timeout=10_000)
    assert "walk.jsonl" in listening.window.banner.text
    assert "the one before it is kept" in listening.window.banner.text
    assert not replaying.is_running


def test_that_a_replay_is_stopped_and_keeps_what_was_sent(
    listening: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    replaying = Replaying(listening.desk)
    lines = ({"op": "entity", "t": at * 9.0, "entity": {"id": f"e{at}"}} for at in range(50))
    replaying.start(write(tmp_path, *lines), 1.0)
    qtbot.waitUntil(lambda: listening.session.space_name == "walk", timeout=10_000)
    listening.window.actions_.replay.trigger()
    answer(listening, "Go on")
    qtbot.waitUntil(lambda: listening.window.findChild(QMessageBox) is None)
    assert replaying.is_running
    listening.window.actions_.replay.trigger()
    assert replaying.is_running  # it is asked first
    answer(listening, "Stop the replay")
    qtbot.waitUntil(lambda: not replaying.is_running)
    assert "stopped" in listening.window.status.currentMessage()
    qtbot.waitUntil(lambda: listening.scene.entity_count >= 1)


def test_that_without_an_address_one_is_told_why(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    replaying = Replaying(wired.desk)
    replaying.start(write(tmp_path, {"op": "entity", "entity": {"id": "a"}}), None)
    assert "does not listen" in wired.window.banner.text


def test_that_other_files_are_not_taken(wired: Wired, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    assert not drop(wired, path).isAccepted()
    assert wired.window.findChild(QMessageBox) is None
