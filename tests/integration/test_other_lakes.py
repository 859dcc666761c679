"""One run of the Studio after another: a lake is closed and the next one opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import qasync
from psycopg.conninfo import make_conninfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from studio.app import Options, run_studio
from studio.window import StudioWindow


async def ask_for(wanted: Path | str) -> None:
    """When the window is there and its lake is open, ask for another."""
    while True:
        await asyncio.sleep(0.05)
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, StudioWindow)]
        ready = [one for one in shown if one.isVisible() and one.welcome.demo_button.isVisible()]
        if ready:
            ready[0].lake_requested.emit(wanted)
            return


def test_that_another_lake_is_opened_when_it_is_asked_for(
    qapp: QApplication,
    qtbot: QtBot,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    first = Settings(data_dir=tmp_path / "one", database_url=database_url, port=0)
    other = make_conninfo(postgres.url, dbname="not-there")
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)

    async def both() -> tuple[Settings | None, Settings | None]:
        options, stopping = Options(), asyncio.Event()
        asking = asyncio.ensure_future(ask_for(tmp_path / "two"))
        following = await run_studio(first, options, stopping)
        await asking
        asking = asyncio.ensure_future(ask_for(other))
        last = await run_studio(first, options, asyncio.Event())
        await asking
        return following, last

    try:
        following, last = loop.run_until_complete(asyncio.wait_for(both(), 60))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    assert following is not None
    assert (following.data_dir, following.database_url) == (tmp_path / "two", None)
    assert last is not None
    assert last.database_url == other
    assert last.data_dir != first.data_dir
