"""The wired Studio in the past: what is shown is what was, and the present is not lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pytestqt.qtbot import QtBot

from studio.models.glow import SETTLE
from tests.gui.wired import Wired


def send_history(wired: Wired, qtbot: QtBot) -> list[datetime]:
    """Three states: two entities; the second one moved; a third one added, the first one gone."""
    moments = []
    for batch in (
        {"entities": [{"id": "a", "name": "A"}, {"id": "b", "parameters": {"heat": 1}}]},
        {"entities": [{"id": "b", "position": [5, 0, 0], "parameters": {"heat": 2}}]},
        {"entities": [{"id": "c"}], "deleted_entities": ["a"]},
    ):
        wired.send("batch", space_name="lab", **batch)
        wired.lake.create_snapshot("lab").result(10)
        moments.append(datetime.now(UTC))
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c"])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 3)
    return moments


def fields(wired: Wired) -> dict[str, str]:
    return {row.label: row.value for row in wired.window.inspector.model.rows}


def x_of(wired: Wired, entity_id: str) -> float:
    return float(wired.scene.arrays.positions[wired.scene.slot_of[entity_id], 0])


def test_that_the_whole_window_shows_the_instant(wired: Wired, qtbot: QtBot) -> None:
    moments = send_history(wired, qtbot)
    wired.session.show_instant(moments[0])
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    assert x_of(wired, "b") == 0.0
    window = wired.window
    window.grab()
    assert len(window.scene.view.frame.slots) == 2
    assert window.hierarchy.head.note.text() == "2"
    assert window.scene.past.isVisible()
    assert window.scene.past.words.startswith("PAST")
    assert window._past_frame.isVisible()
    wired.session.show_instant(moments[1])
    qtbot.waitUntil(lambda: x_of(wired, "b") == 5.0)
    assert wired.tree() == ["a", "b"]


def test_that_the_past_stands_still_while_changes_come_in_and_live_is_whole_again(
    wired: Wired, qtbot: QtBot
) -> None:
    moments = send_history(wired, qtbot)
    wired.session.show_instant(moments[0])
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    wired.send("entity", space_name="lab", entity={"id": "d"})
    qtbot.waitUntil(lambda: "changes since" in wired.window.scene.past.words)
    qtbot.wait(150)
    assert wired.tree() == ["a", "b"]
    wired.window.actions_.live.trigger()
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c", "d"])
    assert not wired.window.scene.past.isVisible()
    assert not wired.window._past_frame.isVisible()
    wired.send("entity", space_name="lab", entity={"id": "e"})
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c", "d", "e"])


def test_that_the_inspector_shows_the_entity_as_it_was(wired: Wired, qtbot: QtBot) -> None:
    moments = send_history(wired, qtbot)
    wired.session.select("b")
    qtbot.waitUntil(lambda: fields(wired).get("heat") == "2")
    wired.session.show_instant(moments[0])
    qtbot.waitUntil(lambda: fields(wired).get("heat") == "1")
    assert wired.window.inspector.head.note.text().startswith("as of ")
    wired.session.select("a")
    qtbot.waitUntil(lambda: wired.window.inspector._name.text() == "A")
    wired.session.show_instant(None)
    qtbot.waitUntil(wired.window.inspector._gone.isVisible)


def test_that_an_entity_that_was_not_there_yet_is_said_to_be_absent(
    wired: Wired, qtbot: QtBot
) -> None:
    moments = send_history(wired, qtbot)
    wired.session.select("c")
    qtbot.waitUntil(lambda: wired.window.inspector._stack.currentIndex() == 1)
    wired.session.show_instant(moments[0])
    qtbot.waitUntil(lambda: wired.window.inspector._stack.currentIndex() == 0)
    assert "not in the scene" in wired.window.inspector._nothing.text()
    wired.session.show_instant(None)
    qtbot.waitUntil(lambda: wired.window.inspector._stack.currentIndex() == 1)


def test_that_a_snapshot_shown_is_exactly_that_snapshot(wired: Wired, qtbot: QtBot) -> None:
    send_history(wired, qtbot)
    for trees in (["b", "c"], ["a", "b"], ["a", "b"]):
        wired.window.actions_.previous.trigger()
        qtbot.waitUntil(lambda: wired.tree() == trees)  # noqa: B023
    assert wired.session.instant == wired.window.timeline.timeline.summaries[0].timestamp
    for _ in range(3):
        wired.window.actions_.next.trigger()
    assert wired.session.is_live
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c"])


def test_that_a_long_drag_ends_where_the_hand_ends(wired: Wired, qtbot: QtBot) -> None:
    """Two hundred instants in a row: few are read, and the last one is shown."""
    moments = send_history(wired, qtbot)
    reads: list[Any] = []
    wired.feed.travel.reader.arrived.connect(reads.append)
    for step in range(200):
        wired.session.show_instant(moments[2] - timedelta(milliseconds=step))
    wired.session.show_instant(moments[0])
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    assert len(reads) <= 3
    assert not wired.feed.travel.reader.is_reading


def test_that_before_the_first_change_there_was_nothing(wired: Wired, qtbot: QtBot) -> None:
    send_history(wired, qtbot)
    wired.session.show_instant(datetime.now(UTC) - timedelta(days=1))
    qtbot.waitUntil(lambda: wired.tree() == [])
    wired.session.show_instant(None)
    qtbot.waitUntil(lambda: wired.tree() == ["b", "c"])


def test_that_another_space_is_shown_live(wired: Wired, qtbot: QtBot) -> None:
    moments = send_history(wired, qtbot)
    wired.send_scene("other", count=2)
    wired.session.show_instant(moments[0])
    wired.session.show_space("other")
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1"])
    assert wired.session.is_live
    qtbot.wait(100)
    assert wired.tree() == ["e0", "e1"]


def test_that_a_change_glows_in_the_present_and_not_in_the_past(wired: Wired, qtbot: QtBot) -> None:
    moments = send_history(wired, qtbot)
    qtbot.wait(int(SETTLE * 1200))  # Qt's timers may come a twentieth early
    wired.send("entity", space_name="lab", entity={"id": "b", "position": [9, 0, 0]})
    view = wired.window.hierarchy
    qtbot.waitUntil(lambda: view._glow_of(wired.scene.slot_of["b"]) > 0.0)
    assert view._fading.isActive()
    wired.session.show_instant(moments[1])
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    assert view._lit == {}
    qtbot.waitUntil(lambda: not view._fading.isActive())
