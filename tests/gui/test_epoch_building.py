"""Building an epoch in the wired Studio: by rule, without repeats, from drafts, across spaces."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from lake_core.scene.model import EpochDraft
from studio.panels.draft_offer import DraftOffer
from studio.panels.epoch_dialog import RECKONING, EpochDialog
from studio.panels.export_dialog import ExportDialog
from studio.session import Session
from tests.gui.wired import Wired

LEFT = Qt.MouseButton.LeftButton


def snapshots(wired: Wired, qtbot: QtBot, moves: list[int], space: str = "lab") -> list[str]:
    """A snapshot for each number: e1 is moved there first."""
    for place in moves:
        wired.send("entity", space_name=space, entity={"id": "e1", "position": [place, 0, 0]})
        wired.lake.create_snapshot(space).result(10)
    return [str(one.id) for one in wired.lake.snapshots(space)]


def opened(wired: Wired, qtbot: QtBot) -> EpochDialog:
    wired.window.actions_.new_epoch.trigger()
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    return dialog


def test_that_a_rule_says_how_many_pass_and_why_not_the_others(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    ids = snapshots(wired, qtbot, [1, 1, 5, 5, 1])
    dialog = opened(wired, qtbot)
    rules = dialog.rules
    qtbot.waitUntil(lambda: rules._count.text() == "5 of 5 snapshots")
    assert not rules._why.text()
    rules.distinct.click()
    qtbot.waitUntil(lambda: rules._count.text() == "2 of 5 snapshots")
    assert rules._why.text() == "3 of a state chosen already"
    QTest.mouseClick(rules.choose_button, LEFT)
    assert [str(one) for one in wired.session.chosen_snapshots] == [ids[0], ids[2]]
    rules.apart.setValue(3600)
    qtbot.waitUntil(lambda: rules._count.text() == "1 of 5 snapshots")
    assert rules._why.text() == "4 too soon after another"
    wired.window.actions_.undo.trigger()
    assert not wired.session.chosen_snapshots


def test_that_a_snapshot_that_comes_meanwhile_is_judged_too(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: dialog.rules._count.text() == "1 of 1 snapshot")
    snapshots(wired, qtbot, [2])
    qtbot.waitUntil(lambda: dialog.rules._count.text() == "2 of 2 snapshots")


def test_that_a_choice_is_undone_from_within_the_dialog(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1, 2])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: dialog.rules._count.text() == "2 of 2 snapshots")
    QTest.mouseClick(dialog.rules.choose_button, LEFT)
    dialog.rules.choose_button.setFocus()
    qtbot.waitUntil(lambda: len(wired.session.chosen_snapshots) == 2)
    QTest.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not wired.session.chosen_snapshots


def test_that_the_dialog_fits_a_small_screen_and_its_buttons_are_seen(qtbot: QtBot) -> None:
    dialog = EpochDialog(Session())
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.resize(dialog.width(), 480)
    assert dialog.height() == 480
    assert dialog.rect().contains(dialog.create_button.geometry())


def test_that_enter_in_a_rule_chooses_and_creates_nothing(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1, 2])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: dialog.rules._count.text() == "2 of 2 snapshots")
    QTest.keyClick(dialog.rules.quality, Qt.Key.Key_Return)
    assert len(wired.session.chosen_snapshots) == 2
    assert wired.lake.epochs() == []


def test_that_repeats_and_near_ones_are_counted_and_dropped(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene(count=300)
    ids = snapshots(wired, qtbot, [1, 1, 2])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == len(wired.lake.snapshots("lab")))
    chosen = [one.id for one in wired.window.timeline.timeline.summaries if str(one.id) in ids]
    wired.session.choose(chosen[-3:])
    said = "1 repeats a state, 1 differs by less than 1 %"
    qtbot.waitUntil(lambda: dialog.repeats.text() == said)
    QTest.mouseClick(dialog.drop_repeats, LEFT)
    assert list(wired.session.chosen_snapshots) == [chosen[-3], chosen[-1]]
    qtbot.waitUntil(lambda: dialog.repeats.text() == "1 differs by less than 1 %")
    QTest.mouseClick(dialog.drop_near, LEFT)
    assert list(wired.session.chosen_snapshots) == [chosen[-3]]
    qtbot.waitUntil(lambda: dialog.repeats.text() == "None repeats another")


def test_that_bars_and_sizes_follow_the_choice(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene(count=10)
    snapshots(wired, qtbot, [1, 2])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)
    first = wired.window.timeline.timeline.summaries[0].id
    wired.session.choose([first])
    bars = dialog.balance
    qtbot.waitUntil(lambda: sum(one.count for one in bars.flux.columns) == 10)
    assert [one.count for one in bars.depths.columns] == [1, 9]
    assert bars.classes.shares == [("(none)", 10)]
    qtbot.waitUntil(lambda: "Parquet" in dialog.sizes.text())
    wired.session.choose(())
    assert not dialog.sizes.text()
    assert sum(one.count for one in bars.flux.columns) == 0


def test_that_no_size_or_figure_of_another_choice_is_ever_shown(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene(count=10)
    snapshots(wired, qtbot, [1, 2])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)
    first, second = (one.id for one in wired.window.timeline.timeline.summaries)
    wired.session.choose([first])
    assert dialog.sizes.text() == RECKONING
    qtbot.waitUntil(lambda: "Parquet" in dialog.sizes.text())
    with qtbot.waitSignal(dialog.survey_requested):
        wired.session.choose([first, second])
        assert dialog.sizes.text() == RECKONING
    wired.session.choose([second])  # what was just asked about both is not wanted any more
    assert dialog.sizes.text() == RECKONING
    seen: set[int] = set()

    def sized() -> bool:
        seen.add(sum(bar.count for bar in dialog.balance.flux.columns))
        return "Parquet" in dialog.sizes.text()

    qtbot.waitUntil(sized)
    assert seen == {10}


def test_that_a_draft_is_kept_offered_and_gone_on_with(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1, 2])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 2)
    chosen = tuple(one.id for one in wired.window.timeline.timeline.summaries)
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: wired.deeds.building._offered)
    wired.session.choose(chosen)
    QTest.keyClicks(dialog.name, "Walk")
    dialog.reject()
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.drafts()] == ["Walk"])
    wired.session.choose(())
    again = opened(wired, qtbot)
    qtbot.waitUntil(again.offer.isVisible)
    QTest.mouseClick(continuing(again), LEFT)
    qtbot.waitUntil(lambda: wired.session.chosen_snapshots == chosen)
    assert again.name.text() == "Walk"
    QTest.mouseClick(again.create_button, LEFT)
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 1)
    qtbot.waitUntil(lambda: wired.lake.drafts() == [])


def test_that_the_last_draft_is_offered_and_older_ones_on_demand(qtbot: QtBot) -> None:
    offer = DraftOffer()
    qtbot.addWidget(offer)
    drafts = [EpochDraft(id=uuid4(), snapshot_ids=[], name=name) for name in ("new", "old", "x")]
    offer.show_drafts(drafts)

    def said() -> list[str]:
        return [one.text() for one in offer.findChildren(QToolButton) if one.isVisibleTo(offer)]

    assert said() == ["Continue", "", "and 2 older drafts"]
    next(one for one in offer.findChildren(QToolButton) if "older" in one.text()).click()
    qtbot.waitUntil(lambda: said().count("Continue") == 3)
    offer.show_drafts([])
    assert offer.isHidden()


def test_that_a_draft_of_the_very_choice_is_gone_on_with_unasked(
    wired: Wired, qtbot: QtBot
) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    wired.session.choose([one.id for one in wired.window.timeline.timeline.summaries])
    dialog = opened(wired, qtbot)
    QTest.keyClicks(dialog.name, "Walk")
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.drafts()] == ["Walk"])
    dialog.reject()
    again = opened(wired, qtbot)
    qtbot.waitUntil(lambda: again.name.text() == "Walk")
    assert not again.offer.isVisible()
    assert len(wired.lake.drafts()) == 1


def test_that_snapshots_dropped_among_the_epochs_begin_a_draft_and_more_add_to_it(
    wired: Wired, qtbot: QtBot
) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1, 2, 3])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 3)
    first, second, third = (one.id for one in wired.window.timeline.timeline.summaries)
    wired.session.choose([first])
    wired.window.epochs.snapshots_dropped.emit((second,))
    assert wired.deeds.building.dialog is not None
    assert list(wired.session.chosen_snapshots) == [second]
    wired.window.epochs.snapshots_dropped.emit((second, third))
    assert list(wired.session.chosen_snapshots) == [second, third]


def test_that_discarding_forgets_draft_and_choice(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1])
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    wired.session.choose([one.id for one in wired.window.timeline.timeline.summaries])
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: len(wired.lake.drafts()) == 1)
    QTest.mouseClick(dialog.discard_button, LEFT)
    qtbot.waitUntil(lambda: wired.lake.drafts() == [])
    assert wired.session.chosen_snapshots == ()
    assert wired.deeds.building.dialog is None


def test_that_an_epoch_is_chosen_across_spaces(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene("lab")
    wired.send_scene("other")
    ids = {*snapshots(wired, qtbot, [1], "lab"), *snapshots(wired, qtbot, [2], "other")}
    dialog = opened(wired, qtbot)
    qtbot.waitUntil(lambda: set(dialog.rules._spaces) == {"lab", "other"})
    assert dialog.rules.spaces() == ("lab",)
    dialog.rules._spaces["other"].click()
    qtbot.waitUntil(lambda: dialog.rules._count.text() == "2 of 2 snapshots")
    QTest.mouseClick(dialog.rules.choose_button, LEFT)
    wired.session.show_space("other")
    assert {str(one) for one in wired.session.chosen_snapshots} == ids
    QTest.mouseClick(dialog.create_button, LEFT)
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 1)
    assert wired.lake.epochs()[0].space_names == ["lab", "other"]


def test_that_a_deleted_snapshot_leaves_timeline_and_choice(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    snapshots(wired, qtbot, [1, 2])
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == 2)
    first, second = (one.id for one in timeline.summaries)
    wired.session.choose([first, second])
    wired.lake.delete_snapshot(first)
    qtbot.waitUntil(lambda: wired.session.chosen_snapshots == (second,))
    assert [one.id for one in timeline.summaries] == [second]


def continuing(dialog: EpochDialog) -> QToolButton:
    return next(one for one in dialog.findChildren(QToolButton) if one.text() == "Continue")


def test_that_a_new_user_builds_and_exports_an_epoch_in_a_few_clicks(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    """Open, one per state, take them, drop what is near, name, create, export: seven clicks."""
    wired.send_scene(count=300)
    snapshots(wired, qtbot, [1, 1, 2, 3])
    wired.window.epochs._folder = tmp_path
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 5)
    QTest.mouseClick(wired.window.timeline.epoch_button, LEFT)
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    dialog.rules.distinct.click()
    qtbot.waitUntil(lambda: "of a state chosen already" in dialog.rules._why.text())
    QTest.mouseClick(dialog.rules.choose_button, LEFT)
    qtbot.waitUntil(dialog.drop_near.isVisible)
    QTest.mouseClick(dialog.drop_near, LEFT)
    qtbot.waitUntil(lambda: dialog.repeats.text() == "None repeats another")
    QTest.keyClicks(dialog.name, "First walk")
    QTest.mouseClick(dialog.create_button, LEFT)
    panel = wired.window.epochs
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    QTest.mouseClick(panel.export_button, LEFT)
    export = next(one for one in wired.window.findChildren(ExportDialog) if one.isVisible())
    QTest.mouseClick(export.export_button, LEFT)
    qtbot.waitUntil(lambda: "Exported" in wired.window.banner.text, timeout=10_000)
    assert (tmp_path / "first-walk" / "manifest.json").exists()
