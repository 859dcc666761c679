"""Epochs made of epochs, compared and looked at closely, in the wired Studio."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lake_core.scene.model import TrainingEpoch
from tests.gui.wired import Wired


@pytest.fixture
def two(wired: Wired, qtbot: QtBot) -> tuple[TrainingEpoch, TrainingEpoch]:
    """Walk holds the first and second of three snapshots, Rig the second and third."""
    wired.send_scene()
    for place in (1, 2, 3):
        wired.send("entity", space_name="lab", entity={"id": "e1", "position": [place, 0, 0]})
        wired.lake.create_snapshot("lab").result(10)
    ids = [one.id for one in wired.lake.snapshots("lab")]
    walk = wired.lake.create_epoch(ids[:2], "Walk")
    rig = wired.lake.create_epoch(ids[1:], "Rig")
    qtbot.waitUntil(lambda: wired.window.epochs.model.rowCount() == 2)
    wired.window.epochs.select(walk.id)
    return walk, rig


def entries(wired: Wired) -> dict[str, QAction]:
    """All entries of the epoch's menu, those of submenus as `menu/entry`."""
    panel = wired.window.epochs
    panel.more_button.click()
    menu = panel.findChildren(QMenu, "EpochMenu")[-1]
    menu.hide()
    found = {action.text(): action for action in menu.actions()}
    for name, action in list(found.items()):
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            found |= {f"{name}/{one.text()}": one for one in submenu.actions()}
    return found


def test_that_epochs_are_merged_and_say_of_what(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    entries(wired)["Merge with…/Rig"].trigger()
    panel = wired.window.epochs
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3)
    made = panel.selected()
    assert made is not None
    assert (made.name, made.derived_from) == ("Walk + Rig", [two[0].id, two[1].id])
    assert panel._lineage.text() == "Made of Walk and Rig"
    wired.lake.delete_epoch(two[1].id)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    panel.select(made.id)
    assert panel._lineage.text() == "Made of Walk and an epoch that is gone"


def test_that_a_merge_is_undone(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    entries(wired)["Merge with…/Rig"].trigger()
    qtbot.waitUntil(lambda: wired.window.actions_.undo.text() == "Undo creating Walk + Rig")
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.epochs()] == ["Walk", "Rig"])


def test_that_an_epoch_is_extended_says_of_what_and_is_undone(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    walk, more = two[0], two[1].snapshot_ids[1]
    assert not entries(wired)["Choose more snapshots to extend it"].isEnabled()
    wired.session.choose([walk.snapshot_ids[0], more])
    entries(wired)["New epoch of Walk and 1 snapshot more"].trigger()
    panel = wired.window.epochs
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3)
    made = wired.lake.epochs()[-1]
    assert made.snapshot_ids == [*walk.snapshot_ids, more]
    qtbot.waitUntil(lambda: panel._lineage.text() == "Made of Walk")
    assert wired.lake.epoch(walk.id) == walk
    qtbot.waitUntil(lambda: wired.window.actions_.undo.text() == "Undo creating Walk, extended")
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: [one.name for one in wired.lake.epochs()] == ["Walk", "Rig"])


def test_that_an_epoch_is_narrowed_to_the_chosen_of_it(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    assert not entries(wired)["Choose some of its snapshots to narrow it"].isEnabled()
    entries(wired)["Choose its snapshots"].trigger()
    assert list(wired.session.chosen_snapshots) == two[0].snapshot_ids
    wired.session.choose([two[0].snapshot_ids[0], two[1].snapshot_ids[1]])
    entries(wired)["New epoch of the 1 snapshot chosen of it"].trigger()
    qtbot.waitUntil(lambda: len(wired.lake.epochs()) == 3)
    made = wired.lake.epochs()[-1]
    assert (made.snapshot_ids, made.derived_from) == ([two[0].snapshot_ids[0]], [two[0].id])


def test_that_two_epochs_stand_side_by_side(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    wired.window.epochs.select(two[1].id)
    entries(wired)["Compare with…/Walk"].trigger()
    dialog = wired.deeds.deriving.figures
    assert dialog is not None
    assert [side.epoch.name for side in dialog.sides] == ["Walk", "Rig"]
    said = "1 snapshot in both, 1 only in the first, 1 only in the second."
    assert dialog.verdict.text() == said
    for side in dialog.sides:
        qtbot.waitUntil(lambda: sum(c.count for c in side.balance.flux.columns) == 6)  # noqa: B023
    dialog.close()
    assert wired.deeds.deriving.figures is None


def test_that_one_epoch_is_looked_at_closely_and_closing_early_harms_nothing(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    wired.window.epochs.figures_button.click()
    first = wired.deeds.deriving.figures
    assert first is not None
    first.close()
    wired.window.epochs.figures_button.click()
    second = wired.deeds.deriving.figures
    assert second is not None
    said = "2 distinct states, none repeats another"
    qtbot.waitUntil(lambda: second.sides[0].state.text() == said)
    second.close()


def test_that_the_export_dialog_is_told_sizes(
    wired: Wired, qtbot: QtBot, two: tuple[TrainingEpoch, TrainingEpoch]
) -> None:
    wired.window.epochs.ask_export()
    dialog = wired.window.epochs.export_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog._sizes["jsonl"].text().startswith("about "))
    dialog.fields.classes.setText("Unicorn")
    qtbot.waitUntil(lambda: dialog._sizes["jsonl"].text() == "nothing")
    dialog.reject()
    assert wired.window.epochs.export_dialog is None
