"""Bookmarks, steps from change to change and exact moments in the wired Studio."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.panels.bookmark_dialog import BookmarkDialog
from studio.panels.palette import Palette
from studio.panels.timeline_hits import Hit
from studio.panels.timeline_paint import AXIS, GUTTER
from tests.gui.wired import Wired

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def send_three(wired: Wired, qtbot: QtBot) -> list[datetime]:
    moments = []
    for entity_id in "abc":
        wired.send("entity", space_name="lab", entity={"id": entity_id})
        moments.append(datetime.now(UTC))
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b", "c"])
    return moments


def notes(wired: Wired) -> list[str]:
    return [one.note for one in wired.window.timeline.view.bookmarks]


def test_that_a_bookmark_is_made_by_key_and_leads_back(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.session.show_instant(moments[0])
    wired.window.actions_.bookmark.trigger()
    dialog = wired.window.findChild(BookmarkDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.note, "the first one")
    QTest.keyClick(dialog.note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: notes(wired) == ["the first one"])
    assert [one.note for one in wired.lake.bookmarks("lab")] == ["the first one"]
    wired.session.show_instant(None)
    view = wired.window.timeline.view
    view.navigator.move(
        view.window_shown.showing(moments[0].timestamp() - 1, moments[2].timestamp() + 1)
    )
    x = GUTTER + view.window_shown.x_of(moments[0].timestamp())
    QTest.mouseClick(view, LEFT, PLAIN, QPointF(x + 4, AXIS - 9).toPoint())
    assert wired.session.instant == moments[0]
    qtbot.waitUntil(lambda: wired.tree() == ["a"])


def test_that_bookmarks_are_undone_redone_and_kept_by_the_lake(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.window.timeline.bookmark_requested.emit(moments[1])
    dialog = wired.window.findChild(BookmarkDialog)
    assert dialog is not None
    dialog.note_entered.emit(moments[1], "here")
    dialog.reject()
    qtbot.waitUntil(lambda: notes(wired) == ["here"])
    actions = wired.window.actions_
    assert actions.undo.text() == "Undo a bookmark"
    actions.undo.trigger()
    qtbot.waitUntil(lambda: notes(wired) == [])
    actions.redo.trigger()
    qtbot.waitUntil(lambda: notes(wired) == ["here"])
    (bookmark,) = wired.window.timeline.view.bookmarks
    wired.window.timeline.bookmark_delete_requested.emit(bookmark)
    qtbot.waitUntil(lambda: notes(wired) == [])
    actions.undo.trigger()
    qtbot.waitUntil(lambda: list(wired.window.timeline.view.bookmarks) == [bookmark])
    assert wired.lake.bookmarks("lab") == [bookmark]


def test_that_each_space_has_its_own_bookmarks(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.lake.add_bookmark("lab", moments[0], "lab's")
    wired.send_scene("other")
    wired.session.show_space("other")
    assert notes(wired) == []
    wired.session.show_space("lab")
    qtbot.waitUntil(lambda: notes(wired) == ["lab's"])


def test_that_one_steps_from_change_to_change(wired: Wired, qtbot: QtBot) -> None:
    send_three(wired, qtbot)
    actions = wired.window.actions_
    for tree in (["a", "b", "c"], ["a", "b"], ["a"]):
        actions.previous_change.trigger()
        qtbot.waitUntil(lambda: wired.tree() == tree and not wired.session.is_live)  # noqa: B023
        qtbot.waitUntil(lambda: not wired.feed.travel.reader.is_reading)
        known = wired.session.instant
    actions.previous_change.trigger()
    qtbot.wait(100)
    assert wired.session.instant == known
    actions.next_change.trigger()
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    actions.next_change.trigger()
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b", "c"])
    actions.next_change.trigger()
    qtbot.waitUntil(lambda: wired.session.is_live)


def test_that_near_enough_the_very_moments_are_shown(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.lake.create_snapshot("lab").result(10)
    view = wired.window.timeline.view
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    start, stop = moments[0].timestamp() - 0.1, moments[2].timestamp() + 0.1
    view.navigator.move(view.window_shown.showing(start, stop))
    qtbot.waitUntil(lambda: view.history.exact is not None)
    exact = view.history.exact
    assert exact is not None
    assert (exact.upto, exact.counts.tolist()) == (3, [1, 1, 1])
    window = view.window_shown
    shown = [window.time_of(at) for at in range(0, int(window.width), 2)]
    assert shown[0] < exact.times[0] < exact.times[-1] < shown[-1]


def test_that_a_flag_is_hit_before_the_axis_is_scrubbed(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.lake.add_bookmark("lab", moments[1] - timedelta(seconds=1), "x")
    wired.session.show_space("")
    wired.session.show_space("lab")
    qtbot.waitUntil(lambda: notes(wired) == ["x"])
    view = wired.window.timeline.view
    moment = wired.window.timeline.view.bookmarks[0].at.timestamp()
    view.navigator.move(view.window_shown.showing(moment - 10, moment + 10))
    x = GUTTER + view.window_shown.x_of(moment)
    assert view.scenery.hit(QPointF(x + 4, AXIS - 9)) == Hit(flag=0)
    assert view.scenery.hit(QPointF(x + 4, 4)) == Hit()


def test_that_bookmarks_are_reached_and_deleted_by_the_palette(wired: Wired, qtbot: QtBot) -> None:
    moments = send_three(wired, qtbot)
    wired.lake.add_bookmark("lab", moments[1], "the turn")
    wired.session.show_space("")
    wired.session.show_space("lab")
    qtbot.waitUntil(lambda: notes(wired) == ["the turn"])
    for wanted, done in (
        ("show turn", lambda: wired.session.instant == moments[1]),
        ("delete turn", lambda: notes(wired) == []),
    ):
        wired.window.actions_.palette.trigger()
        palette = next(one for one in wired.window.findChildren(Palette) if one.isVisible())
        palette.field.setText(wanted)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        qtbot.waitUntil(done)
    assert wired.lake.bookmarks("lab") == []
