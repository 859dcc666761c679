"""What the bridge tells of a lake, and for how long."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.gui.wired import Wired


def test_that_a_new_space_is_told(qtbot: QtBot, wired: Wired) -> None:
    with qtbot.waitSignal(wired.desk.bridge.space_created) as told:
        wired.send_scene("lab")
    assert told.args == ["lab"]


def test_that_a_notice_on_its_way_when_the_bridge_closes_is_not_told(
    qtbot: QtBot, wired: Wired
) -> None:
    bridge, told = wired.desk.bridge, list[str]()
    bridge.space_created.connect(told.append)
    wired.send_scene("lab")  # heard in the lake's thread: the notice waits for this one
    bridge.close()
    QCoreApplication.processEvents()
    assert told == []
