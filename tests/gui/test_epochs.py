"""The epochs panel and the export dialog, with no lake behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from lake_core.export import ExportOptions, TargetCheck, check_target
from lake_core.scene.model import EpochStats, TrainingEpoch
from studio.panels.epoch_card import CARD_HEIGHT
from studio.panels.epochs import EpochsPanel
from studio.panels.export_dialog import RECKONING, ExportChoice, ExportDialog
from studio.panels.snapshot_drag import packed
from studio.theme import THEME
from studio.workers import Workers

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY = Qt.DropAction.CopyAction
NOW = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)


def epoch(name: str, age: int) -> TrainingEpoch:
    stats = EpochStats(
        total_entities=10,
        total_connections=20,
        unique_types=3,
        avg_hierarchy_depth=2.0,
        sacred_frequency=0.25,
        spatial_coverage=0.5,
    )
    return TrainingEpoch(
        id=uuid4(),
        space_name="lab",
        snapshot_ids=[uuid4()],
        start_time=NOW,
        end_time=NOW,
        sample_count=1234,
        stats=stats,
        name=name,
        created_at=NOW - timedelta(hours=age),
    )


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> EpochsPanel:
    panel = EpochsPanel(tmp_path)
    qtbot.addWidget(panel)
    panel.resize(330, 420)
    panel.show()
    return panel


def test_that_the_newest_stands_first_and_its_figures_are_shown(panel: EpochsPanel) -> None:
    panel.show_epochs([epoch("old", 5), epoch("new", 1)])
    assert [one.name for one in panel.model.epochs] == ["new", "old"]
    shown = {name.text(): value.text() for name, value in panel._figures._cells}
    assert (shown["Samples"], shown["Sacred"]) == ("1,234", "25.0%")


def test_that_a_long_note_leaves_room_for_every_figure(panel: EpochsPanel) -> None:
    one = epoch("An epoch with a name that is far too long for a narrow panel", 1)
    one.note = "a note " * 50
    panel.show_epochs([one])
    panel.resize(280, panel.minimumSizeHint().height())
    panel.grab()
    for name, value in panel._figures._cells:
        assert min(name.height(), value.height()) >= value.fontMetrics().height()
    assert panel._note.toolTip() == one.note
    assert panel.rect().contains(panel.export_button.geometry())


def test_that_a_new_epoch_is_selected_and_one_told_twice_stands_once(panel: EpochsPanel) -> None:
    panel.show_epochs([epoch("old", 5)])
    fresh = epoch("fresh", 0)
    panel.epoch_created(fresh)
    panel.epoch_created(fresh)
    assert panel.model.rowCount() == 2
    assert panel.selected() == fresh


def test_that_deleting_asks_first(panel: EpochsPanel, qtbot: QtBot) -> None:
    one = epoch("one", 1)
    panel.show_epochs([one])
    asked: list[object] = []
    panel.delete_requested.connect(asked.append)
    panel.delete_button.click()
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert asked == []
    next(button for button in box.buttons() if button.text() == "Delete").click()
    assert asked == [one.id]


def test_that_an_export_under_way_can_be_cancelled_and_not_doubled(
    panel: EpochsPanel, qtbot: QtBot
) -> None:
    panel.show_epochs([epoch("one", 1)])
    panel.export_progress(3, 10)
    assert not panel.export_button.isEnabled()
    assert (panel.progress.bar.value(), panel.progress.bar.maximum()) == (3, 10)
    panel.export_ended()
    assert panel.export_button.isEnabled()


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportDialog]:
    """One that is told of the folder it asks for, by a worker."""
    workers, dialog = Workers(), ExportDialog("First walk / 2", tmp_path)
    qtbot.addWidget(dialog)

    def look(text: str, really: bool) -> None:
        looked = partial(check_target, text, really=really)
        workers.run_in_thread(looked, dialog.show_folder, lambda _: None)

    dialog.folder_check_requested.connect(look)
    dialog.show()
    yield dialog
    workers.close()


def test_that_an_export_makes_its_own_folder(dialog: ExportDialog, tmp_path: Path) -> None:
    assert dialog.choice().directory == tmp_path / "first-walk-2"
    assert dialog.export_button.isEnabled()
    dialog.folder.setText("  ")
    assert not dialog.export_button.isEnabled()
    dialog.folder.setText("walk")
    assert "whole path" in dialog._problem.text()
    assert not dialog.export_button.isEnabled()


def test_that_a_folder_is_looked_at_as_soon_as_it_is_named(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog.folder.setText(str(tmp_path))
    qtbot.waitUntil(lambda: "exists already" in dialog._problem.text())
    assert not dialog.export_button.isEnabled()
    dialog.folder.setText(str(tmp_path / "another"))
    assert dialog._problem.text() == ""
    assert dialog.export_button.isEnabled()


def test_that_a_folder_that_cannot_be_keeps_the_dialog_and_has_the_keys(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    chosen: list[ExportChoice] = []
    dialog.chosen.connect(chosen.append)
    (tmp_path / "file").write_text("")
    dialog.folder.setText(str(tmp_path / "file" / "walk"))
    dialog.export_button.setFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Return)  # faster than the look at it
    qtbot.waitUntil(lambda: "file, not a folder: choose another" in dialog._problem.text())
    assert dialog.isVisible()
    assert dialog.focusWidget() is dialog.folder
    assert dialog.folder.hasSelectedText()
    dialog.folder.setText(str(tmp_path / "new" / "walk"))
    QTest.keyClick(dialog.folder, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert [choice.directory for choice in chosen] == [tmp_path / "new" / "walk"]
    assert (tmp_path / "new").is_dir()


def test_that_an_export_larger_than_the_room_for_it_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog("e", tmp_path)
    qtbot.addWidget(dialog)
    dialog.show_folder(TargetCheck(dialog.folder.text(), free=1_000_000))
    dialog._settle.stop()
    dialog.show_sizes({"parquet": 2_100_000, "jsonl": 900_000})
    assert dialog._problem.text() == "About 2.1 MB are needed; there is room for 1 MB."
    assert dialog.export_button.isEnabled()  # it is about
    dialog._formats["jsonl"].setChecked(True)
    assert dialog._problem.text() == ""


def test_that_the_choice_carries_format_and_options(dialog: ExportDialog, qtbot: QtBot) -> None:
    dialog._formats["jsonl"].setChecked(True)
    fields = dialog.fields
    for tick in (fields.sacred_only, fields.dedupe, fields.consent):
        tick.setChecked(True)
    fields.weight.setValue(3.0)
    fields.deepest.setValue(0)
    fields.classes.setText("Part, Light, Part,")
    fields.split.setText("train=0.9,test=0.1")
    chosen: list[ExportChoice] = []
    dialog.chosen.connect(chosen.append)
    dialog.export_button.click()
    qtbot.waitUntil(lambda: bool(chosen))
    (choice,) = chosen
    assert choice.fmt == "jsonl"
    assert choice.options == ExportOptions(
        sacred_only=True,
        dedupe=True,
        require_consent=True,
        weight_sacred=3.0,
        max_depth=0,
        class_types=("Part", "Light"),
        split={"train": 0.9, "test": 0.1},
    )


def test_that_untouched_options_are_the_contracts_defaults(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog("e", tmp_path)
    qtbot.addWidget(dialog)
    assert dialog.choice().options == ExportOptions()


def test_that_a_split_that_cannot_be_is_said_and_not_exported(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog("e", tmp_path)
    qtbot.addWidget(dialog)
    for split, said in (("train=0.9", "add up to 1"), ("walk", "expected e.g. train=0.9")):
        dialog.fields.split.setText(split)
        assert said in dialog._problem.text()
        assert not dialog.export_button.isEnabled()
    dialog.fields.split.setText("")
    assert dialog.export_button.isEnabled()


def test_that_sizes_are_asked_for_with_the_options_and_shown(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog("e", tmp_path)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.sizes_requested) as asked:
        dialog.fields.dedupe.click()
        dialog.show_sizes({"parquet": 1})  # of the options before
        assert {label.text() for label in dialog._sizes.values()} == {RECKONING}
    assert asked.args == [ExportOptions(dedupe=True)]
    dialog.show_sizes({"parquet": 2_100_000, "jsonl": 0, "webdataset": 135_000_000})
    said = {fmt: label.text() for fmt, label in dialog._sizes.items()}
    assert said == {"parquet": "about 2.1 MB", "jsonl": "nothing", "webdataset": "about 135 MB"}


def dragged(panel: EpochsPanel, at: QPoint, ids: list[UUID]) -> None:
    """Snapshots are brought from outside to a point of the panel."""
    held = (COPY, packed(ids), LEFT, PLAIN)
    enters = QDragEnterEvent(at, *held)
    QApplication.sendEvent(panel, enters)
    assert enters.isAccepted()
    QApplication.sendEvent(panel, QDragMoveEvent(at, *held))


def dropped(panel: EpochsPanel, at: QPoint, ids: list[UUID]) -> list[QAction]:
    """They are let go there; what is offered."""
    dragged(panel, at, ids)
    held = packed(ids)  # the event itself does not hold it
    QApplication.sendEvent(panel, QDropEvent(QPointF(at), COPY, held, LEFT, PLAIN))
    menus = [one for one in panel.findChildren(QMenu, "EpochMenu") if one.isVisible()]
    for menu in menus:
        menu.hide()
    return [action for menu in menus for action in menu.actions()]


def card_of(panel: EpochsPanel, row: int) -> QPoint:
    rect = panel.list.visualRect(panel.model.index(row))
    return panel.list.viewport().mapTo(panel, rect.center())


def test_that_snapshots_dropped_beside_all_epochs_begin_one(
    panel: EpochsPanel, qtbot: QtBot
) -> None:
    ids = [uuid4(), uuid4()]
    with qtbot.waitSignal(panel.snapshots_dropped) as begun:
        assert not dropped(panel, QPoint(20, 20), ids)
    assert begun.args == [tuple(ids)]
    panel.show_epochs([epoch("Walk", 1)])
    panel.resize(330, 700)
    panel.grab()
    with qtbot.waitSignal(panel.snapshots_dropped) as begun:
        assert not dropped(panel, card_of(panel, 0) + QPoint(0, CARD_HEIGHT), ids)
    assert begun.args == [tuple(ids)]


def test_that_snapshots_dropped_on_an_epoch_offer_one_of_both_or_of_them_alone(
    panel: EpochsPanel, qtbot: QtBot
) -> None:
    rig, walk = epoch("Rig", 1), epoch("Walk", 2)
    panel.show_epochs([rig, walk])
    panel.grab()
    more = uuid4()
    both, alone = dropped(panel, card_of(panel, 1), [*walk.snapshot_ids, more])
    assert both.text() == "New epoch of Walk and 1 snapshot more"
    assert alone.text() == "New epoch of the 2 snapshots alone…"
    with qtbot.waitSignal(panel.extend_requested) as extended:
        both.trigger()
    assert extended.args == [walk, (more,)]
    figures_of_rig = panel._figures.mapTo(panel, panel._figures.rect().center())
    _, alone = dropped(panel, figures_of_rig, [more])
    with qtbot.waitSignal(panel.snapshots_dropped) as begun:
        alone.trigger()
    assert begun.args == [(more,)]
    known, _ = dropped(panel, card_of(panel, 0), rig.snapshot_ids)
    assert (known.text(), known.isEnabled()) == ("It holds all of them already", False)


def test_that_a_name_in_the_menu_is_whole_but_for_its_length(panel: EpochsPanel) -> None:
    panel.show_epochs([epoch("Rock & Roll", 1), epoch("long " * 40, 2)])
    panel.grab()
    both, _ = dropped(panel, card_of(panel, 0), [uuid4()])
    assert both.text() == "New epoch of Rock && Roll and 1 snapshot more"
    both, _ = dropped(panel, card_of(panel, 1), [uuid4()])
    assert len(both.text()) < 100
    assert both.text().endswith("… and 1 snapshot more")


def test_that_the_epoch_under_a_drag_is_framed_until_it_goes_on(panel: EpochsPanel) -> None:
    panel.show_epochs([epoch("Rig", 1), epoch("Walk", 2)])
    panel.grab()

    def framed() -> list[bool]:
        picture = panel.grab().toImage()
        lefts = [QPoint(1, card_of(panel, row).y()) for row in range(2)]
        return [picture.pixelColor(left).name() == THEME.accent for left in lefts]

    assert framed() == [False, False]
    dragged(panel, card_of(panel, 1), [uuid4()])
    assert framed() == [False, True]
    dragged(panel, card_of(panel, 0), [uuid4()])
    assert framed() == [True, False]
    QApplication.sendEvent(panel, QDragLeaveEvent())
    assert framed() == [False, False]


def test_that_nothing_else_may_be_dropped(panel: EpochsPanel) -> None:
    text = QMimeData()
    text.setText("no snapshots")
    enters = QDragEnterEvent(
        QPoint(20, 20),
        Qt.DropAction.CopyAction,
        text,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(panel, enters)
    assert not enters.isAccepted()
