"""Schedules, retention and archives in the wired Studio, as a person meets them."""

from __future__ import annotations

from pathlib import Path

import psycopg
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QMessageBox, QTableWidget
from pytestqt.qtbot import QtBot

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.settings import Settings
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.schedule import Schedule
from studio.models.served import ServedBy
from studio.panels.archive_dialog import ArchiveDialog
from studio.panels.palette import Palette
from studio.panels.retention_dialog import RetentionDialog
from studio.panels.retention_fields import EVERYTHING, ONLY
from studio.panels.schedule_dialog import ScheduleDialog
from studio.panels.schedule_fields import AS_ALL, CRON, EVERY
from studio.panels.timeline_hits import Hit
from tests.gui.wired import Wired

PATIENCE = 15_000


def fill(wired: Wired, snapshots: int = 5, space: str = "lab") -> None:
    """So many snapshots of a space, of its own accord."""
    for step in range(snapshots):
        entities = [{"id": f"e{at}", "position": [step, at, 0]} for at in range(100)]
        wired.send("batch", space_name=space, entities=entities)


def retype(field: QLineEdit, text: str) -> None:
    """Type something else into a field."""
    field.selectAll()
    QTest.keyClicks(field, text)


def schedules(wired: Wired, qtbot: QtBot) -> ScheduleDialog:
    wired.window.actions_.schedules.trigger()
    dialog = wired.upkeep.scheduling.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 1 and dialog.ahead.text() != "")
    return dialog


def retention(wired: Wired, qtbot: QtBot) -> RetentionDialog:
    wired.window.actions_.retention.trigger()
    dialog = wired.upkeep.retaining.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.view.plan is not None)
    return dialog


def archives(wired: Wired, qtbot: QtBot) -> ArchiveDialog:
    wired.window.actions_.archives.trigger()
    dialog = wired.upkeep.archives.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.form.told.text() != "")
    return dialog


def keep_newest(dialog: RetentionDialog, qtbot: QtBot, count: int) -> None:
    """Have only so many kept, and wait for the plan."""
    dialog.fields.buttons[ONLY].click()
    for step in list(dialog.fields.steps):
        step.removed.emit()
    dialog.fields.newest.setValue(count)
    retype(dialog.fields.younger, "none")
    qtbot.waitUntil(lambda: dialog.view.plan is not None and not dialog._settle.isActive())


def cell(table: QTableWidget, row: int, column: int) -> str:
    item = table.item(row, column)
    return item.text() if item is not None else ""


def menu_of(wired: Wired, index: int) -> dict[str, QAction]:
    """What a right click on a snapshot of the timeline offers."""
    timeline = wired.window.timeline
    summary = timeline.timeline.summaries[index]
    timeline.view.menu_requested.emit(
        Hit(snapshot=index), summary.timestamp, timeline.mapToGlobal(timeline.rect().center())
    )
    menu = timeline.findChildren(QMenu, "TimelineMenu")[-1]
    menu.hide()
    return {action.text(): action for action in menu.actions()}


def shown(wired: Wired) -> int:
    return len(wired.window.timeline.timeline)


def test_that_a_person_sets_a_schedule_clears_up_and_puts_history_away(
    wired: Wired, qtbot: QtBot, tmp_path: Path, database_url: str
) -> None:
    fill(wired)
    qtbot.waitUntil(lambda: shown(wired) == 5)
    # A schedule, by keys alone; its snapshot comes.
    dialog = schedules(wired, qtbot)
    assert dialog.space == "lab"
    dialog.fields.buttons[EVERY].click()
    retype(dialog.fields.every, "1 s")
    qtbot.waitUntil(lambda: dialog.save_button.isEnabled())
    QTest.keyClick(dialog.fields.every, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wired.lake.schedules() == {"lab": Schedule(every=1.0)})
    wired.send("entity", space_name="lab", entity={"id": "e0", "position": [99, 0, 0]})
    qtbot.waitUntil(lambda: shown(wired) == 6, timeout=PATIENCE)
    assert wired.window.timeline.timeline.summaries[-1].trigger == "schedule"
    qtbot.waitUntil(lambda: cell(dialog.table, 1, 3) not in ("", "never"))
    dialog.reject()
    # A plan, letting go, and back again.
    plan = retention(wired, qtbot)
    keep_newest(plan, qtbot, 2)
    assert (plan.view.plan and plan.view.plan.going) == 4
    assert plan.view.totals.text().startswith("4 of 6 snapshots go")
    assert plan.apply_button.text() == "Save and let 4 go"
    plan.apply_button.click()
    qtbot.waitUntil(lambda: shown(wired) == 2, timeout=PATIENCE)
    qtbot.waitUntil(lambda: plan.back_words.isVisible())
    assert "4 snapshots that went can be brought back" in plan.back_words.text()
    plan.reject()
    assert wired.window.actions_.undo.text() == "Undo letting 4 snapshots go"
    wired.window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: shown(wired) == 6, timeout=PATIENCE)
    assert wired.lake.retentions() == {}
    # Away, and back.
    cold = archives(wired, qtbot)
    retype(cold.form.place, str(tmp_path / "cold"))
    cold.form.archive_button.click()
    qtbot.waitUntil(lambda: cold.outcome.text().startswith("501 changes of lab are at"))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lake_keyframes SET created_at = now() - interval '1 hour'")
    assert wired.lake.release_archives() == []
    qtbot.waitUntil(lambda: shown(wired) == 1, timeout=PATIENCE)
    qtbot.waitUntil(lambda: cold.restore_button.isEnabled())
    assert cell(cold.table, 0, 5) == "there alone"
    cold.restore_button.click()
    cold.reject()  # it goes on, and the banner tells how it ended
    qtbot.waitUntil(lambda: shown(wired) == 6, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "are back" in wired.window.banner.text)
    assert wired.lake.verify("lab").faults == []


def test_that_a_schedule_is_tried_paused_deleted_and_each_step_undone(
    wired: Wired, qtbot: QtBot
) -> None:
    fill(wired, 1)
    qtbot.waitUntil(lambda: shown(wired) == 1)
    # What is typed is judged as it is typed.
    dialog = schedules(wired, qtbot)
    dialog.fields.buttons[CRON].click()
    retype(dialog.fields.cron, "61 * * * *")
    qtbot.waitUntil(lambda: "The minute, the first field, is 0 to 59" in dialog.ahead.text())
    retype(dialog.fields.cron, "0 3 * *")
    qtbot.waitUntil(lambda: "Five fields are needed, and this has 4" in dialog.ahead.text())
    assert not dialog.save_button.isEnabled()
    retype(dialog.fields.cron, "0 3 * * *")
    qtbot.waitUntil(lambda: dialog.ahead.text().startswith("Next:"))
    assert dialog.ahead.text().count("03:00") + dialog.ahead.text().count("03:00:00") >= 4
    dialog.fields.zone.setCurrentText("Mars/Olympus")
    qtbot.waitUntil(lambda: "no time zone “Mars/Olympus”" in dialog.ahead.text())
    dialog.fields.buttons[EVERY].click()
    retype(dialog.fields.every, "5")
    qtbot.waitUntil(lambda: "“5” needs a unit" in dialog.ahead.text())
    assert not dialog.save_button.isEnabled()
    assert wired.lake.schedules() == {}
    # It outlives news, and a look at another row.
    retype(dialog.fields.every, "7 min")
    wired.lake.set_schedule(None, Schedule(every=60.0))  # as another person would
    qtbot.waitUntil(lambda: cell(dialog.table, 0, 1) == "every minute")
    assert dialog.fields.every.text() == "7 min"
    dialog.table.pick(0)
    assert dialog.fields.every.text() == "1 minute"
    dialog.table.pick(1)
    assert dialog.fields.every.text() == "7 minutes"
    qtbot.waitUntil(lambda: dialog.save_button.isEnabled())
    dialog.save_button.click()
    own, paused = Schedule(every=420.0), Schedule(every=420.0, paused=True)
    qtbot.waitUntil(lambda: wired.lake.schedules().get("lab") == own)
    # Paused, taken away, and back step by step.
    qtbot.waitUntil(lambda: dialog.pause_button.isEnabled())
    dialog.pause_button.click()
    qtbot.waitUntil(lambda: dialog.pause_button.text() == "Resume")
    assert wired.lake.schedules()["lab"] == paused
    assert cell(dialog.table, 1, 1) == "paused (every 7 minutes)"
    dialog.table.setFocus()
    QTest.keyClick(dialog.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "lab" not in wired.lake.schedules())
    qtbot.waitUntil(lambda: dialog.fields.modes.checkedId() == AS_ALL)
    undo, redo = wired.window.actions_.undo, wired.window.actions_.redo
    undo.trigger()
    qtbot.waitUntil(lambda: wired.lake.schedules().get("lab") == paused)
    undo.trigger()
    qtbot.waitUntil(lambda: wired.lake.schedules().get("lab") == own)
    redo.trigger()
    qtbot.waitUntil(lambda: wired.lake.schedules().get("lab") == paused)


def test_that_a_plan_tells_why_each_stays_and_no_other_goes(wired: Wired, qtbot: QtBot) -> None:
    fill(wired, 6)
    fill(wired, 3, "workshop")
    qtbot.waitUntil(lambda: shown(wired) == 6)
    ids = [one.id for one in wired.lake.snapshots("lab")]
    wired.lake.edit_snapshot(ids[0], SnapshotEdit(pinned=True))
    wired.lake.create_epoch([ids[1]], "first walk")
    dialog = retention(wired, qtbot)
    assert dialog.space is None
    keep_newest(dialog, qtbot, 1)
    plan = dialog.view.plan
    assert plan is not None
    assert (plan.going, plan.total) == (5, 9)
    assert "in epoch ‘first walk’: 1" in dialog.view.reasons.toolTip()
    assert "pinned: 1" in dialog.view.reasons.toolTip()
    assert dialog.view.spaces.rowCount() == 3
    dialog.view.spaces.pick(2)  # the workshop alone
    assert len(dialog.view.model.rows) == 2
    wired.lake.edit_snapshot(ids[2], SnapshotEdit(pinned=True))  # after the plan
    fill(wired, 1)
    dialog.apply_button.click()
    qtbot.waitUntil(lambda: "4 snapshots went" in dialog.outcome.text(), timeout=PATIENCE)
    kept = [one.id for one in wired.lake.snapshots("lab")]
    assert kept[:4] == [ids[0], ids[1], ids[2], ids[5]]
    assert wired.lake.retentions().keys() == {None}
    # Rules at odds are refused before anything is planned.
    retype(dialog.fields.younger, "400 days")
    dialog.fields.add_button.click()
    qtbot.waitUntil(lambda: "each step must reach further" in dialog.view.totals.text())
    assert not dialog.save_button.isEnabled()
    assert not dialog.apply_button.isEnabled()
    retype(dialog.fields.younger, "a while")
    qtbot.waitUntil(lambda: "“a while” is no length of time" in dialog.view.totals.text())


def test_that_what_is_brought_back_under_rules_that_hold_is_told(
    wired: Wired, qtbot: QtBot
) -> None:
    fill(wired, 4)
    qtbot.waitUntil(lambda: shown(wired) == 4)
    wired.lake.set_retention("lab", Retention(newest=1))
    wired.lake.apply_retention("lab")
    qtbot.waitUntil(lambda: shown(wired) == 1, timeout=PATIENCE)
    dialog = retention(wired, qtbot)
    qtbot.waitUntil(lambda: dialog.back_button.isVisible())
    dialog.back_button.click()
    qtbot.waitUntil(lambda: shown(wired) == 4, timeout=PATIENCE)
    assert dialog.outcome.text() == "3 snapshots are back."
    banner = wired.window.banner
    assert "lab goes again within ten minutes" in banner.text
    banner._deed.click()
    qtbot.waitUntil(lambda: wired.lake.retentions() == {"lab": None})
    qtbot.waitUntil(lambda: dialog.fields.modes.checkedId() == EVERYTHING)


def test_that_an_undo_tells_how_many_came_back_and_where_the_others_are(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(wired, 6)
    qtbot.waitUntil(lambda: shown(wired) == 6)
    found = wired.lake.snapshots("lab")
    plan = retention(wired, qtbot)
    keep_newest(plan, qtbot, 1)
    plan.apply_button.click()
    qtbot.waitUntil(lambda: "5 snapshots went" in plan.outcome.text(), timeout=PATIENCE)
    plan.reject()
    undo, redo = wired.window.actions_.undo, wired.window.actions_.redo
    status, banner = wired.window.status, wired.window.banner
    undo.trigger()
    qtbot.waitUntil(lambda: status.currentMessage() == "5 of 5 snapshots came back.")
    assert not banner.isVisible()
    qtbot.waitUntil(lambda: shown(wired) == 6, timeout=PATIENCE)
    redo.trigger()
    qtbot.waitUntil(lambda: shown(wired) == 1, timeout=PATIENCE)
    place = str(tmp_path / "cold")
    wired.lake.archive("lab", place, found[3].seq, settled=0.0)
    undo.trigger()
    qtbot.waitUntil(lambda: banner.text.startswith("2 of 5 snapshots came back."))
    assert banner.text.endswith("Archived by now: 3; restore the archive for them.")
    banner._deed.click()
    dialog = wired.upkeep.archives.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: cell(dialog.table, 0, 6) == place)
    dialog.reject()
    qtbot.waitUntil(lambda: shown(wired) == 3, timeout=PATIENCE)
    redo.trigger()
    qtbot.waitUntil(lambda: shown(wired) == 1, timeout=PATIENCE)
    assert len(wired.lake.apply_retention("lab", Retention(newest=1, grace=0.0)).purged) == 2
    undo.trigger()
    qtbot.waitUntil(lambda: banner.text.startswith("0 of 5 snapshots came back."))
    assert banner.text.endswith("Gone for good: 2.")


def test_that_a_place_that_will_not_do_is_said_with_what_to_do(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(wired, 3)
    qtbot.waitUntil(lambda: shown(wired) == 3)
    dialog = archives(wired, qtbot)
    retype(dialog.form.place, "cold")
    assert "the whole path of a folder" in dialog.form.told.text()
    assert not dialog.form.archive_button.isEnabled()
    (tmp_path / "file").write_text("in the way")
    retype(dialog.form.place, str(tmp_path / "file" / "cold"))
    dialog.form.archive_button.click()
    qtbot.waitUntil(lambda: "A file is in the way" in dialog.outcome.text())
    assert wired.lake.upkeep_report().worries == []
    ids = [one.id for one in wired.lake.snapshots("lab")]
    wired.lake.edit_snapshot(ids[0], SnapshotEdit(pinned=True))
    dialog.form.buttons[1].click()
    retype(dialog.form.when, "0 s ago")
    qtbot.waitUntil(lambda: "is pinned" in dialog.form.told.text())
    assert "--" not in dialog.form.told.text()
    retype(dialog.form.when, "teatime")
    qtbot.waitUntil(lambda: "Say before when" in dialog.form.told.text())


def test_that_it_is_said_in_times_and_names_why_nothing_can_be_put_away(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(wired, 3)
    wired.lake.archive("lab", str(tmp_path / "cold"), settled=0.0)
    dialog = archives(wired, qtbot)
    told = dialog.form.told
    begins = wired.lake.archived_stretches()[0].to_at.astimezone()
    qtbot.waitUntil(lambda: "Nothing can go yet" in told.text())
    assert f"begins at {begins:%H:%M:%S}, with the newest snapshot" in told.text()
    assert not told.property("danger")  # nobody has asked for anything yet
    newest = wired.lake.snapshots("lab")[-1]
    wired.lake.create_epoch([newest.id], "walk")
    fill(wired, 2)
    dialog.form.ask()
    snapshot = f"the snapshot of {newest.timestamp.astimezone():%H:%M:%S} is in the epoch ‘walk’"
    qtbot.waitUntil(lambda: snapshot in told.text())
    assert not told.property("danger")
    dialog.form.buttons[1].click()
    qtbot.waitUntil(lambda: "Say before when" in told.text())
    assert not told.property("danger")
    retype(dialog.form.when, "0 s ago")
    qtbot.waitUntil(lambda: "only what is before it can go. Delete the epoch" in told.text())
    assert snapshot[1:] in told.text()
    assert told.property("danger")
    retype(dialog.form.when, "2 d ago")
    qtbot.waitUntil(lambda: "There is nothing before that" in told.text())
    lab = wired.lake.spaces()[0]
    wired.lake.delete_epoch(wired.lake.epochs()[0].id)
    wired.lake.archive("lab", str(tmp_path / "all"), lab.last_change, settled=0.0)
    retype(dialog.form.when, "0 s ago")
    qtbot.waitUntil(lambda: "There is nothing before that: the history" in told.text())
    assert not told.property("danger")  # what was asked for is done already


def test_that_archiving_is_proposed_cancelled_and_given_up(
    wired: Wired, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(wired, 12)
    qtbot.waitUntil(lambda: shown(wired) == 12)
    found = wired.lake.snapshots("lab")
    wired.upkeep.archive_requested("lab", found[1].timestamp, found[2].timestamp)
    dialog = wired.upkeep.archives.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.form.plan is not None and dialog.form.plan.changes == 300)
    assert "all before the stretch goes along" in dialog.form.told.text()
    menu_of(wired, 3)["Put away all before it…"].trigger()
    qtbot.waitUntil(lambda: dialog.form.plan is not None and dialog.form.plan.changes == 400)
    assert "all before the stretch" not in dialog.form.told.text()
    retype(dialog.form.place, str(tmp_path / "cold"))
    dialog.form.archive_button.click()
    assert wired.upkeep.archives.doing.startswith("Putting lab away")
    assert not dialog.form.archive_button.isEnabled()
    dialog.progress.cancel.click()
    qtbot.waitUntil(lambda: not wired.upkeep.archives.doing, timeout=PATIENCE)
    assert dialog.outcome.text().startswith("Cancelled")
    assert wired.lake.archived_stretches() == []
    assert wired.lake.upkeep_report().worries == []
    # What waits to go can be kept here after all.
    wired.lake.archive("lab", str(tmp_path / "cold"))
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    assert not dialog.restore_button.isEnabled()
    assert not dialog.form.archive_button.isEnabled()
    dialog.forget_button.click()
    box = dialog.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    next(one for one in box.buttons() if one.text() == "Keep here").click()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 0)
    assert "stays here whole" in dialog.outcome.text()
    qtbot.waitUntil(lambda: dialog.form.archive_button.isEnabled())


def test_that_what_other_programs_do_shows_without_a_restart(
    wired: Wired, qtbot: QtBot, database_url: str, tmp_path: Path
) -> None:
    wired.upkeep.watch._timer.setInterval(200)  # a test has less patience than a person
    fill(wired, 4)
    qtbot.waitUntil(lambda: shown(wired) == 4)
    wired.window.actions_.monitor.trigger()
    lines = wired.window.monitor.upkeep.lines
    qtbot.waitUntil(lambda: lines["retention"].text() == "Everything is kept.")
    settings = Settings(data_dir=tmp_path / "other", database_url=database_url)
    other = Lake.open(settings, ingesting=False)
    try:
        other.set_schedule(None, Schedule(every=3600.0))
        other.set_retention("lab", Retention(newest=1))
        other.apply_retention("lab")
        qtbot.waitUntil(lambda: shown(wired) == 1, timeout=PATIENCE)
        qtbot.waitUntil(lambda: "3 snapshots can be brought back" in lines["retention"].text())
        qtbot.waitUntil(lambda: lines["schedule"].text().startswith("Next "))
        other.undo_retention("lab")
        qtbot.waitUntil(lambda: shown(wired) == 4, timeout=PATIENCE)
    finally:
        other.close()
    # A failure is an alarm until it is dismissed.
    wired.lake.upkeep_failed("lab", "archive", LakeError("no bucket"))
    alarms = wired.window.monitor.alarms
    qtbot.waitUntil(lambda: "lab: archive failed: no bucket." in alarms.words, timeout=PATIENCE)
    (line,) = [line for line in alarms.lines if line.dismiss.isVisible()]
    line.go.click()
    assert wired.upkeep.archives.dialog is not None
    wired.upkeep.archives.dialog.reject()
    line.dismiss.click()
    qtbot.waitUntil(lambda: alarms.words == ["All is well."], timeout=PATIENCE)
    assert wired.lake.upkeep_report().worries == []


def test_that_what_fails_while_nobody_looks_is_told_once(
    wired: Wired, qtbot: QtBot, database_url: str, tmp_path: Path
) -> None:
    fill(wired, 4)
    qtbot.waitUntil(lambda: shown(wired) == 4)
    wired.lake.archive("lab", str(tmp_path / "cold"))
    first = wired.lake.snapshots("lab")[0]
    wired.lake.edit_snapshot(first.id, SnapshotEdit(pinned=True))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lake_keyframes SET created_at = now() - interval '1 hour'")
        connection.execute("UPDATE lake_archives SET checked_at = now() - interval '20 minutes'")
    wired.lake.release_archives()  # as the caretaker does
    banner, watch = wired.window.banner, wired.upkeep.watch
    qtbot.waitUntil(lambda: banner.text.startswith("lab: archive failed"), timeout=PATIENCE)
    at = f"{first.timestamp.astimezone():%d %b %Y %H:%M:%S}"
    assert banner.text.startswith(f"lab: archive failed: the snapshot of {at} is pinned; let go")
    assert "--" not in banner.text
    banner._deed.click()
    dialog = wired.upkeep.archives.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.form.archive_button.isEnabled())
    with qtbot.waitSignal(watch.state_changed):
        watch.look()
    qtbot.wait(200)  # what was planned before it was known that this one waits
    assert dialog.form.told.text().startswith("The archive at")
    # It is not told anew at the next turn, nor beside the dialog of who tries again.
    dialog.form.archive_button.click()
    qtbot.waitUntil(lambda: "is pinned: only what is before it can go" in dialog.outcome.text())
    with qtbot.waitSignal(watch.state_changed):
        watch.look()
    assert not banner.isVisible()
    dialog.reject()
    # One that comes again after it was dismissed is.
    wired.lake.dismiss_failure("lab", "archive")
    with qtbot.waitSignal(watch.state_changed):
        watch.look()
    wired.lake.release_archives()
    qtbot.waitUntil(banner.isVisible, timeout=PATIENCE)


def test_that_each_dialog_is_found_by_its_name_and_fits_a_small_screen(
    wired: Wired, qtbot: QtBot
) -> None:
    fill(wired, 4)
    fill(wired, 2, "workshop")
    fill(wired, 2, "store")
    wired.lake.set_retention(None, Retention(newest=1))
    wired.lake.apply_retention("lab")
    wired.session.show_server(ServedBy("http://127.0.0.1:7000", "external"))
    for wanted in ("schedules", "retention", "archives"):
        wired.window.actions_.palette.trigger()
        palette = wired.window.findChild(Palette)
        assert isinstance(palette, Palette)
        palette.field.setText(wanted)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        found = (
            wired.upkeep.scheduling.dialog,
            wired.upkeep.retaining.dialog,
            wired.upkeep.archives.dialog,
        )
        (dialog,) = [one for one in found if one is not None]
        assert dialog.isVisible()
        assert dialog.windowTitle().lower() == wanted
        if isinstance(dialog, ScheduleDialog):  # another process keeps the schedules
            assert "7000 takes note of a change within a minute" in dialog._about.text()
        qtbot.waitUntil(lambda: wired.upkeep.watch.state is not None)
        qtbot.waitUntil(lambda: bool(wired.upkeep.watch.state and wired.upkeep.watch.state.let_go))
        least = dialog.minimumSizeHint()
        assert (least.width() <= 900, least.height() <= 536) == (True, True), least
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: wired.window.findChild(Palette) is None)
