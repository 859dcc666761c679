"""One run of the Studio after another: a lake is closed and the next one opened."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from psycopg.conninfo import make_conninfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from studio.app import Options, run_studio
from studio.bridge import LakeBridge
from studio.lakes import ServedLake, Server, Visit
from studio.models.scene_model import SceneModel
from studio.panels.attach_dialog import AttachDialog
from studio.reaching import ITSELF
from studio.session import Session
from studio.window import StudioWindow
from studio.workers import Workers
from tests.integration.conftest import Served, serve
from tests.qt_loop import qt_loop

pytestmark = pytest.mark.usefixtures("own_settings")


async def ask_for(wanted: Path | str) -> None:
    """When the window is there and its lake is open, ask for another."""
    while True:
        await asyncio.sleep(0.05)
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, StudioWindow)]
        ready = [one for one in shown if one.isVisible() and one.welcome.demo_button.isVisible()]
        if ready:
            ready[0].lake_requested.emit(wanted)
            return


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.05)


async def wait_until(seen: Callable[[StudioWindow], bool]) -> StudioWindow:
    while True:
        await asyncio.sleep(0.05)
        for one in QApplication.topLevelWidgets():
            if isinstance(one, StudioWindow) and one.isVisible() and seen(one):
                return one


def test_that_another_lake_is_opened_when_it_is_asked_for(
    qapp: QApplication,
    qtbot: QtBot,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
) -> None:
    first = Settings(data_dir=tmp_path / "one", database_url=database_url, port=0)
    other = make_conninfo(postgres.url, dbname="not-there")

    async def both() -> tuple[Visit | None, Visit | None]:
        options, stopping = Options(), asyncio.Event()
        asking = asyncio.ensure_future(ask_for(tmp_path / "two"))
        following = await run_studio(Visit(first), options, stopping)
        await asking
        asking = asyncio.ensure_future(ask_for(other))
        last = await run_studio(Visit(first), options, asyncio.Event())
        await asking
        return following, last

    with qt_loop(qapp) as loop:
        following, last = loop.run_until_complete(asyncio.wait_for(both(), 60))
    assert following is not None
    assert following.settings.data_dir == tmp_path / "two"
    assert following.settings.database_url is None
    assert last is not None
    assert last.settings.database_url == other
    assert last.settings.data_dir != first.data_dir


def test_that_a_window_goes_to_a_server_and_back_to_the_lake_before(
    qapp: QApplication,
    qtbot: QtBot,
    settings: Settings,
    tmp_path: Path,
) -> None:
    first = Visit(Settings(data_dir=tmp_path / "one", port=0))

    async def leave() -> str:
        """Once it shows what was sent to the server, of which a snapshot is asked."""
        window = await wait_until(lambda one: "1 stored" in one.status._total.text())
        told = window.status._address.text()
        await wait_until(lambda one: one.hierarchy.model.rowCount() == 1)
        window.actions_.snapshot.trigger()
        await wait_until(lambda one: len(one.timeline.timeline) == 1)
        window.actions_.leave_server.trigger()
        return told

    async def there_and_back(server: Served) -> tuple[Visit | None, str]:
        found = ServedLake(Server(server.url, "right"), settings.database_url or "")
        leaving = asyncio.ensure_future(leave())
        following = await run_studio(first.to(found), Options(), asyncio.Event())
        return following, await leaving

    protected = replace(settings, token="right", data_dir=tmp_path / "server")
    with qt_loop(qapp) as loop, serve(protected) as server:
        right = {"Authorization": "Bearer right"}
        server.ingest("entity", {"space_name": "lab", "entity": {"id": "a"}}, headers=right)
        following, told = loop.run_until_complete(asyncio.wait_for(there_and_back(server), 60))
    assert told == f"attached to {server.url}"
    assert following == first


def test_that_a_window_does_not_attach_to_itself_by_whichever_name(
    qapp: QApplication,
    qtbot: QtBot,
    settings: Settings,
    tmp_path: Path,
) -> None:
    stopping = asyncio.Event()

    async def ask() -> str:
        window = await wait_until(lambda one: one.welcome.demo_button.isVisible())
        window.actions_.attach.trigger()
        [dialog] = window.findChildren(AttachDialog)
        dialog.token.setText("right")
        dialog.enter(f"127.1:{urlsplit(window.status.own_url).port}")  # no name of this machine's
        await until(dialog.open_button.isEnabled)
        told = dialog.state.text()
        stopping.set()
        return told

    async def both() -> tuple[Visit | None, str]:
        asking = asyncio.ensure_future(ask())
        open_to_all = replace(settings, host="0.0.0.0", token="right")
        return await run_studio(Visit(open_to_all), Options(), stopping), await asking

    with qt_loop(qapp) as loop:
        following, told = loop.run_until_complete(asyncio.wait_for(both(), 60))
    assert told == ITSELF
    assert following is None


@pytest.mark.parametrize(
    ("token", "said"),
    [(None, "without a token."), ("its", "with the token this window uses.")],
)
def test_that_a_window_listens_in_the_place_of_a_server_and_no_wider(
    qapp: QApplication,
    qtbot: QtBot,
    settings: Settings,
    tmp_path: Path,
    token: str | None,
    said: str,
) -> None:
    own = Settings(data_dir=tmp_path / "own", host="0.0.0.0", token="own")
    stopping = asyncio.Event()
    entity = {"space_name": "lab", "entity": {"id": "a"}}

    def send(server: Served, token: str | None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return server.post("/eustress/ingest/entity", entity, headers=headers).status

    async def follow(server: Served, ends: Callable[[], None]) -> tuple[str, str, list[int]]:
        window = await wait_until(lambda one: "0 stored" in one.status._total.text())
        await asyncio.to_thread(ends)
        await until(window.banner.isVisible)
        told = window.banner.text
        window.banner._deed.click()
        await until(lambda: bool(window.status.own_url))
        sent = [await asyncio.to_thread(send, server, each) for each in (token, "another")]
        url = window.status.own_url
        stopping.set()
        return told, url, sent

    async def both(server: Served, ends: Callable[[], None]) -> tuple[str, str, list[int]]:
        following = asyncio.ensure_future(follow(server, ends))
        found = ServedLake(Server(server.url, token), settings.database_url or "")
        await run_studio(Visit(own).to(found), Options(), stopping)
        return await following

    with qt_loop(qapp) as loop, ExitStack() as stack:
        server = stack.enter_context(serve(replace(settings, token=token)))
        told, url, sent = loop.run_until_complete(asyncio.wait_for(both(server, stack.close), 60))
    assert told.endswith(f"for programs on this machine alone, {said}")
    assert url == server.url
    assert sent == [200, 401 if token else 200]


def test_that_the_demo_played_while_attached_is_sent_to_the_server(
    qapp: QApplication,
    qtbot: QtBot,
    settings: Settings,
    tmp_path: Path,
) -> None:
    stopping = asyncio.Event()

    def stored(server: Served) -> str:
        return f"{server.lake.health().accepted_total:,} stored"

    async def play(server: Served) -> str:
        window = await wait_until(lambda one: "0 stored" in one.status._total.text())
        window.actions_.play_demo.trigger()
        await until(lambda: window.hierarchy.model.rowCount() > 1)
        await until(lambda: server.lake.health().events_per_second > 0)
        window.actions_.play_demo.trigger()
        await until(lambda: window.actions_.play_demo.text() == "Play the demo scene")
        await until(lambda: window.status._total.text().startswith(stored(server)))
        told = window.status._total.text()
        stopping.set()
        return told

    async def both(server: Served) -> str:
        playing = asyncio.ensure_future(play(server))
        found = ServedLake(Server(server.url, "right"), settings.database_url or "")
        own = Visit(Settings(data_dir=tmp_path / "own", port=0))
        await run_studio(own.to(found), Options(), stopping)
        return await playing

    with qt_loop(qapp) as loop, serve(replace(settings, token="right")) as server:
        told = loop.run_until_complete(asyncio.wait_for(both(server), 60))
    assert told != "0 stored"


def test_that_nothing_of_a_lake_that_was_left_stays_in_memory(
    qapp: QApplication,
    qtbot: QtBot,
    database_url: str,
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "one", database_url=database_url, port=0)

    async def leave() -> None:
        asking = asyncio.ensure_future(ask_for(tmp_path / "two"))
        await run_studio(Visit(settings), Options(), asyncio.Event())
        await asking
        await asyncio.sleep(0.1)  # a turn of Qt's loop, which takes down what is to be

    with qt_loop(qapp) as loop:
        loop.run_until_complete(asyncio.wait_for(leave(), 60))
    assert not QApplication.allWidgets()
    gc.collect()
    parts = (StudioWindow, Session, SceneModel, Workers, LakeBridge, Lake)
    assert not [one for one in gc.get_objects() if isinstance(one, parts)]
