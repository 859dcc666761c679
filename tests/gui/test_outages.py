"""What a person is told while PostgreSQL hangs or is away, and what comes right by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lake_core.store.embedded import EmbeddedPostgres
from studio.panels.bookmark_dialog import BookmarkDialog
from tests.conftest import fresh_database
from tests.gui.wired import Wired
from tests.integration.conftest import Served, serve
from tests.integration.line import Line

PATIENCE_MS = 30_000


@pytest.fixture
def line(postgres: EmbeddedPostgres, lake_template: str) -> Iterator[Line]:
    """The line to a database of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="line-", dir="/tmp"))  # a socket's path must be short
    with fresh_database(postgres, lake_template) as url:
        made = Line(folder, url)
        yield made
        made.close()
    shutil.rmtree(folder)


@pytest.fixture
def database_url(line: Line) -> str:
    """Through it the Studio reaches its lake."""
    return line.url


@pytest.fixture
def server(wired: Wired, tmp_path: Path) -> Iterator[Served]:
    """A server of the same lake, which writes what the window follows."""
    settings = replace(wired.lake.settings, data_dir=tmp_path / "server", port=0)
    with serve(settings) as running:
        running.ingest("batch", {"space_name": "lab", "entities": [{"id": "a"}, {"id": "b"}]})
        wired.feed.load_spaces()
        yield running


def flags(wired: Wired) -> list[str]:
    return [one.note for one in wired.window.timeline.view.bookmarks]


def show_lab(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: len(wired.tree()) == 3)


def add_bookmark(wired: Wired, note: str) -> None:
    space, at = wired.session.space_name, datetime.now(UTC)
    wired.desk.window.timeline.bookmark_requested.emit(at)
    assert space == "lab"
    dialog = wired.window.findChild(BookmarkDialog)
    assert dialog is not None
    dialog.note.setText(note)
    QTest.keyClick(dialog.note, Qt.Key.Key_Return)


def test_that_a_bookmark_that_failed_is_named_and_can_be_set_once_postgresql_is_back(
    wired: Wired, line: Line, qtbot: QtBot
) -> None:
    show_lab(wired, qtbot)
    banner = wired.window.banner
    line.hold()
    add_bookmark(wired, "here")
    qtbot.waitUntil(lambda: "The bookmark was not set" in banner.text, timeout=PATIENCE_MS)
    assert "PostgreSQL does not answer" in banner.text
    line.flow()
    qtbot.waitUntil(lambda: "PostgreSQL is back" in banner.text, timeout=PATIENCE_MS)
    assert wired.lake.bookmarks("lab") == []  # not behind anyone's back
    banner._deed.click()
    qtbot.waitUntil(lambda: flags(wired) == ["here"])
    assert not banner.isVisible()


def test_that_what_was_not_read_in_an_outage_is_read_behind_it_and_the_banner_goes(
    wired: Wired, line: Line, qtbot: QtBot
) -> None:
    show_lab(wired, qtbot)
    at = datetime.now(UTC)
    line.cut()
    qtbot.waitUntil(lambda: not wired.lake.database_answers(), timeout=PATIENCE_MS)
    wired.feed.start()
    qtbot.waitUntil(wired.window.banner.isVisible, timeout=PATIENCE_MS)
    assert "the past cannot be read until then" in wired.window.banner.text
    line.mend()
    qtbot.waitUntil(wired.lake.database_answers, timeout=PATIENCE_MS)
    wired.lake.add_bookmark("lab", at, "meanwhile")
    qtbot.waitUntil(lambda: flags(wired) == ["meanwhile"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not wired.window.banner.isVisible(), timeout=PATIENCE_MS)


def test_that_an_epoch_that_could_not_be_created_is_told_of_in_its_dialog(
    wired: Wired, line: Line, qtbot: QtBot
) -> None:
    show_lab(wired, qtbot)
    wired.lake.create_snapshot("lab").result(10)
    wired.session.choose(one.id for one in wired.lake.snapshots("lab"))
    wired.window.actions_.new_epoch.trigger()
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog._balance is not None)
    line.hold()
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.trouble.isVisible, timeout=PATIENCE_MS)
    assert "The epoch was not created: PostgreSQL does not answer" in dialog.trouble.text()
    line.flow()
    qtbot.waitUntil(lambda: not dialog.trouble.isVisible(), timeout=PATIENCE_MS)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 1)


def test_that_the_present_does_not_stand_in_for_a_past_that_no_one_can_read(
    wired: Wired, line: Line, qtbot: QtBot
) -> None:
    show_lab(wired, qtbot)
    line.hold()
    wired.session.show_instant(datetime.now(UTC) - timedelta(milliseconds=1))
    qtbot.waitUntil(lambda: wired.session.is_live, timeout=8_000)
    assert "That time cannot be shown: PostgreSQL does not answer" in wired.window.banner.text
    line.flow()
    qtbot.waitUntil(lambda: not wired.window.banner.isVisible(), timeout=PATIENCE_MS)
    wired.session.show_instant(datetime.now(UTC))
    qtbot.waitUntil(lambda: not wired.feed.travel.reader.is_reading, timeout=PATIENCE_MS)
    assert not wired.session.is_live


def mode(wired: Wired) -> str:
    return wired.window.status._mode.text()


def delete(server: Served, entity_id: str) -> None:
    server.ingest("entity/delete", {"space_name": "lab", "entity_id": entity_id})


def test_that_a_window_goes_on_following_behind_an_outage_and_says_meanwhile_of_when_it_is(
    wired: Wired, server: Served, line: Line, qtbot: QtBot
) -> None:
    banner = wired.window.banner
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    assert "Live" in mode(wired)
    line.cut()
    delete(server, "a")  # it rests in the server's spool
    qtbot.waitUntil(lambda: "As of " in mode(wired), timeout=PATIENCE_MS)
    assert "Live" not in mode(wired)
    assert wired.window.timeline.transport.live.text() == "Waiting"
    assert banner.isVisible()
    assert "What is shown is as of" in banner.text
    line.mend()
    qtbot.waitUntil(lambda: wired.tree() == ["b"], timeout=PATIENCE_MS)
    assert "Live" in mode(wired)
    assert wired.window.timeline.transport.live.text() == "Live"
    qtbot.waitUntil(lambda: not banner.isVisible(), timeout=PATIENCE_MS)
    delete(server, "b")
    qtbot.waitUntil(lambda: wired.tree() == [])
    assert not wired.lake.is_live("lab")  # the server has remained its writer


def test_that_a_window_whose_postgresql_hangs_says_of_when_it_is(
    wired: Wired, server: Served, line: Line, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    line.hold()
    qtbot.waitUntil(lambda: "As of " in mode(wired), timeout=PATIENCE_MS)
    line.flow()
    qtbot.waitUntil(lambda: "Live" in mode(wired), timeout=PATIENCE_MS)
    delete(server, "a")
    qtbot.waitUntil(lambda: wired.tree() == ["b"], timeout=PATIENCE_MS)


def test_that_in_an_outage_a_snapshot_of_what_a_server_writes_is_the_servers_to_keep(
    wired: Wired, server: Served, line: Line, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    wired.window.status.show_address(server.url, is_ours=False)
    line.cut()
    qtbot.waitUntil(lambda: not wired.lake.health().database_ok, timeout=PATIENCE_MS)
    delete(server, "a")
    wired.window.actions_.snapshot.trigger()
    qtbot.waitUntil(lambda: "The server keeps the snapshot" in wired.window.status.currentMessage())
    assert wired.lake.health().spooled == 0
    line.mend()
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1, timeout=PATIENCE_MS)
    (snapshot,) = wired.window.timeline.timeline.summaries
    assert snapshot.metadata.entity_count == 1


def test_that_a_snapshot_that_no_one_here_could_keep_is_refused_in_an_outage(
    wired: Wired, server: Served, line: Line, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    line.cut()
    qtbot.waitUntil(lambda: not wired.lake.health().database_ok, timeout=PATIENCE_MS)
    wired.window.actions_.snapshot.trigger()
    told = "No snapshot was taken: PostgreSQL does not answer. Try again when it is back."
    qtbot.waitUntil(lambda: wired.window.banner.text == told)
    line.mend()
    qtbot.waitUntil(lambda: not wired.window.banner.isVisible(), timeout=PATIENCE_MS)
    assert wired.lake.health().spooled == 0
