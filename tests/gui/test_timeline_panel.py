"""The timeline panel: choosing snapshots, moving in time, asking for deeds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from lake_core.scene.model import EpochStats, SnapshotMetadata, SnapshotSummary, TrainingEpoch
from studio.docks import LEAST
from studio.models.scene_model import SceneModel
from studio.models.time_words import clock_words
from studio.panels.timeline import TimelinePanel
from studio.panels.timeline_paint import GUTTER, band_box
from studio.panels.timeline_view import TimelineView
from studio.session import Session
from studio.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier


def snapshot(
    ago: float, seq: int, trigger: str = "threshold", space: str = "lab"
) -> SnapshotSummary:
    return SnapshotSummary(
        id=uuid4(),
        space_name=space,
        timestamp=datetime.now(UTC) - timedelta(seconds=ago),
        seq=seq,
        trigger=trigger,
        pinned=False,
        metadata=SnapshotMetadata(
            entity_count=50,
            connection_count=49,
            hierarchy_depth=3,
            sacred_entity_count=15,
            avg_flux_position=4.0,
            spatial_bounds=((0, 0, 0), (1, 1, 1)),
            quality_score=1.0,
            state_hash="0",
        ),
    )


def epoch_of(snapshots: list[SnapshotSummary], name: str = "Walk") -> TrainingEpoch:
    return TrainingEpoch(
        id=uuid4(),
        space_name="lab",
        snapshot_ids=[one.id for one in snapshots],
        start_time=snapshots[0].timestamp,
        end_time=snapshots[-1].timestamp,
        sample_count=100,
        stats=EpochStats(
            total_entities=50,
            total_connections=49,
            unique_types=3,
            avg_hierarchy_depth=3,
            sacred_frequency=0.3,
            spatial_coverage=0.1,
        ),
        name=name,
    )


@pytest.fixture
def panel(qtbot: Any) -> TimelinePanel:
    """A panel of ten snapshots, a minute apart, the last a minute ago."""
    panel = TimelinePanel(Session())
    qtbot.addWidget(panel)
    panel.resize(1100, 200)
    panel.show()
    panel._session.show_space("lab")
    panel.show_snapshots([snapshot(600 - 60 * at, 100 * (at + 1)) for at in range(10)])
    panel.grab()
    return panel


def place(panel: TimelinePanel, index: int) -> QPoint:
    view = panel.view
    x = GUTTER + view.window_shown.x_of(float(panel.timeline.times[index]))
    return QPointF(x, view.lanes.snapshots.center().y()).toPoint()


def chosen(panel: TimelinePanel) -> list[int]:
    found = [panel.timeline.index_of(one) for one in panel._session.chosen_snapshots]
    return [at for at in found if at is not None]


def click(panel: TimelinePanel, index: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.mouseClick(panel.view, LEFT, keys, place(panel, index))


def test_that_all_snapshots_are_in_view_at_first(panel: TimelinePanel) -> None:
    columns = [place(panel, at).x() for at in range(10)]
    assert columns == sorted(columns)
    assert columns[0] >= GUTTER
    assert columns[-1] < panel.view.width()


def test_that_a_click_chooses_one_and_beside_clears(panel: TimelinePanel) -> None:
    click(panel, 4)
    assert chosen(panel) == [4]
    click(panel, 6)
    assert chosen(panel) == [6]
    between = (place(panel, 6) + place(panel, 7)) / 2
    QTest.mouseClick(panel.view, LEFT, PLAIN, between)
    assert chosen(panel) == []


def test_that_ctrl_toggles_and_shift_ranges(panel: TimelinePanel) -> None:
    click(panel, 2)
    click(panel, 8, CTRL)
    assert chosen(panel) == [2, 8]
    click(panel, 2, CTRL)
    assert chosen(panel) == [8]
    click(panel, 3)
    click(panel, 6, SHIFT)
    assert chosen(panel) == [3, 4, 5, 6]
    click(panel, 1, SHIFT)
    assert chosen(panel) == [1, 2, 3]


def test_that_a_ctrl_click_beside_keeps_what_is_chosen(panel: TimelinePanel) -> None:
    click(panel, 2)
    between = (place(panel, 6) + place(panel, 7)) / 2
    QTest.mouseClick(panel.view, LEFT, CTRL, between)
    assert chosen(panel) == [2]


def drag(
    panel: TimelinePanel,
    start: QPoint,
    stop: QPoint,
    keys: Qt.KeyboardModifier = PLAIN,
    button: Qt.MouseButton = LEFT,
) -> None:
    QTest.mousePress(panel.view, button, keys, start)
    QTest.mouseMove(panel.view, (start + stop) / 2)
    QTest.mouseMove(panel.view, stop)
    QTest.mouseRelease(panel.view, button, keys, stop)


def test_that_a_rubber_band_chooses_what_it_covers(panel: TimelinePanel) -> None:
    aside = QPoint(12, 8)
    drag(panel, place(panel, 5) + aside, place(panel, 2) - aside)
    assert chosen(panel) == [2, 3, 4, 5]
    drag(panel, place(panel, 8) - aside, place(panel, 9) + aside, CTRL)
    assert chosen(panel) == [2, 3, 4, 5, 8, 9]


def test_that_keys_step_choose_all_and_clear(panel: TimelinePanel) -> None:
    click(panel, 4)
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert chosen(panel) == [5]
    QTest.keyClick(panel.view, Qt.Key.Key_Right, SHIFT)
    assert chosen(panel) == [5, 6]
    QTest.keyClick(panel.view, Qt.Key.Key_A, CTRL)
    assert len(chosen(panel)) == 10
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    assert chosen(panel) == []
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    assert chosen(panel) == [3 + 2]


@pytest.mark.parametrize(("button", "keys"), [(Qt.MouseButton.RightButton, PLAIN), (LEFT, SHIFT)])
def test_that_the_axis_can_be_panned_and_home_comes_back(
    panel: TimelinePanel, button: Qt.MouseButton, keys: Qt.KeyboardModifier
) -> None:
    before = panel.view.window_shown.start
    drag(panel, QPoint(500, 8), QPoint(650, 8), keys, button)
    assert panel._session.is_live
    assert panel.view.window_shown.start < before
    follows = panel.view.navigator.follows
    assert not follows
    assert chosen(panel) == []
    QTest.keyClick(panel.view, Qt.Key.Key_Home)
    assert panel.view.navigator.follows
    assert panel.view.window_shown.start == pytest.approx(before, abs=30)


def test_that_the_wheel_zooms_at_the_cursor(panel: TimelinePanel) -> None:
    at = place(panel, 3)
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(at),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = panel.view.window_shown.seconds
    QApplication.sendEvent(panel.view, wheel)
    assert panel.view.window_shown.seconds < before / 2
    assert (place(panel, 3) - at).manhattanLength() <= 2


def test_that_hovering_shows_a_card_and_leaving_hides_it(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    QTest.mouseMove(panel.view, place(panel, 5))
    qtbot.waitUntil(lambda: panel.view._card.card is not None)
    card = panel.view._card.card
    assert card is not None
    words = {row.label: row.value for row in card.rows}
    assert words["Entities"] == "50"
    assert words["Changes"].startswith("100 ")
    panel.view.leaveEvent(QEvent(QEvent.Type.Leave))
    assert panel.view._card.card is None


def card_of(panel: TimelinePanel) -> dict[str, str]:
    """What the card under the pointer says; nothing where there is none."""
    card = panel.view._card.card
    return {} if card is None else {row.label: row.value for row in card.rows}


def hover(panel: TimelinePanel, at: QPoint) -> None:
    """Wherever the pointer was: one that is there already makes no move of QTest's."""
    none = Qt.MouseButton.NoButton
    place = panel.view.mapToGlobal(QPointF(at))
    moved = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), place, none, none, PLAIN)
    QApplication.sendEvent(panel.view, moved)
    assert card_of(panel)


def test_that_a_card_goes_with_its_snapshot_and_says_what_is_new_of_it(
    panel: TimelinePanel,
) -> None:
    hover(panel, place(panel, 5))
    hovered = panel.timeline.summaries[5]
    panel.add_snapshot(msgspec.structs.replace(hovered, rating=4))
    assert card_of(panel)["Rating"] == "4 of 5"
    panel.remove_snapshot(panel.timeline.summaries[0].id)
    assert card_of(panel)["Rating"] == "4 of 5"
    panel.remove_snapshot(hovered.id)
    assert card_of(panel) == {}


def test_that_a_card_goes_with_its_epoch(panel: TimelinePanel) -> None:
    panel.show_epochs([epoch_of(panel.timeline.summaries[2:6])])
    panel.grab()
    box = band_box(panel.view.lanes, panel.view.window_shown, panel.view.bands[0])
    hover(panel, box.center().toPoint())
    assert card_of(panel)["Snapshots"] == "4"
    panel.show_epochs([])
    assert card_of(panel) == {}


def test_that_a_card_leaves_the_transport_in_sight(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session()
    window = StudioWindow(session, SceneModel(), tmp_path, as_new=True)
    qtbot.addWidget(window)
    window.show()
    session.show_space("lab")
    panel = window.timeline
    panel.show_snapshots([snapshot(600 - 60 * at, 100 * (at + 1)) for at in range(10)])
    window.grab()
    for at in (1, 8):
        hover(panel, place(panel, at))
        card = panel.view._card.geometry()
        bar = QRect(panel.mapTo(window, QPoint(0, 0)), QSize(panel.width(), panel.view.y()))
        assert window.rect().contains(card)
        assert not card.intersects(bar)
        panel.view.leaveEvent(QEvent(QEvent.Type.Leave))


def test_that_the_bar_counts_and_offers_an_epoch_only_of_something(
    panel: TimelinePanel, qtbot: Any
) -> None:
    snapshots = list(panel.timeline.summaries)
    panel.show_snapshots([])
    assert not panel.epoch_button.isEnabled()
    panel.show_snapshots(snapshots)
    click(panel, 1)
    click(panel, 4, SHIFT)
    assert "10 snapshots" in panel.figures.text()
    assert "4 chosen" in panel.figures.text()
    with qtbot.waitSignal(panel.epoch_requested, timeout=500):
        panel.epoch_button.click()
    with qtbot.waitSignal(panel.snapshot_requested, timeout=500):
        panel.snapshot_button.click()


def test_that_a_new_snapshot_appears_and_keeps_the_choice(panel: TimelinePanel) -> None:
    click(panel, 4)
    panel.add_snapshot(snapshot(0.0, 1100, "manual"))
    panel.add_snapshot(snapshot(0.0, 5, space="elsewhere"))
    assert len(panel.timeline) == 11
    assert chosen(panel) == [4]


def test_that_an_epoch_is_a_band_and_a_click_chooses_its_snapshots(
    panel: TimelinePanel, qtbot: Any
) -> None:
    epoch = epoch_of(panel.timeline.summaries[2:6])
    panel.show_epochs([epoch, epoch_of(panel.timeline.summaries[4:8], "Overlap")])
    panel.grab()
    view = panel.view
    assert [band.row for band in view.bands] == [0, 1]
    box = band_box(view.lanes, view.window_shown, view.bands[0])
    with qtbot.waitSignal(panel.epoch_activated, timeout=500) as caught:
        QTest.mouseClick(view, LEFT, PLAIN, box.center().toPoint())
    assert caught.args == [epoch.id]
    assert chosen(panel) == [2, 3, 4, 5]


def test_that_past_and_live_are_told_apart_and_one_click_goes_back(panel: TimelinePanel) -> None:
    transport = panel.transport
    assert (transport.live.text(), transport.field.text()) == ("Live", "")
    instant = panel.timeline.summaries[3].timestamp
    panel._session.show_instant(instant)
    panel.grab()
    assert transport.live.text() == "Go live"
    assert transport.field.text() == clock_words(instant)
    transport.live.click()
    assert panel._session.is_live
    assert (transport.live.text(), transport.field.text()) == ("Live", "")


def instant(panel: TimelinePanel) -> datetime:
    shown = panel._session.instant
    assert shown is not None
    return shown


def moment_at(panel: TimelinePanel, x: float) -> float:
    return panel.view.window_shown.time_of(x - GUTTER)


@pytest.mark.parametrize("width", [584, 563, 520, 501, 460, 439, 410, 399, 350, 300])
def test_that_in_a_small_window_no_control_lies_over_another(
    panel: TimelinePanel, qtbot: QtBot, width: int
) -> None:
    panel.setMinimumWidth(LEAST)
    panel.resize(width, 200)
    qtbot.wait(1)  # the layout follows what gave way
    assert panel.width() == width
    transport = panel.transport
    controls = [*panel.findChildren(QAbstractButton), transport.field]
    shown = [one for one in controls if one.isVisibleTo(panel)]
    row = sorted((QRect(one.mapTo(panel, QPoint()), one.size()) for one in shown), key=QRect.x)
    assert {transport.play, transport.field, transport.live} <= set(shown)
    assert all(one.right() < other.left() for one, other in pairwise(row))
    assert panel.rect().contains(row[-1])


def test_that_a_click_on_the_axis_shows_that_instant(panel: TimelinePanel) -> None:
    QTest.mouseClick(panel.view, LEFT, PLAIN, QPoint(500, 8))
    assert instant(panel).timestamp() == pytest.approx(moment_at(panel, 500), abs=1)
    assert panel._session.chosen_snapshots == ()


def test_that_a_drag_on_the_axis_follows_the_pointer_and_its_end_stays(
    panel: TimelinePanel,
) -> None:
    shown: list[datetime] = []
    panel._session.instant_changed.connect(shown.append)
    drag(panel, QPoint(700, 8), QPoint(400, 8))
    assert len(shown) == 3
    assert shown == sorted(shown, reverse=True)
    assert instant(panel).timestamp() == pytest.approx(moment_at(panel, 400), abs=1)


def test_that_a_drag_to_the_present_goes_live(panel: TimelinePanel) -> None:
    QTest.mouseClick(panel.view, LEFT, PLAIN, QPoint(500, 8))
    drag(panel, QPoint(500, 8), QPoint(panel.view.width() - 2, 8))
    assert panel._session.is_live


def test_that_the_playhead_can_be_taken_above_the_snapshots(panel: TimelinePanel) -> None:
    view = panel.view
    QTest.mouseClick(view, LEFT, PLAIN, QPoint(500, 8))
    y = round(view.lanes.epochs.center().y())
    drag(panel, QPoint(500, y), QPoint(600, y))
    assert instant(panel).timestamp() == pytest.approx(moment_at(panel, 600), abs=1)
    assert view.navigator.follows


def test_that_a_drag_over_the_snapshots_chooses_and_does_not_scrub(panel: TimelinePanel) -> None:
    panel._session.show_instant(panel.timeline.summaries[4].timestamp)
    aside = QPoint(12, 8)
    drag(panel, place(panel, 2) - aside, place(panel, 5) + aside)
    assert chosen(panel) == [2, 3, 4, 5]
    assert instant(panel) == panel.timeline.summaries[4].timestamp


def test_that_a_double_click_shows_a_snapshot(panel: TimelinePanel) -> None:
    QTest.mouseDClick(panel.view, LEFT, PLAIN, place(panel, 6))
    assert instant(panel) == panel.timeline.summaries[6].timestamp


def test_that_steps_go_from_snapshot_to_snapshot_and_end_in_the_present(
    panel: TimelinePanel,
) -> None:
    at = [summary.timestamp for summary in panel.timeline.summaries]
    panel.transport.back.click()
    assert instant(panel) == at[9]
    panel.transport.back.click()
    assert instant(panel) == at[8]
    panel._session.show_instant(at[5] + timedelta(seconds=3))
    panel.transport.back.click()
    assert instant(panel) == at[5]
    panel.transport.forward.click()
    assert instant(panel) == at[6]
    panel._session.show_instant(at[0])
    panel.transport.back.click()
    assert instant(panel) == at[0]
    panel._session.show_instant(at[9])
    panel.transport.forward.click()
    assert panel._session.is_live


def test_that_an_instant_out_of_view_is_brought_into_view(panel: TimelinePanel) -> None:
    view = panel.view
    view.navigator.move(view.window_shown.zoomed(0.1, view.window_shown.width))
    panel._session.show_instant(panel.timeline.summaries[2].timestamp)
    assert 0 <= view.window_shown.x_of(instant(panel).timestamp()) <= view.window_shown.width


def test_that_playing_moves_the_instant_at_the_chosen_rate(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    start = panel.timeline.summaries[2].timestamp
    panel._session.show_instant(start)
    panel.playback.set_rate(10.0)
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.playback.is_playing
    began = time.monotonic()
    qtbot.waitUntil(lambda: instant(panel) > start + timedelta(seconds=5))
    assert time.monotonic() - began == pytest.approx(0.5, abs=0.25)
    panel.transport.play.click()
    stopped = instant(panel)
    qtbot.wait(120)
    assert instant(panel) == stopped


def test_that_playing_into_the_present_ends_live(panel: TimelinePanel, qtbot: QtBot) -> None:
    panel._session.show_instant(datetime.now(UTC) - timedelta(seconds=0.5))
    panel.playback.set_rate(5.0)
    panel.playback.play()
    qtbot.waitUntil(lambda: panel._session.is_live)
    assert not panel.playback.is_playing


def test_that_playing_from_the_present_begins_where_history_does(panel: TimelinePanel) -> None:
    panel.playback.play()
    first = panel.timeline.summaries[0].timestamp
    assert instant(panel).timestamp() == pytest.approx(first.timestamp(), abs=0.1)
    panel.playback.stop()


def test_that_a_time_typed_in_is_shown_and_nonsense_stays_to_be_mended(
    panel: TimelinePanel,
) -> None:
    field = panel.transport.field
    field.setFocus()
    QTest.keyClicks(field, "3 min ago")
    QTest.keyClick(field, Qt.Key.Key_Return)
    ago = (datetime.now(UTC) - instant(panel)).total_seconds()
    assert ago == pytest.approx(180, abs=2)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "soon")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "soon"
    assert (datetime.now(UTC) - instant(panel)).total_seconds() == pytest.approx(180, abs=3)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == clock_words(instant(panel))


def test_that_another_space_starts_empty(panel: TimelinePanel) -> None:
    click(panel, 4)
    panel._session.show_space("other")
    panel.grab()
    assert len(panel.timeline) == 0
    assert panel._session.chosen_snapshots == ()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
        QTest.keyClick(panel.view, key)


def test_that_a_hundred_thousand_snapshots_paint_quickly(qtbot: Any) -> None:
    panel = TimelinePanel(Session())
    qtbot.addWidget(panel)
    panel.resize(1100, 200)
    panel.show()
    panel._session.show_space("lab")
    panel.show_snapshots([snapshot(100_000 - at, at) for at in range(100_000)])
    panel.grab()
    took = []
    for _ in range(5):
        start = time.perf_counter()
        panel.view.grab()
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05
    QTest.keyClick(panel.view, Qt.Key.Key_A, CTRL)
    assert len(panel._session.chosen_snapshots) == 100_000


def test_that_a_drag_from_a_chosen_snapshot_takes_all_chosen_along(
    panel: TimelinePanel, qtbot: QtBot
) -> None:
    view = TimelineView(panel._session, panel.timeline)
    qtbot.addWidget(view)
    view.resize(1100, 150)
    view.show()
    view.snapshots_changed()
    view.fit()
    panel._session.choose(panel.timeline.ids_at([3, 4]))
    x = GUTTER + view.window_shown.x_of(float(panel.timeline.times[3]))
    start = QPointF(x, view.lanes.snapshots.center().y()).toPoint()
    taken: list[None] = []
    view.drag_requested.connect(lambda: taken.append(None))
    QTest.mousePress(view, LEFT, PLAIN, start)
    QTest.mouseMove(view, start + QPoint(30, 0))
    QTest.mouseRelease(view, LEFT, PLAIN, start + QPoint(30, 0))
    assert taken == [None]
    assert chosen(panel) == [3, 4]


def test_that_no_line_goes_through_the_words_where_there_are_no_snapshots(
    panel: TimelinePanel,
) -> None:
    panel.show_snapshots([])
    lane, picture = panel.view.lanes.snapshots, panel.view.grab().toImage()
    middle = round(lane.center().x())
    rows = range(round(lane.center().y()) - 2, round(lane.center().y()) + 3)

    def lined(left: int, right: int) -> int:
        """The most pixels of one row that have the colour of most of them at the edge."""
        edge = [picture.pixel(round(lane.left()) + 3, y) for y in rows]
        line = next(one for one in edge if edge.count(one) == 1)
        return max(sum(picture.pixel(x, y) == line for x in range(left, right)) for y in rows)

    assert lined(round(lane.left()) + 3, round(lane.left()) + 40) > 30
    assert lined(middle - 60, middle + 60) < 10
