"""The status line: whose figures it tells, and how little room it needs."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from lake_core.lake import LakeHealth
from studio.panels.status import StatusLine
from tests.gui.wired import Wired


def test_that_figures_of_all_spaces_say_that_they_are(wired: Wired, qtbot: QtBot) -> None:
    status = wired.window.status
    wired.send("batch", space_name="lab", entities=[{"id": f"e{at}"} for at in range(4)])
    wired.send("batch", space_name="other", entities=[{"id": f"e{at}"} for at in range(3)])
    qtbot.waitUntil(lambda: status._total.text() == "7 stored")
    assert wired.session.space_name in ("lab", "other")  # of which there are fewer
    status.clearMessage()  # that there is a new space
    assert status.scope.isVisible()
    assert status.scope.text() == "All spaces"
    assert status.scope.x() < status._rate.x() < status._total.x() < status._queue.x()


def test_that_a_message_is_not_written_over_by_figures_that_come_meanwhile(
    wired: Wired, qtbot: QtBot
) -> None:
    status = wired.window.status
    wired.send_scene()
    qtbot.waitUntil(lambda: status._has_figures)
    status.showMessage("New space: my_space")
    status.show_health(wired.lake.health())
    facts = (status._address, *status._figures)
    assert not any(one.isVisible() for one in facts)
    status.clearMessage()
    assert all(one.isVisible() for one in facts)


def test_that_all_of_it_has_room_in_the_smallest_window(qtbot: QtBot) -> None:
    status = StatusLine()
    qtbot.addWidget(status)
    status.resize(900, status.height())
    status.show()
    status.show_address("http://127.0.0.1:7000")
    health = LakeHealth(
        database="embedded",
        database_ok=False,
        queue_depth=1_234,
        events_per_second=23_456.0,
        accepted_total=123_456_789,
        spooled=12_345,
    )
    status.show_health(health)
    status.show_stalled("As of 23:45:59")
    qtbot.wait(1)
    facts = [status._address, status.scope, status._rate, status._queue]
    facts += [status._database, status._mode]
    assert all(one.width() >= one.sizeHint().width() for one in facts)
    assert status._mode.geometry().right() < 900
    assert status._database.geometry().left() > status._queue.mapTo(status, QPoint(0, 0)).x()
    assert not status._total.isVisible()
    status.resize(1440, status.height())
    assert status._total.isVisible()


def test_that_what_is_held_up_is_not_called_live_in_whichever_theme(qtbot: QtBot) -> None:
    status = StatusLine()
    qtbot.addWidget(status)
    status.show_stalled("As of 23:45:59")
    status._dress()
    assert "As of 23:45:59" in status._mode.text()
    status.show_live(False)
    assert "Past" in status._mode.text()
    status.show_live(True)
    assert "As of 23:45:59" in status._mode.text()
    status.show_stalled("")
    assert "Live" in status._mode.text()
