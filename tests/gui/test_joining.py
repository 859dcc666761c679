"""Attaching to a server by its address: it is left for only once its lake was found from here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from studio.lakes import RecentLakes, ServedLake, Server, Visit
from studio.opening import Opening
from studio.panels.attach_dialog import AttachDialog
from studio.panels.trying_dialog import BUG
from studio.reaching import reach
from tests.conftest import fresh_database
from tests.gui.wired import Wired
from tests.integration.conftest import Served, serve
from tests.integration.outages import wait_for


@pytest.fixture
def opening(wired: Wired, tmp_path: Path) -> Opening:
    recent = RecentLakes(tmp_path / "recent.ini")
    return Opening(wired.window, recent, Visit(wired.lake.settings), wired.desk.workers)


@pytest.fixture
def elsewhere(postgres: EmbeddedPostgres, lake_template: str, tmp_path: Path) -> Iterator[Settings]:
    """Of a server of another lake than the window's."""
    with fresh_database(postgres, lake_template) as url:
        yield Settings(data_dir=tmp_path / "server", database_url=url, port=0)


def begin(server: Served) -> None:
    """As its program does once it listens."""
    server.lake.begin_run("lake-server", "1", server.url)
    wait_for(lambda: len(server.lake.runs()) == 1)


@pytest.fixture
def server(elsewhere: Settings) -> Iterator[Served]:
    with serve(elsewhere) as running:
        begin(running)
        yield running


def enter(opening: Opening, **fields: str) -> AttachDialog:
    """Type into the dialog, which is opened where it is not, and press Attach."""
    if opening.joining.dialog is None:
        opening._window.actions_.attach.trigger()
    dialog = opening.joining.dialog
    assert dialog is not None
    for name, text in fields.items():
        getattr(dialog, name).setText(text)
    dialog.open_button.click()
    return dialog


def told(opening: Opening, qtbot: QtBot, **fields: str) -> str:
    """What the dialog says in the end, where it stays."""
    dialog = enter(opening, **fields)
    qtbot.waitUntil(dialog.open_button.isEnabled, timeout=15_000)
    assert dialog.isVisible()
    return dialog.state.text()


def test_that_a_server_whose_lake_is_found_is_gone_to(
    wired: Wired, opening: Opening, server: Served, elsewhere: Settings, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(wired.window.lake_requested, timeout=15_000) as asked:
        dialog = enter(opening, url=server.url.removeprefix("http://"))
    [found] = asked.args or []
    assert isinstance(found, ServedLake)
    assert found.server == Server(server.url)
    assert conninfo_to_dict(str(found.lake)) == conninfo_to_dict(elsewhere.database_url or "")
    assert not dialog.isVisible()
    following = Visit(wired.lake.settings).to(found)
    assert following.server == found.server
    assert following.settings.database_url == found.lake
    assert following.before == Visit(wired.lake.settings)


def test_that_a_token_is_asked_for_where_the_server_wants_one(
    wired: Wired, opening: Opening, elsewhere: Settings, qtbot: QtBot
) -> None:
    with serve(replace(elsewhere, token="right")) as server:
        begin(server)
        assert "asks for its token" in told(opening, qtbot, url=server.url)
        assert "does not take this token" in told(opening, qtbot, token="wrong")
        dialog = opening.joining.dialog
        assert dialog is not None
        QTest.keyClicks(dialog.url, "/")  # for another server it is not
        assert not dialog.token.isVisible()
        assert not dialog.token.text()
        assert "asks for its token" in told(opening, qtbot)
        with qtbot.waitSignal(wired.window.lake_requested, timeout=15_000) as asked:
            enter(opening, token="right")
    assert asked.args is not None
    assert asked.args[0].server == Server(server.url, "right")
    assert "right" not in repr(asked.args)


def test_that_a_postgresql_is_asked_for_where_it_is_not_found_by_what_the_server_tells(
    wired: Wired,
    opening: Opening,
    elsewhere: Settings,
    qtbot: QtBot,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = conninfo_to_dict(elsewhere.database_url or "")
    service = "".join(f"{name}={value}\n" for name, value in parts.items())
    (tmp_path / "services").write_text(f"[there]\n{service}")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))  # the server alone knows it
    with serve(replace(elsewhere, database_url="service=there")) as server:
        begin(server)
        words = told(opening, qtbot, url=server.url)
        assert words.startswith("Its PostgreSQL cannot be opened from here: ")
        assert words.endswith("Give the password, or the address that it has for this machine.")
        dialog = opening.joining.dialog
        assert dialog is not None
        assert dialog.database.text() == "postgresql:///"
        assert dialog.password.isVisible()
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE not_a_lake")
            other = make_conninfo(postgres.url, dbname="not_a_lake")
            try:
                words = told(opening, qtbot, database=other, password="hush")
                assert "holds another lake" in words
                assert "hush" not in words
                with psycopg.connect(other) as looked_at:  # and was left as it was
                    found = looked_at.execute("SELECT to_regclass('spaces')").fetchone()
                assert found == (None,)
            finally:
                connection.execute("DROP DATABASE not_a_lake WITH (FORCE)")
        with qtbot.waitSignal(wired.window.lake_requested, timeout=15_000) as asked:
            enter(opening, database=elsewhere.database_url or "", password="hush")
    assert asked.args is not None
    assert conninfo_to_dict(asked.args[0].lake) == {**parts, "password": "hush"}
    assert "hush" not in repr(asked.args)


def test_that_what_is_no_server_is_said_and_leaves_the_window_on_its_lake(
    wired: Wired, opening: Opening, qtbot: QtBot
) -> None:
    left: list[object] = []
    wired.window.lake_requested.connect(left.append)
    words = told(opening, qtbot, url="http://127.0.0.1:1")
    assert words == "No lake-server answers at http://127.0.0.1:1: the connection was refused."
    assert told(opening, qtbot, url="ftp://there").startswith("That is no server's address")
    assert "is not the address of a lake" in told(opening, qtbot, url="http://a..b:7000")
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{page.server_port}"
        assert told(opening, qtbot, url=url) == f"What answers at {url} is no lake-server."
        page.shutdown()
    wired.window.status.show_address("http://127.0.0.1:7123")
    assert "this window itself" in told(opening, qtbot, url="localhost:7123")
    assert left == []


def test_that_the_dialog_can_be_used_again_after_a_bug(
    wired: Wired, opening: Opening, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    for place in ("joining.reach", "opening.try_lake"):
        monkeypatch.setattr(f"studio.{place}", fail)
    opening.ask_address()
    database = opening.dialog
    assert database is not None
    database.address.setText("postgresql://there/lake")
    with qtbot.captureExceptions() as raised:
        assert told(opening, qtbot, url="127.0.0.1:7000") == BUG
        database.open_button.click()
        qtbot.waitUntil(database.open_button.isEnabled)
    assert database.state.text().endswith(BUG)
    assert [str(error) for _, error, _ in raised] == ["a bug", "a bug"]  # which is told


def test_that_giving_up_leaves_the_window_where_it_is(
    wired: Wired, opening: Opening, server: Served, qtbot: QtBot
) -> None:
    left: list[object] = []
    wired.window.lake_requested.connect(left.append)
    found = wired.desk.workers.submit(lambda: reach(Server(server.url), wired.lake.settings))
    dialog = enter(opening, url=server.url)
    dialog.cancel_button.click()
    assert opening.joining.dialog is None
    opening.joining._go(dialog, found.result(15))  # that it answers comes too late
    assert left == []


def test_that_a_server_attached_to_before_is_tried_at_once_and_the_way_back_is_open(
    wired: Wired, server: Served, qtbot: QtBot, tmp_path: Path
) -> None:
    recent = RecentLakes(tmp_path / "recent.ini")
    here = Visit(wired.lake.settings)
    there = Visit(wired.lake.settings, Server(server.url, "secret"), here)
    opening = Opening(wired.window, recent, there, wired.desk.workers)
    assert recent.servers() == [server.url]
    assert recent.folders() == []
    actions = wired.window.actions_
    assert not [one for one in actions.recent.actions() if server.url in one.text()]
    with qtbot.waitSignal(wired.window.lake_requested) as asked:
        actions.leave_server.trigger()
    assert asked.args == [here]
    assert there.to(here) == here
    opening = Opening(wired.window, recent, here, wired.desk.workers)
    assert not actions.leave_server.isEnabled()
    [again] = [one for one in actions.recent.actions() if server.url in one.text()]
    assert again.text() == f"Attach to {server.url}"
    with qtbot.waitSignal(wired.window.lake_requested, timeout=15_000):
        again.trigger()
    assert opening.joining.dialog is None
