"""The timeline where there is nothing: servers that were away, silent engines, archives."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from lake_core.store.bookmarks import Extent
from lake_core.store.runs import keep_run
from lake_core.upkeep.report import ArchivedStretch
from lake_core.upkeep.runs import ServerRun
from studio.models.absences import HistoryFrame, Stretch, Why
from studio.models.tables import title_of
from studio.panels.palette import Palette
from studio.panels.timeline import TimelinePanel
from studio.panels.timeline_cards import epoch_card
from studio.panels.timeline_fetch import ArchiveNote
from studio.panels.timeline_gaps import absence_box, archive_box, outage_box, widest_room
from studio.panels.timeline_hits import Hit
from studio.panels.timeline_paint import GUTTER
from studio.session import Session
from studio.theme import SWITCH, use
from tests.gui.test_timeline_panel import epoch_of, snapshot
from tests.gui.wired import Wired

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(qtbot: QtBot) -> TimelinePanel:
    """Busy until 500 s ago and since 100 s ago; the server was away from 400 to 200 s ago."""
    panel = TimelinePanel(Session())
    qtbot.addWidget(panel)
    panel.resize(1100, 260)
    panel.show()
    panel._session.show_space("lab")
    ago = [*range(600, 499, -2), *range(100, -1, -2)]
    panel.show_snapshots([snapshot(at, 100 * (place + 1)) for place, at in enumerate(ago)])
    now = time.time()
    panel.view.show_frame(
        HistoryFrame(
            away=(Stretch(now - 400, now - 200, "lake-server on h was killed"),),
            outages=((now - 60, now - 50),),
            known_from=now - 5000,
        )
    )
    panel.grab()
    return panel


def stretch(start: float, stop: float, after: int = 0, place: str = "/cold/lab") -> ArchivedStretch:
    """Archived from so many to so many seconds ago."""
    now = datetime.now(UTC)
    return ArchivedStretch(
        id=uuid4(),
        space_name="lab",
        from_seq=after,
        to_seq=after + 1000,
        from_at=now - timedelta(seconds=start),
        to_at=now - timedelta(seconds=stop),
        place=place,
        bytes=12_345,
        changes=1000,
        snapshots=7,
        state="archived",
        at=now,
    )


def hover(panel: TimelinePanel, qtbot: QtBot, at: QPointF) -> dict[str, str]:
    QTest.mouseMove(panel.view, QPoint(GUTTER + 2, 40))
    QTest.mouseMove(panel.view, at.toPoint())
    qtbot.waitUntil(lambda: panel.view._card.card is not None)
    card = panel.view._card.card
    assert card is not None
    return {"": card.heading} | {row.label: row.value for row in card.rows}


def test_that_no_engine_is_called_silent_in_an_outage_that_goes_on(panel: TimelinePanel) -> None:
    view, now = panel.view, time.time()
    view.show_frame(replace(view.frame, away=(), outages=()))
    (silent,) = view.absences()
    assert (silent.why, round(now - silent.start), round(now - silent.stop)) == (
        Why.SILENT,
        500,
        100,
    )
    view.away_since = now - 450
    (silent,) = view.absences()
    assert (round(now - silent.start), round(now - silent.stop)) == (500, 450)


def test_that_what_is_said_where_no_snapshots_are_lies_over_no_gap(panel: TimelinePanel) -> None:
    view, now = panel.view, time.time()
    panel.show_snapshots([])
    view.navigator.move(view.window_shown.showing(now - 600, now))
    lanes = view.lanes

    def room(start: float, stop: float) -> QRectF:
        view.show_frame(replace(view.frame, away=(Stretch(now - start, now - stop, ""),)))
        (away,) = (one for one in view.absences() if one.why is Why.AWAY)
        box = absence_box(lanes, view.window_shown, away)
        found = widest_room(lanes, [box])
        assert not found.intersects(box)
        return found

    assert room(500, 400).left() > lanes.snapshots.center().x() - lanes.snapshots.width() / 2 + 100
    assert room(200, 100).left() == lanes.snapshots.left()
    room(500, 100)  # too little is left
    box = absence_box(lanes, view.window_shown, view.absences()[0]).toAlignedRect()
    without = view.grab(box).toImage()
    panel.show_snapshots([snapshot(9000, 1)], fit=False)
    assert view.grab(box).toImage() == without
    wide = widest_room(lanes, [])
    assert (wide.left(), wide.right()) == (lanes.snapshots.left(), lanes.snapshots.right())


def test_that_both_kinds_of_gaps_are_told_apart_in_words(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    view = panel.view
    assert [one.why for one in view.absences()] == [Why.SILENT, Why.AWAY, Why.SILENT]
    silent, away, _ = (absence_box(view.lanes, view.window_shown, one) for one in view.absences())
    told = hover(panel, qtbot, away.center())
    assert told[""] == "Server away"
    assert told["For"] == "3 min 20 s"
    assert told["Before"] == "lake-server on h was killed"
    told = hover(panel, qtbot, silent.center())
    assert told[""] == "Engine silent"
    outage = outage_box(view.lanes, view.window_shown, view.frame.outages[0])
    assert hover(panel, qtbot, outage.center())[""] == "PostgreSQL away"


def card_of(panel: TimelinePanel) -> str:
    """The heading of the card that is shown; "" where none is."""
    card = panel.view._card.card
    return card.heading if card is not None else ""


def test_that_keys_go_from_gap_to_gap_open_a_card_and_close_it(panel: TimelinePanel) -> None:
    view = panel.view

    def press(key: Qt.Key, shift: bool = False) -> None:
        QTest.keyClick(view, key, SHIFT if shift else PLAIN)

    panel._session.choose([panel.timeline.summaries[0].id])
    told = []
    for _ in range(5):  # the last is the last of all
        press(Qt.Key.Key_G)
        press(Qt.Key.Key_Return)
        told.append(card_of(panel))
    assert told == ["Engine silent", "Server away", "Engine silent", "PostgreSQL away", told[-2]]
    press(Qt.Key.Key_G, shift=True)
    assert card_of(panel) == ""
    press(Qt.Key.Key_G, shift=True)
    press(Qt.Key.Key_Return)
    assert card_of(panel) == "Server away"
    box = view.gaps.box
    assert box == absence_box(view.lanes, view.window_shown, view.absences()[1])
    left = []
    for _ in range(3):
        press(Qt.Key.Key_Escape)
        left.append((card_of(panel), view.gaps.hit, len(panel._session.chosen_snapshots)))
    assert left == [("", Hit(absence=1), 1), ("", None, 1), ("", None, 0)]


def test_that_a_gap_out_of_view_is_brought_into_view_and_marked_there(
    panel: TimelinePanel,
) -> None:
    view = panel.view
    now = time.time()
    view.navigator.move(view.window_shown.showing(now - 40, now))
    QTest.keyClick(view, Qt.Key.Key_G)  # none is in view: the newest
    assert view.window_shown.start < now - 55 < view.window_shown.stop
    before = view.grab().toImage()
    hit = view.gaps.hit
    assert hit is not None
    assert hit.outage == 0
    view.gaps.clear()
    assert before != view.grab().toImage()


def test_that_the_marked_gap_stays_marked_while_others_leave_the_view(
    panel: TimelinePanel,
) -> None:
    view, now = panel.view, time.time()
    spans = ((now - 300, now - 290), (now - 60, now - 50))
    view.show_frame(replace(view.frame, outages=spans))
    QTest.keyClick(view, Qt.Key.Key_G, SHIFT)  # the newest in view
    assert view.gaps.hit == Hit(outage=1)
    view.navigator.move(view.window_shown.showing(now - 100, now))
    assert view.gaps.hit == Hit(outage=0)
    assert view.gaps.box == outage_box(view.lanes, view.window_shown, spans[1])


def test_that_enter_on_an_archive_offers_to_fetch_it(panel: TimelinePanel, qtbot: QtBot) -> None:
    view = panel.view
    view.show_frame(replace(view.frame, away=(), outages=(), archives=(stretch(900, 600),)))
    view.fit()
    QTest.keyClick(view, Qt.Key.Key_G)
    QTest.keyClick(view, Qt.Key.Key_Return)
    note = panel.findChild(ArchiveNote)
    assert isinstance(note, ArchiveNote)
    QTest.keyClick(note, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.findChild(ArchiveNote) is None)


def strokes(panel: TimelinePanel, box: QRectF, y: float) -> int:
    """How often the colour changes along a line through a box."""
    image = panel.view.grab().toImage()
    colours = [
        image.pixel(x, round(y)) for x in range(round(box.left()) + 3, round(box.right()) - 3)
    ]
    return sum(one != other for one, other in pairwise(colours))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_that_a_server_that_was_away_is_hatched_and_a_silent_engine_is_dashed(
    panel: TimelinePanel, theme: str
) -> None:
    before = SWITCH.name
    use(theme)
    try:
        view = panel.view
        silent, away, _ = (
            absence_box(view.lanes, view.window_shown, one) for one in view.absences()
        )
        low, middle = silent.bottom() - 8, view.lanes.changes.center().y()
        assert strokes(panel, away, low) > away.width() / 8
        assert strokes(panel, silent, low) < silent.width() / 20
        assert strokes(panel, silent, middle) > silent.width() / 8
    finally:
        use(before)


def test_that_history_begins_at_the_first_change_and_can_be_scrubbed_there(
    panel: TimelinePanel,
) -> None:
    view, now = panel.view, datetime.now(UTC)
    first = now - timedelta(seconds=1200)
    view.show_frame(HistoryFrame(Extent(0, first, 10_200, now)))
    shown = view.window_shown
    assert shown.start < first.timestamp()
    x = GUTTER + shown.x_of(first.timestamp() + 300)
    QTest.mouseClick(view, LEFT, PLAIN, QPointF(x, 8).toPoint())
    instant = panel._session.instant
    assert instant is not None
    assert abs((instant - first).total_seconds() - 300) < 2 * shown.seconds_per_pixel
    panel._session.show_instant(None)
    panel.playback.play()
    assert panel._session.instant is not None
    assert abs((panel._session.instant - first).total_seconds()) < 1
    panel.playback.stop()


def test_that_a_long_archive_leaves_the_room_to_what_is_here(panel: TimelinePanel) -> None:
    view, now = panel.view, datetime.now(UTC)
    first = now - timedelta(seconds=600)
    short = HistoryFrame(Extent(1000, first, 2000, now), (stretch(650, 600),))
    view.show_frame(short)
    assert view.window_shown.start < now.timestamp() - 650
    view.show_frame(HistoryFrame(Extent(1000, first, 2000, now), (stretch(1e6, 600),)))
    shown = view.window_shown
    assert shown.start < now.timestamp() - 650
    assert shown.seconds < 900
    assert archive_box(view.lanes, shown, view.frame.archives[0]).width() > 50


def test_that_an_archive_is_told_and_asked_for_by_click_menu_and_key(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    view, now = panel.view, datetime.now(UTC)
    archives = (stretch(1600, 1200), stretch(1200, 800, 1000, "/cold/newer"))
    first = now - timedelta(seconds=800)
    view.show_frame(HistoryFrame(Extent(2000, first, 12_000, now), archives))
    view.navigator.move(view.window_shown.showing(now.timestamp() - 1700, now.timestamp()))
    box = archive_box(view.lanes, view.window_shown, archives[0])
    told = hover(panel, qtbot, box.center())
    assert (told["Snapshots"], told["Changes"], told["Where"]) == ("7", "1,000", "/cold/lab")
    QTest.mouseClick(view, LEFT, PLAIN, box.center().toPoint())
    (note,) = panel.findChildren(ArchiveNote)
    assert note.fetch.hasFocus()
    words = " ".join(label.text() for label in note.findChildren(QLabel))
    assert "With it comes the stretch that was archived after it." in words
    with qtbot.waitSignal(panel.fetch_requested, timeout=500) as caught:
        QTest.keyClick(note.fetch, Qt.Key.Key_Return)
    assert caught.args == [archives[0]]
    QTest.mouseClick(view, Qt.MouseButton.RightButton, PLAIN, box.center().toPoint())
    (menu,) = panel.findChildren(QMenu, "TimelineMenu")
    assert [one.text() for one in menu.actions()] == ["Fetch back\u2026", "Copy where it is"]
    menu.actions()[1].trigger()
    assert QApplication.clipboard().text() == "/cold/lab"
    menu.close()


def test_that_scrubbing_stops_where_what_is_here_begins(panel: TimelinePanel) -> None:
    view, now = panel.view, datetime.now(UTC)
    first = now - timedelta(seconds=600)
    view.show_frame(HistoryFrame(Extent(1000, first, 2000, now), (stretch(900, 600),)))
    x = GUTTER + view.window_shown.x_of(now.timestamp() - 640)
    QTest.mouseClick(view, LEFT, PLAIN, QPointF(x, 8).toPoint())
    assert panel._session.instant == first


def test_that_history_that_was_let_go_is_told_and_archived_history_is_not_called_so(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    view, now = panel.view, datetime.now(UTC)
    first = now - timedelta(seconds=600)
    view.show_frame(HistoryFrame(Extent(1000, first, 2000, now), (stretch(900, 600),)))
    assert view.floors() == ()
    view.show_frame(HistoryFrame(Extent(1000, first, 2000, now)))
    x = GUTTER + view.window_shown.x_of(first.timestamp())
    told = hover(panel, qtbot, QPointF(x - 2, view.lanes.changes.center().y()))
    assert told[""] == "History begins here"
    assert told["Before"] == "1,000 changes, let go by retention"


def test_that_an_unnamed_epoch_has_one_name(panel: TimelinePanel) -> None:
    epoch = epoch_of(panel.timeline.summaries[2:6], "")
    assert epoch_card(epoch).heading == title_of(epoch)


# -- over a lake


def notes(wired: Wired) -> list[str]:
    return [one.place for one in wired.window.timeline.view.frame.archives]


def take_snapshots(wired: Wired, qtbot: QtBot, count: int) -> None:
    for step in range(count):
        wired.send("entity", space_name="lab", entity={"id": "a", "position": [step, 0, 0]})
        wired.lake.create_snapshot("lab").result(10)
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == count)


def test_that_changes_without_any_snapshot_are_on_the_timeline(wired: Wired, qtbot: QtBot) -> None:
    wired.send("entity", space_name="lab", entity={"id": "a"})
    between = datetime.now(UTC)
    wired.send("entity", space_name="lab", entity={"id": "b"})
    qtbot.waitUntil(lambda: wired.tree() == ["a", "b"])
    wired.feed.history.look()
    view = wired.window.timeline.view
    qtbot.waitUntil(lambda: view.frame.extent.head_seq == 2)
    assert len(wired.window.timeline.timeline) == 0
    assert view.history.seqs_between(0.0, time.time()) == (0, 2)
    wired.session.show_instant(between)
    qtbot.waitUntil(lambda: wired.tree() == ["a"])


def test_that_what_was_put_away_is_fetched_back_without_a_restart(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    take_snapshots(wired, qtbot, 4)
    timeline = wired.window.timeline
    ids = [one.id for one in timeline.timeline.summaries]
    wired.feed.history.look()
    qtbot.waitUntil(lambda: timeline.view.frame.extent.head_seq == 4)
    places = [str(tmp_path / "first"), str(tmp_path / "second")]
    for place, at in zip(places, (ids[1], ids[3]), strict=True):
        wired.lake.archive("lab", place, at, settled=0.0)
    wired.feed.history.look()
    qtbot.waitUntil(lambda: notes(wired) == places)
    qtbot.waitUntil(lambda: [one.id for one in timeline.timeline.summaries] == ids[3:])
    wired.window.actions_.palette.trigger()
    palette = next(one for one in wired.window.findChildren(Palette) if one.isVisible())
    palette.field.setText("fetch first")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    (note,) = timeline.findChildren(ArchiveNote)
    QTest.keyClick(note.fetch, Qt.Key.Key_Return)
    assert timeline.fetching.isVisible()
    qtbot.waitUntil(lambda: notes(wired) == [] and not timeline.fetching.isVisible())
    qtbot.waitUntil(lambda: [one.id for one in timeline.timeline.summaries] == ids)
    assert "Fetched back 4 changes and 3 snapshots of lab" in wired.window.banner.text
    wired.session.show_instant(timeline.timeline.summaries[0].timestamp)
    qtbot.waitUntil(lambda: wired.scene.seq == 1)


def test_that_who_goes_to_an_archived_time_is_offered_to_fetch_it(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    take_snapshots(wired, qtbot, 3)
    summaries = list(wired.window.timeline.timeline.summaries)
    wired.lake.archive("lab", str(tmp_path / "cold"), summaries[2].id, settled=0.0)
    wired.feed.history.look()
    qtbot.waitUntil(lambda: len(notes(wired)) == 1)
    wired.session.show_instant(summaries[1].timestamp)  # as if it was typed in
    banner = wired.window.banner
    qtbot.waitUntil(banner.isVisible)
    assert banner.text == f"What was then is in the archive at {tmp_path / 'cold'}"
    assert wired.session.is_live
    banner._deed.click()
    (note,) = wired.window.timeline.findChildren(ArchiveNote)
    note.close()


def test_that_fetching_is_cancelled_and_what_is_lost_is_told(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    take_snapshots(wired, qtbot, 2)
    place = tmp_path / "cold"
    ids = [one.id for one in wired.window.timeline.timeline.summaries]
    wired.lake.archive("lab", str(place), ids[1], settled=0.0)
    wired.feed.history.look()
    qtbot.waitUntil(lambda: notes(wired) == [str(place)])
    timeline = wired.window.timeline
    (away,) = timeline.view.frame.archives
    timeline.fetch_requested.emit(away)
    timeline.fetching.cancel.click()
    qtbot.waitUntil(lambda: not timeline.fetching.isVisible())
    assert "cancelled" in wired.window.status.currentMessage()
    assert [one.state for one in wired.lake.archived_stretches("lab")] == ["archived"]
    (place / "manifest.json").unlink()
    timeline.fetch_requested.emit(away)
    qtbot.waitUntil(lambda: wired.window.banner.isVisible())
    assert wired.window.banner.text.startswith("Not fetched back: ")


def test_that_an_outage_that_goes_on_is_on_the_timeline(wired: Wired, qtbot: QtBot) -> None:
    wired.send("entity", space_name="lab", entity={"id": "a"})
    view = wired.window.timeline.view
    assert view.outages() == []
    wired.desk.bridge.health_changed.emit(replace(wired.lake.health(), database_ok=False))
    ((start, stop),) = view.outages()
    assert start <= stop <= time.time()
    qtbot.waitUntil(lambda: view.outages() == [])  # the lake's next word is that all is well


def test_that_a_server_that_was_away_is_read_from_the_lake(wired: Wired, qtbot: QtBot) -> None:
    wired.send("entity", space_name="lab", entity={"id": "a"})
    now = datetime.now(UTC)
    runs = [(7200, 3600, "ended"), (1800, None, "")]
    with wired.lake._database.reader() as connection:
        connection.execute("UPDATE lake_changes SET recorded_at = recorded_at - interval '2 hours'")
        for start, stop, _ in runs:
            until = now - timedelta(seconds=stop) if stop else None
            run = ServerRun(
                id=uuid4(),
                program="lake-server",
                version="1",
                host="h",
                address="a",
                started_at=now - timedelta(seconds=start),
                seen_at=until or now,
                ended_at=until,
            )
            keep_run(connection, run)
    wired.feed.history.look()
    view = wired.window.timeline.view
    qtbot.waitUntil(lambda: len(view.frame.away) == 1)
    view.navigator.move(view.window_shown.showing(now.timestamp() - 8000, now.timestamp() + 60))
    (away,) = [one for one in view.absences() if one.why is Why.AWAY]
    assert away.words == "lake-server on h was closed"
    assert away.stop - away.start == pytest.approx(1800, abs=1)
