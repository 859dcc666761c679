"""Compares two moments of the space shown, off the GUI thread, and gives the panel what differs.

Knows the lake, the panel and the timeline's snapshots. One comparison is read at a time; of those
asked for meanwhile only the last is read next. A comparison with now follows it, at a calm rate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction

from lake_core.cursor import SceneCursor
from lake_core.errors import DatabaseUnavailable, Gone, LakeError, NotFound
from lake_core.lake import Lake
from lake_core.scene.diff import Still
from lake_core.scene.state import Scene
from studio.desk import LakeDesk
from studio.models.comparison import Comparison, compare
from studio.models.moments import (
    NOW,
    Moment,
    bookmark_moment,
    gone_words,
    instant_moment,
    snapshot_moment,
)
from studio.panels.diff import Choices

RECENT: Final = 12
"""How many of the newest snapshots the panel offers beside those chosen."""
FOLLOW_MS: Final = 1_000
SHARE_OF_TIME: Final = 10
"""A comparison with now that took t is read again after so many t at the earliest."""
Pair = tuple[Moment, Moment]


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two moments; `as_of` is what now was, where one of them is now."""

    comparison: Comparison
    as_of: datetime | None = None


class Comparing(QObject):
    """Couples the diff panel with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._asked: Pair | None = None  # by a person, who still looks at it
        self._reading: Pair | None = None
        self._next: Pair | None = None
        self._followed: Pair | None = None
        self._has_news = False
        self._began = 0.0
        self._comparer = _Comparer(desk.lake)
        self._again = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._again.timeout.connect(self._follow)
        desk.bridge.changed.connect(self._hear)
        desk.scene.updated.connect(lambda _: self._hear_scene())
        panel, actions = desk.window.diff, desk.window.actions_
        panel.choices_requested.connect(lambda: panel.show_choices(self._choices()))
        panel.compare_requested.connect(self.compare)
        panel.closed.connect(self._forget)
        desk.window.timeline.view.marks_changed.connect(self._mark_gone)
        desk.window.timeline.compare_requested.connect(self.compare)
        actions.compare.triggered.connect(self.compare_chosen)
        desk.session.space_changed.connect(self._leave_space)
        self._refresh(actions.compare)
        desk.session.space_changed.connect(lambda _: self._refresh(actions.compare))

    def compare(self, before: Moment, after: Moment) -> None:
        """Show what differs; the earlier one is asked for first, whichever it is."""
        if not self._desk.session.space_name:
            return
        self._desk.window.show_panel("Compare")
        self._desk.window.diff.show_reading(before, after)
        self._mark_gone()
        self._asked = self._next = (before, after)
        self._followed = None
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
        self._began, self._has_news = time.monotonic(), False
        space, asked, follows = self._desk.session.space_name, self._reading, self._followed
        self._desk.workers.run_in_thread(
            lambda: self._comparer.read(space, *asked, again=asked == follows),
            partial(self._show, space, asked),
            partial(self._fail, space, asked),
        )

    def _show(self, space: str, asked: Pair, compared: Compared | None) -> None:
        self._reading = None
        if self._next is None and self._is_asked(space, asked):
            if compared is not None:
                self._desk.window.diff.show_comparison(compared.comparison, compared.as_of)
                self._desk.window.diff_marks.show(compared.comparison)
            if any(is_now(moment) for moment in asked) and self._wants(asked):
                self._followed = asked
                took = (time.monotonic() - self._began) * 1000
                self._again.setInterval(max(FOLLOW_MS, int(took * SHARE_OF_TIME)))
                self._keep_up()
        self._begin()

    def _fail(self, space: str, asked: Pair, error: LakeError) -> None:
        """What cannot be read again just now stays shown, and says of when it is.

        What cannot be read at all is marked nowhere; where now is part of it, it is tried again.
        """
        self._reading = None
        follows = asked == self._followed
        is_away = isinstance(error, DatabaseUnavailable)
        if self._is_asked(space, asked):
            if not (follows and is_away):
                self._comparer.forget()  # it may know of a now that was never shown
                self._desk.window.diff.show_failed(str(error))
                self._desk.window.diff_marks.clear()
            if any(is_now(moment) for moment in asked):
                self._followed = asked
                self._again.start()
        self._begin()

    def _is_asked(self, space: str, pair: Pair) -> bool:
        """Whether a person still asks for these two of this space; a read may end too late."""
        return space == self._desk.session.space_name and pair == self._asked

    def _mark_gone(self) -> None:
        """Say of the two moments whether the snapshot or the bookmark is there still."""
        timeline = self._desk.window.timeline
        flags = {one.id for one in timeline.view.bookmarks}

        def is_gone(moment: Moment) -> bool:
            if moment.snapshot_id is not None:
                return timeline.timeline.index_of(moment.snapshot_id) is None
            return moment.bookmark_id is not None and moment.bookmark_id not in flags

        self._desk.window.diff.mark_gone(is_gone)

    # -- following now

    def _hear(self, space: str, seq: int) -> None:
        if self._followed is not None and space == self._desk.session.space_name:
            self._has_news = True
            self._keep_up()

    def _hear_scene(self) -> None:
        """Of a space that another process writes only its scene tells that it changed."""
        if self._desk.session.is_live:
            self._hear(self._desk.scene.space_name, self._desk.scene.seq)

    def _keep_up(self) -> None:
        if self._has_news and not self._again.isActive():
            self._again.start()

    def _follow(self) -> None:
        if self._followed is not None and self._reading is None and self._wants(self._followed):
            self._next = self._followed
            self._begin()

    def _wants(self, pair: Pair) -> bool:
        """Whether the panel is seen, and shows these."""
        panel = self._desk.window.diff
        return panel.isVisible() and pair == panel.moments

    def _leave_space(self) -> None:
        """Moments of the space before are no moments of this one."""
        self._forget()
        self._desk.window.diff.forget_moments()

    def _forget(self) -> None:
        self._asked = self._next = self._followed = None
        self._comparer.forget()
        self._desk.window.diff.clear()
        self._desk.window.diff_marks.clear()

    def _refresh(self, action: QAction) -> None:
        action.setEnabled(bool(self._desk.session.space_name))


def is_now(moment: Moment) -> bool:
    """Whether a moment is now, whenever it is asked for."""
    return moment.at is None and moment.snapshot_id is None


class _Comparer:
    """The side of the worker threads: one call at a time, whichever thread makes it.

    To follow now it keeps a cursor there, and what was at the other moment.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._now: SceneCursor | None = None
        self._kept: dict[Moment, Still] = {}
        self._seq = -1

    def forget(self) -> None:
        """Keep nothing; also while a call runs, which then keeps what it has."""
        self._now, self._kept = None, {}

    def read(
        self, space_name: str, before: Moment, after: Moment, *, again: bool
    ) -> Compared | None:
        """What differs; None where it is read `again` and nothing has changed. Raises NotFound."""
        if not again or self._now is None or self._now.space_name != space_name:
            self._now, self._kept, self._seq = self._lake.cursor(space_name), {}, -1
        return self._read(self._now, before, after)

    def _read(self, cursor: SceneCursor, before: Moment, after: Moment) -> Compared | None:
        now = datetime.now(UTC)
        follows = is_now(before) or is_now(after)
        stills = dict(self._kept)
        pair = sorted({before, after} - stills.keys(), key=lambda one: one.at or now)
        for moment in pair:
            scene = _scene_at(cursor, moment, now)
            if is_now(moment):
                if scene.seq == self._seq:
                    return None
                self._seq = scene.seq
            stills[moment] = Still.of(scene)
        if follows:
            self._kept = {one: still for one, still in stills.items() if not is_now(one)}
        compared = compare(stills[before], stills[after])
        return Compared(compared, now if follows else None)


def _scene_at(cursor: SceneCursor, moment: Moment, now: datetime) -> Scene:
    """The scene there; of a snapshot that is gone it says which that was."""
    try:
        return cursor.at(moment.snapshot_id or moment.at or now)
    except (NotFound, Gone) as error:
        if moment.snapshot_id is None:
            raise
        raise type(error)(gone_words(moment, error)) from error
