"""Playing the past in the wired Studio: what a playback does where nothing changes."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from pytestqt.qtbot import QtBot

from studio.models.playback import LEAD
from tests.gui.wired import Wired

SECOND = timedelta(seconds=1)


def instants(wired: Wired) -> list[datetime]:
    """The instants of the past that are shown from now on."""
    seen: list[datetime] = []
    wired.session.instant_changed.connect(lambda at: seen.extend([at] if at else []))
    return seen


def two_changes(wired: Wired, minutes_apart: int) -> tuple[datetime, datetime]:
    """When they came; no more followed for ten minutes."""
    for entity_id in ("a", "b"):
        wired.send("entity", space_name="lab", entity={"id": entity_id})
    with wired.lake._database.reader() as connection:
        connection.execute(
            "UPDATE lake_changes SET recorded_at = recorded_at - "
            "interval '10 min' - interval '1 min' * %s * (2 - seq)",
            [minutes_apart],
        )
    first, second = (at for at, _ in wired.lake.change_moments("lab", 0, 2))
    return first, second


def test_that_a_long_time_without_changes_is_passed_over(wired: Wired, qtbot: QtBot) -> None:
    first, second = two_changes(wired, minutes_apart=6)
    qtbot.waitUntil(lambda: bool(wired.session.space_name))
    playback, began = wired.window.timeline.playback, time.monotonic()
    seen = instants(wired)
    wired.session.show_instant(first)
    playback.play()
    qtbot.waitUntil(lambda: seen[-1] >= second)
    assert LEAD * 0.8 < time.monotonic() - began < 3.0
    assert second - max(at for at in seen if at < second) < LEAD * SECOND  # in motion
    assert wired.window.status.currentMessage() == "Passed over 5 min 59 s without changes"
    qtbot.waitUntil(lambda: wired.session.is_live)  # nothing came since
    assert not playback.is_playing


def test_that_who_goes_back_while_it_plays_misses_no_change(wired: Wired, qtbot: QtBot) -> None:
    first, second = two_changes(wired, minutes_apart=6)
    qtbot.waitUntil(lambda: bool(wired.session.space_name))
    seen = instants(wired)
    wired.session.show_instant(first + 60 * SECOND)
    wired.window.timeline.playback.play()
    qtbot.waitUntil(lambda: seen[-1] > second - SECOND)
    wired.session.show_instant(first - 60 * SECOND)
    qtbot.waitUntil(lambda: first - SECOND < seen[-1] < first)
    wired.window.timeline.playback.stop()
