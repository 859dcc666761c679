"""Compares two moments of the space shown, off the GUI thread, and gives the panel what differs.

Knows the lake, the panel and the timeline's snapshots. One comparison is read at a time; of those
asked for meanwhile only the last is read next.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.diff import Still
from studio.desk import LakeDesk
from studio.models.comparison import Comparison, compare
from studio.models.moments import NOW, Moment, bookmark_moment, instant_moment, snapshot_moment
from studio.panels.diff import Choices
from studio.past import yielding

RECENT = 12
"""How many of the newest snapshots the panel offers beside those chosen."""
Pair = tuple[Moment, Moment]


class Comparing(QObject):
    """Couples the diff panel with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._reading: Pair | None = None
        self._next: Pair | None = None
        panel, actions = desk.window.diff, desk.window.actions_
        panel.choices_requested.connect(lambda: panel.show_choices(self._choices()))
        panel.compare_requested.connect(self.compare)
        panel.closed.connect(self._forget)
        desk.window.timeline.compare_requested.connect(self.compare)
        actions.compare.triggered.connect(self.compare_chosen)
        desk.session.space_changed.connect(self._forget)
        self._refresh(actions.compare)
        desk.session.space_changed.connect(lambda _: self._refresh(actions.compare))

    def compare(self, before: Moment, after: Moment) -> None:
        """Show what differs; the earlier one is asked for first, whichever it is."""
        if not self._desk.session.space_name:
            return
        self._desk.window.show_panel("Compare")
        self._desk.window.diff.show_reading(before, after)
        self._next = (before, after)
        self._begin()

    def compare_chosen(self) -> None:
        """First and last of the chosen; one of them, or the instant shown, with now."""
        timeline, session = self._desk.window.timeline.timeline, self._desk.session
        found = [timeline.index_of(one) for one in session.chosen_snapshots]
        chosen = [snapshot_moment(timeline.summaries[at]) for at in found if at is not None]
        if len(chosen) >= 2:
            self.compare(chosen[0], chosen[-1])
        elif chosen:
            self.compare(chosen[0], NOW)
        elif session.instant is not None:
            self.compare(instant_moment(session.instant), NOW)
        elif timeline.summaries:
            self.compare(snapshot_moment(timeline.summaries[-1]), NOW)
        else:
            self._desk.window.show_panel("Compare")

    def _choices(self) -> Choices:
        window, session = self._desk.window, self._desk.session
        summaries = window.timeline.timeline.summaries
        found = [window.timeline.timeline.index_of(one) for one in session.chosen_snapshots]
        general = [NOW]
        if session.instant is not None:
            general.append(instant_moment(session.instant))
        chosen = [snapshot_moment(summaries[at]) for at in found if at is not None]
        return [
            ("", general),
            ("Chosen", chosen[:RECENT]),
            ("Bookmarks", [bookmark_moment(one) for one in window.timeline.view.bookmarks]),
            ("Newest snapshots", [snapshot_moment(one) for one in summaries[: -RECENT - 1 : -1]]),
        ]

    def _begin(self) -> None:
        if self._reading is not None or self._next is None:
            return
        self._reading, self._next = self._next, None
        space, asked = self._desk.session.space_name, self._reading
        self._desk.workers.run_in_thread(
            lambda: read(self._desk.lake, space, *asked),
            partial(self._show, space, asked),
            self._fail,
        )

    def _show(self, space: str, asked: Pair, comparison: Comparison) -> None:
        self._reading = None
        if self._next is None and space == self._desk.session.space_name:
            self._desk.window.diff.show_comparison(comparison)
            self._desk.window.diff_marks.show(comparison)
        self._begin()

    def _fail(self, error: LakeError) -> None:
        self._reading = None
        self._desk.window.diff.show_failed(str(error))
        self._begin()

    def _forget(self) -> None:
        self._next = None
        self._desk.window.diff.clear()
        self._desk.window.diff_marks.clear()

    def _refresh(self, action: QAction) -> None:
        action.setEnabled(bool(self._desk.session.space_name))


def read(lake: Lake, space_name: str, before: Moment, after: Moment) -> Comparison:
    """What differs between two moments of a space; raises NotFound."""
    now = datetime.now(UTC)
    pair = sorted(((before, 0), (after, 1)), key=lambda one: one[0].at or now)
    cursor = lake.cursor(space_name)
    with yielding():
        stills = {
            place: Still.of(cursor.at(moment.snapshot_id or moment.at or now))
            for moment, place in pair
        }
        return compare(stills[0], stills[1])
