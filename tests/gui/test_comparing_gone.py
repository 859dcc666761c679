"""Comparing with what was there when it was pointed at, and is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from lake_core.errors import Archived, Gone, NotFound
from studio.models.moments import NOW, Moment, bookmark_moment, gone_words, snapshot_moment
from tests.gui.wired import Wired


def test_that_a_snapshot_that_is_gone_is_told_by_its_time(wired: Wired, qtbot: QtBot) -> None:
    timeline, panel = wired.window.timeline.timeline, wired.window.diff
    for name in ("a", "b"):
        wired.send("entity", space_name="lab", entity={"id": name})
        wired.lake.create_snapshot("lab").result(10)
    qtbot.waitUntil(lambda: len(timeline) == 2)
    first, last = map(snapshot_moment, timeline.summaries)
    assert first.snapshot_id is not None
    panel.compare_requested.emit(first, last)
    qtbot.waitUntil(lambda: len(panel.model.rows) == 1)
    assert "gone" not in panel.before.text()
    wired.annotating.delete(timeline.summaries[:1])
    qtbot.waitUntil(lambda: "gone" in panel.before.text())
    assert first.label in panel.before.text()
    assert "gone" not in panel.after.text()
    assert len(panel.model.rows) == 1  # what was read is shown still
    panel.compare_requested.emit(first, NOW)
    qtbot.waitUntil(lambda: "was deleted" in panel._hint.text())
    assert panel._hint.text().startswith(first.label)
    assert str(first.snapshot_id) not in panel._hint.text()
    assert "gone" in panel.before.text()
    wired.window.undo_stack.undo()
    qtbot.waitUntil(lambda: "gone" not in panel.before.text())
    qtbot.waitUntil(lambda: len(panel.model.rows) == 1, timeout=10_000)  # now is tried again


def test_that_a_bookmark_that_is_gone_still_leads_to_its_time(wired: Wired, qtbot: QtBot) -> None:
    panel, view = wired.window.diff, wired.window.timeline.view
    wired.send("entity", space_name="lab", entity={"id": "a"})
    qtbot.waitUntil(lambda: wired.tree() == ["a"])
    bookmark = wired.lake.add_bookmark("lab", datetime.now(UTC), "before b")
    wired.send("entity", space_name="lab", entity={"id": "b"})
    view.show_bookmarks([bookmark])
    panel.compare_requested.emit(bookmark_moment(bookmark), NOW)
    qtbot.waitUntil(lambda: len(panel.model.rows) == 1)
    assert "gone" not in panel.before.text()
    view.show_bookmarks([])
    assert panel.before.text().endswith("before b  ·  gone")
    assert len(panel.model.rows) == 1


WHICH = UUID(int=7)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotFound(f"no snapshot {WHICH}"), "Snapshot 10:00 was deleted."),
        (Gone(f"snapshot {WHICH} was let go by retention"), "Snapshot 10:00 was let go by"),
        (Archived(f"snapshot {WHICH} is in the archive at s3://x"), "Snapshot 10:00 is in the arc"),
    ],
)
def test_that_why_it_is_gone_is_said_without_an_id(error: Gone | NotFound, words: str) -> None:
    told = gone_words(Moment("Snapshot 10:00", datetime.now(UTC), WHICH), error)
    assert told.startswith(words)
    assert str(WHICH) not in told
