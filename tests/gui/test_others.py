"""What another window or a shell does with the lake shows in this one without a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from tests.gui.wired import Wired

SOON_MS = 50
SEEN_MS = 20_000
"""A question that took long on a busy machine is followed by a rest as much longer."""


@pytest.fixture
def other(wired: Wired, qtbot: QtBot, tmp_path: Path) -> Iterator[Lake]:
    """The same lake, opened as a shell does, after the window has taken its first look."""
    wired.send_scene()
    wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(wired.window.timeline.timeline) == 1)
    watch = wired.upkeep.watch
    watch._timer.setInterval(SOON_MS)
    qtbot.waitUntil(lambda: watch._mark is not None and watch._marked_space == "lab")
    lake = Lake.open(replace(wired.lake.settings, data_dir=tmp_path / "shell"), ingesting=False)
    yield lake
    lake.close()


def test_that_bookmarks_set_and_deleted_elsewhere_come_and_go(
    wired: Wired, other: Lake, qtbot: QtBot
) -> None:
    view = wired.window.timeline.view
    bookmark = other.add_bookmark("lab", datetime.now(UTC), "theirs")
    qtbot.waitUntil(lambda: [one.note for one in view.bookmarks] == ["theirs"], timeout=SEEN_MS)
    other.delete_bookmark(bookmark.id)
    qtbot.waitUntil(lambda: not view.bookmarks, timeout=SEEN_MS)


def test_that_epochs_created_and_deleted_elsewhere_come_and_go_and_the_selected_one_stays(
    wired: Wired, other: Lake, qtbot: QtBot
) -> None:
    panel = wired.window.epochs
    ids = [one.id for one in wired.lake.snapshots("lab")]
    mine = wired.lake.create_epoch(ids, "mine")
    qtbot.waitUntil(lambda: [one.name for one in panel.model.epochs] == ["mine"], timeout=SEEN_MS)
    panel.select(mine.id)
    theirs = other.create_epoch(ids, "theirs")
    qtbot.waitUntil(
        lambda: {one.name for one in panel.model.epochs} == {"mine", "theirs"}, timeout=SEEN_MS
    )
    selected = panel.selected()
    assert selected is not None
    assert selected.id == mine.id
    other.delete_epoch(theirs.id)
    qtbot.waitUntil(lambda: [one.name for one in panel.model.epochs] == ["mine"], timeout=SEEN_MS)


def test_that_tags_notes_and_ratings_given_elsewhere_show(
    wired: Wired, other: Lake, qtbot: QtBot
) -> None:
    (snapshot,) = other.snapshots("lab")
    other.edit_snapshot(snapshot.id, SnapshotEdit(tags=["theirs"], note="look", rating=4))

    def shown() -> tuple[list[str], str, int | None]:
        (summary,) = wired.window.timeline.timeline.summaries
        return list(summary.tags), summary.note, summary.rating

    qtbot.waitUntil(lambda: shown() == (["theirs"], "look", 4), timeout=SEEN_MS)
    other.edit_snapshot(snapshot.id, SnapshotEdit(tags=[], note="", rating=None))
    qtbot.waitUntil(lambda: shown() == ([], "", None), timeout=SEEN_MS)


def test_that_what_this_window_says_of_a_snapshot_is_not_read_again(
    wired: Wired, other: Lake, qtbot: QtBot
) -> None:
    told: list[str] = []
    watch = wired.upkeep.watch
    watch.history_changed.connect(told.append)
    before = watch._mark
    assert before is not None
    wired.annotating.edit(wired.lake.snapshots("lab"), SnapshotEdit(pinned=True))
    qtbot.waitUntil(
        lambda: watch._mark is not None and watch._mark.remarks != before.remarks, timeout=SEEN_MS
    )
    assert told == []
