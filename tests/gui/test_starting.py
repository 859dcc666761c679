"""A Studio that cannot start says why in a window, and goes on when that is mended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.settings import Settings
from studio.panels.start_trouble import StartTrouble
from studio.starting import settled
from tests.qt_loop import qt_loop

ROOT = Path(__file__).resolve().parents[2]
Do = Callable[[StartTrouble], None]


def asked(qapp: QApplication, data_dir: Path, *answers: Do) -> tuple[Settings | None, list[str]]:
    """What a person is brought to who does these things one after another; and what was said."""
    said: list[str] = []

    async def answer() -> None:
        for do in answers:
            while not (shown := _shown()) or (said and shown.message.text() == said[-1]):
                await asyncio.sleep(0.01)
            said.append(shown.message.text())
            do(shown)

    async def both() -> Settings | None:
        answering = asyncio.ensure_future(answer())
        found = await settled({"data_dir": str(data_dir)}, {}, asyncio.Event())
        await answering
        return found

    with qt_loop(qapp) as loop:
        return loop.run_until_complete(asyncio.wait_for(both(), 20)), said


def _shown() -> StartTrouble | None:
    shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, StartTrouble)]
    return next((one for one in shown if one.isVisible()), None)


def test_that_a_bad_file_is_named_and_gone_on_with_once_it_is_mended(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "lake.toml"
    file.write_text("port = 'seven'")

    def spoil(shown: StartTrouble) -> None:
        assert shown._path.toolTip() == str(file)
        assert not shown.other_folder.isVisible()
        file.write_text("colour = 'red'")
        shown.retry.click()

    def mend(shown: StartTrouble) -> None:
        file.write_text("port = 7100")
        shown.retry.click()

    found, said = asked(qapp, tmp_path, spoil, mend)
    assert found == Settings(data_dir=tmp_path, port=7100)
    assert ["'seven' is not a port" in said[0], "unknown key 'colour'" in said[1]] == [True, True]


def test_that_a_bad_file_can_be_left_out_for_once(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "lake.toml").write_text("port = ")
    found, _ = asked(qapp, tmp_path, lambda shown: shown.without_file.click())
    assert found == Settings(data_dir=tmp_path)


def test_that_another_folder_is_taken_in_place_of_one_that_cannot_be(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    def choose(shown: StartTrouble) -> None:
        assert not shown.without_file.isVisible()
        shown.folder_chosen.emit(str(tmp_path / "lake"))

    found, said = asked(qapp, tmp_path / "file", choose)
    assert found == Settings(data_dir=tmp_path / "lake")
    assert "a file" in said[0]


def test_that_closing_the_window_is_quitting(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "lake.toml").write_text("port = ")
    assert asked(qapp, tmp_path, lambda shown: shown.reject())[0] is None


@pytest.mark.parametrize("is_scripted", [True, False])
def test_that_a_script_is_told_and_not_asked(data_dir: Path, is_scripted: bool) -> None:
    (data_dir / "lake.toml").write_text("port = 'seven'")
    scripted = ["--exit-after", "5"] if is_scripted else []
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--data-dir", str(data_dir), *scripted],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        assert "'seven' is not a port" in process.stderr.readline()
        if not is_scripted:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1.5)  # it waits for an answer
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 1
