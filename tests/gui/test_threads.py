"""No database or file work on the window's thread: the guard of all GUI tests, held to its word.

`conftest.py` fails any GUI test in which the guard catches something; here it is shown to catch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.workers import Workers
from tests.gui import thread_guard


@pytest.fixture
def workers(qapp: object) -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def caught(workers: Workers, qtbot: QtBot, deed: Callable[[], object]) -> list[str]:
    """What is caught while the window's thread does something for the Studio."""
    done: list[object] = []

    def deliver(_: object) -> None:
        done.append(deed())

    with thread_guard.watched() as found:
        workers.run_in_thread(lambda: None, deliver, lambda _: None)
        qtbot.waitUntil(lambda: bool(done))
        return list(found)


def test_that_reading_a_file_for_the_window_is_caught(
    workers: Workers, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("x")
    (found,) = caught(workers, qtbot, file.read_text)
    assert "notes.txt" in found
    assert "workers.py" in found


def test_that_listing_a_folder_for_the_window_is_caught(
    workers: Workers, qtbot: QtBot, tmp_path: Path
) -> None:
    assert caught(workers, qtbot, lambda: list(tmp_path.iterdir()))


@pytest.mark.parametrize("write", [QSettings.sync, lambda file: file.setValue("theme", "dark")])
def test_that_writing_settings_for_the_window_is_caught(
    workers: Workers, qtbot: QtBot, tmp_path: Path, write: Callable[[QSettings], object]
) -> None:
    file = QSettings(str(tmp_path / "studio.ini"), QSettings.Format.IniFormat)
    (found,) = caught(workers, qtbot, lambda: write(file))
    assert "QSettings" in found


def test_that_asking_postgresql_for_the_window_is_caught(
    workers: Workers, qtbot: QtBot, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        found = caught(workers, qtbot, lambda: connection.execute("select 1"))
    assert any("PostgreSQL" in one for one in found)


def test_that_the_same_in_a_worker_or_by_a_test_is_not(
    workers: Workers, qtbot: QtBot, database_url: str, tmp_path: Path
) -> None:
    done = threading.Event()

    def work() -> None:
        (tmp_path / "by_a_worker").write_text("x")
        with psycopg.connect(database_url) as connection:
            connection.execute("select 1")

    with thread_guard.watched() as found:
        workers.run_in_thread(work, lambda _: done.set(), lambda _: done.set())
        (tmp_path / "by_the_test").write_text("x")
        qtbot.waitUntil(done.is_set)
        assert found == []
