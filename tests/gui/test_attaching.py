"""A window attached to a server shows that server's figures, and tells when it is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from server.gate import LakeGate
from studio.app import attach
from studio.attached import serves
from studio.attaching import Attaching
from studio.door import Door
from studio.lakes import Server
from tests.conftest import fresh_database
from tests.gui.wired import Wired
from tests.integration.conftest import Served, serve
from tests.integration.outages import wait_for

SOON_MS = 100


@pytest.fixture
def server(wired: Wired, tmp_path: Path) -> Iterator[Served]:
    """A server over the database that the window looks at."""
    settings = replace(wired.lake.settings, data_dir=tmp_path / "server", port=0)
    with serve(settings) as running:
        yield running


def send(server: Served, count: int) -> None:
    entities = [{"id": f"e{at}"} for at in range(count)]
    server.ingest("batch", {"space_name": "lab", "entities": entities})


def shown(wired: Wired) -> str:
    status = wired.window.status
    return f"{status._address.text()} | {status._total.text()} | {status._queue._text.text()}"


def test_that_an_attached_window_shows_the_servers_figures(
    wired: Wired, server: Served, qtbot: QtBot
) -> None:
    wired.window.status.show_address(server.url, is_ours=False)
    assert wired.window.status._address.text() == f"attached to {server.url}"
    attaching = Attaching(wired.desk, server.url, SOON_MS)
    attaching.grew.connect(wired.feed.load_spaces)
    send(server, 30)  # into a space that nobody told this process of
    assert wired.lake.health().accepted_total == 0  # this process has stored nothing
    qtbot.waitUntil(lambda: "30 stored" in shown(wired))
    qtbot.waitUntil(lambda: wired.tree() == [f"e{at}" for at in range(30)])
    told = wired.session.server
    assert told is not None
    assert told.figures is not None
    assert told.figures.commits >= 1
    wired.window.actions_.monitor.trigger()
    assert wired.window.monitor.head.note.text() == f"of the server at {server.url}"
    qtbot.waitUntil(lambda: wired.window.monitor.events.figure.text() not in ("–", "0"))
    assert told.rates.keys() == {"lab"}
    attaching.end()
    assert wired.session.server is None


def test_that_a_server_of_this_lake_is_told_from_one_of_another_wherever_their_data_lies(
    wired: Wired, server: Served, postgres: EmbeddedPostgres, lake_template: str, tmp_path: Path
) -> None:
    def is_told_of(url: str) -> bool:
        return wired.desk.workers.submit(lambda: serves(url, None, wired.lake)).result(20)

    server.lake.begin_run("lake-server", "1", server.url)
    wait_for(lambda: len(wired.lake.runs()) == 1)
    assert is_told_of(server.url)
    with fresh_database(postgres, lake_template) as url:
        settings = Settings(data_dir=tmp_path / "else", database_url=url, port=0)
        with serve(settings) as other:
            other.lake.begin_run("lake-server", "1", server.url)
            wait_for(lambda: len(other.lake.runs()) == 1)
            assert not is_told_of(other.url)
    assert not is_told_of("http://127.0.0.1:1")


def test_that_a_space_another_server_writes_grows_on_the_timeline(
    wired: Wired, server: Served, qtbot: QtBot
) -> None:
    send(server, 3)
    wired.feed.load_spaces()
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1", "e2"])
    view = wired.window.timeline.view
    qtbot.waitUntil(lambda: view.history.seqs_between(0, 1e11)[1] == 3)
    send(server, 5)
    qtbot.waitUntil(lambda: view.history.seqs_between(0, 1e11)[1] == 5)


def test_that_an_attached_window_leaves_its_spaces_to_a_server_that_is_idle(
    wired: Wired, tmp_path: Path, qtbot: QtBot
) -> None:
    settings = replace(wired.lake.settings, data_dir=tmp_path / "server", port=0)
    with serve(settings) as before:
        send(before, 1)
    with serve(settings) as server:  # it has yet to take up what it wrote before
        door = Door(LakeGate(settings), wired.window)
        door.attach(Server(server.url))
        attaching = attach(wired.desk, door)
        wired.feed.load_spaces()
        qtbot.waitUntil(lambda: wired.tree() == ["e0"])
        send(server, 2)
        qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1"])
        wired.window.actions_.snapshot.trigger()
        qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
        assert not wired.lake.is_live("lab")
        attaching.end()


def test_that_figures_of_a_space_another_server_writes_are_right_behind_a_burst(
    wired: Wired, server: Served, qtbot: QtBot
) -> None:
    send(server, 1)
    wired.feed.load_spaces()
    qtbot.waitUntil(lambda: wired.tree() == ["e0"])
    qtbot.waitUntil(lambda: wired.feed._spaces.isActive())
    qtbot.wait(1_100)  # the list is read again in a moment
    for count in range(2, 31):
        send(server, count)
    chooser = wired.window.spaces
    qtbot.waitUntil(lambda: chooser._spaces["lab"].entities == 30)


def test_that_what_grew_while_the_past_was_looked_at_is_not_taken_for_one_burst(
    wired: Wired, server: Served, qtbot: QtBot
) -> None:
    send(server, 3)
    between = datetime.now(UTC)
    wired.window.timeline.view.moments_requested.disconnect()  # as where too many are in view
    wired.feed.load_spaces()
    history = wired.window.timeline.view.history
    qtbot.waitUntil(lambda: len(wired.tree()) == 3 == history.seqs_between(0, 1e11)[1])
    wired.session.show_instant(between)
    left_at = time.time()
    for count in range(4, 44):
        send(server, count)
        qtbot.wait(50)
    wired.session.show_instant(None)
    qtbot.waitUntil(lambda: history.seqs_between(0, 1e11)[1] == 43)
    middle = (left_at + time.time()) / 2
    first, last = history.counts(np.array([left_at, middle, time.time()]))
    assert min(first, last) > 10


def test_that_a_server_that_is_gone_is_told_and_can_be_followed(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path / "server", database_url=wired.lake.settings.database_url, port=0
    )
    with serve(settings) as server:
        attaching = Attaching(wired.desk, server.url, SOON_MS)
        qtbot.waitUntil(lambda: wired.session.server is not None)
        port = server.port
    banner = wired.window.banner
    qtbot.waitUntil(banner.isVisible, timeout=15_000)
    assert f"The server at {server.url} does not answer any more" in banner.text
    assert "does not answer" in wired.window.status._address.text()
    assert not wired.window.status._rate.isVisible()
    with qtbot.waitSignal(attaching.listen_requested, timeout=1000):
        banner._deed.click()
    with serve(replace(settings, port=port)):
        qtbot.waitUntil(lambda: "answers again" in banner.text, timeout=15_000)
        assert "does not answer" not in wired.window.status._address.text()
        assert wired.window.status._rate.isVisible()
    attaching.end()
