"""The wired Studio over a real lake: what arrives is seen, and what is asked is done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.models.scene_model import SceneModel
from studio.panels.export_dialog import ExportChoice
from studio.panels.palette import Palette
from studio.session import Session
from studio.window import StudioWindow
from tests.gui.wired import Wired


def test_that_the_first_entity_opens_its_space_and_the_scene(wired: Wired, qtbot: QtBot) -> None:
    assert not wired.window.shows_scene
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1", "e2"])
    assert wired.session.space_name == "lab"
    assert wired.window.shows_scene


def test_that_a_second_space_waits_in_the_list(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene("lab")
    wired.send_scene("other", count=2)
    qtbot.waitUntil(lambda: wired.window.spaces.names() == ["lab", "other"])
    assert wired.session.space_name == "lab"
    wired.session.show_space("other")
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1"])


def test_that_the_inspector_follows_a_changing_parameter(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.scene.entity_count == 3)
    wired.session.select("e1")
    for value in (1.5, 2.5):
        wired.send(
            "parameter", space_name="lab", entity_id="e1", parameter_name="heat", value=value
        )

        def values() -> dict[str, str]:
            return {row.label: row.value for row in wired.window.inspector.model.rows}

        qtbot.waitUntil(lambda: values().get("heat") == str(value))  # noqa: B023
    assert values()["parent"] == "Entity 0"


def test_that_a_deleted_entity_leaves_tree_and_scene(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.scene.entity_count == 3)
    wired.session.select("e2")
    wired.send("entity/delete", space_name="lab", entity_id="e2")
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1"])
    qtbot.waitUntil(wired.window.inspector._gone.isVisible)


def test_that_a_snapshot_asked_for_stands_on_the_timeline(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    wired.window.actions_.snapshot.trigger()
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == 1)
    assert timeline.summaries[0].trigger == "manual"


def test_that_an_epoch_is_made_exported_and_deleted(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    for _ in range(2):
        wired.lake.create_snapshot("lab").result(10)
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == 2)
    wired.session.choose(summary.id for summary in timeline.summaries)

    wired.deeds.open_epoch_dialog()
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: any(value.text() == "6" for _, value in dialog.figures._cells))
    dialog.name.setText("First")
    dialog.create_button.click()
    panel = wired.window.epochs
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert wired.lake.epochs()[0].name == "First"
    qtbot.waitUntil(lambda: wired.session.chosen_snapshots == ())

    epoch = panel.selected()
    assert epoch is not None
    target = tmp_path / "out" / "first"
    panel._export(epoch, ExportChoice("jsonl", target))
    qtbot.waitUntil(lambda: "Exported 6 samples" in wired.window.banner.text, timeout=10_000)
    assert (target / "manifest.json").exists()
    assert panel.export_button.isEnabled()

    panel.delete_requested.emit(epoch.id)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)


def test_that_an_export_onto_a_file_is_refused_in_the_banner(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    wired.lake.create_snapshot("lab").result(10)
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == 1)
    epoch = wired.lake.create_epoch([timeline.summaries[0].id])
    (tmp_path / "file").write_text("")
    choice = ExportChoice("jsonl", tmp_path / "file" / "out")
    wired.window.epochs._export(epoch, choice)
    qtbot.waitUntil(lambda: "a file is in the way" in wired.window.banner.text)


def test_that_snapshots_taken_before_are_there_after_a_restart(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene("old")
    wired.lake.create_snapshot("old").result(10)
    qtbot.waitUntil(lambda: wired.session.space_name == "old")
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    wired.session.show_space("")
    wired.session.show_space("old")
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)


def test_that_the_layout_is_remembered_and_can_be_reset(wired: Wired, tmp_path: Path) -> None:
    window = wired.window
    window._docks["Epochs"].hide()
    window.remember()
    window.memory.settle()
    again = StudioWindow(Session(), SceneModel(), tmp_path)
    assert again._docks["Epochs"].isHidden()
    again.reset_layout()
    assert not again._docks["Epochs"].isHidden()
    again.deleteLater()


def test_that_the_dialog_follows_what_is_chosen(wired: Wired, qtbot: QtBot) -> None:
    wired.deeds.open_epoch_dialog()
    dialog = wired.deeds.building.dialog
    assert dialog is not None
    assert not dialog.create_button.isEnabled()
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    for _ in range(2):
        wired.lake.create_snapshot("lab").result(10)
    timeline = wired.window.timeline.timeline
    qtbot.waitUntil(lambda: len(timeline) == 2)

    def samples() -> str:
        return dialog.figures._cells[1][1].text()

    for count in (1, 2):
        wired.session.choose(summary.id for summary in timeline.summaries[:count])
        qtbot.waitUntil(lambda: samples() == str(3 * count))  # noqa: B023
    wired.session.choose(())
    assert not dialog.create_button.isEnabled()
    dialog.reject()


def test_that_closing_asks_and_does_not_close(wired: Wired, qtbot: QtBot) -> None:
    with qtbot.waitSignal(wired.window.close_requested):
        wired.window.close()
    assert wired.window.isVisible()


def test_that_the_palette_leads_to_another_space(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene("lab")
    wired.send_scene("other", count=2)
    qtbot.waitUntil(lambda: wired.window.spaces.names() == ["lab", "other"])
    wired.window.actions_.palette.trigger()
    palette = QApplication.activePopupWidget()
    assert isinstance(palette, Palette)
    QTest.keyClicks(palette.field, "space oth")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert wired.session.space_name == "other"
    qtbot.waitUntil(lambda: wired.tree() == ["e0", "e1"])


def test_that_the_space_looked_at_last_is_shown_first(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    wired.send_scene("lab")
    qtbot.waitUntil(lambda: wired.session.space_name == "lab")
    wired.send_scene("other", count=2)  # which so is the one that changed last
    qtbot.waitUntil(lambda: wired.window.spaces.names() == ["lab", "other"])
    wired.session.show_space("")
    wired.feed.load_spaces()
    qtbot.waitUntil(lambda: wired.session.space_name != "")
    assert wired.session.space_name == "lab"
    wired.window.memory.settle()
    again = StudioWindow(Session(), SceneModel(), tmp_path)
    qtbot.addWidget(again)
    assert again.last_space == "lab"
    again.memory.keep(space="gone")
    wired.session.show_space("")
    wired.window.memory.keep(space="gone")
    wired.feed.load_spaces()
    qtbot.waitUntil(lambda: wired.session.space_name == "other")
