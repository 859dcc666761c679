"""What the timeline shows beside snapshots: bookmarks, and when exactly changes came.

Couples the timeline with one open lake; every question runs in a worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject

from lake_core.errors import LakeError
from lake_core.scene.model import Bookmark
from studio.desk import LakeDesk
from studio.models.change_history import ExactMoments, exact_moments
from studio.panels.bookmark_dialog import BookmarkDialog
from studio.undoing import Deed

Result = TypeVar("Result")


class Timekeeping(QObject):
    """Bookmarks, exact moments, and steps from change to change."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._asking = False
        self._lost_track = True  # since what the log was last known to be
        timeline, actions = desk.window.timeline, desk.window.actions_
        timeline.bookmark_requested.connect(self.ask_note)
        timeline.bookmark_delete_requested.connect(self.delete)
        timeline.change_step_requested.connect(self.step)
        timeline.view.moments_requested.connect(self._ask_moments)
        desk.bridge.changed.connect(self._hear)
        desk.scene.updated.connect(lambda _: self._hear_scene())
        desk.session.space_changed.connect(lambda _: self._lose_track())
        desk.session.space_changed.connect(lambda _: self.load())
        desk.session.instant_changed.connect(lambda _: self._lose_track())
        desk.outages.ended.connect(self.load)
        actions.bookmark.triggered.connect(lambda: self.ask_note(desk.session.instant))
        actions.previous_change.triggered.connect(lambda: self.step(-1))
        actions.next_change.triggered.connect(lambda: self.step(1))

    # -- bookmarks

    def ask_note(self, instant: datetime | None) -> None:
        """Ask why; the present where no instant is given."""
        if not self._desk.session.space_name:
            return
        dialog = BookmarkDialog(instant or datetime.now(UTC), self._desk.window)
        dialog.note_entered.connect(self.add)
        dialog.open()

    def add(self, instant: datetime, note: str) -> None:
        """Bookmark an instant of the space shown."""
        self._add(self._desk.session.space_name, instant, note)

    def _add(self, space: str, instant: datetime, note: str) -> None:
        self._run(
            lambda: self._desk.lake.add_bookmark(space, instant, note),
            self._added,
            "The bookmark was not set",
            partial(self._add, space, instant, note),
        )

    def delete(self, bookmark: Bookmark) -> None:
        """Take a bookmark away."""
        self._run(
            lambda: self._desk.lake.delete_bookmark(bookmark.id),
            lambda _: self._deleted(bookmark),
            "The bookmark was not deleted",
        )

    def _deleted(self, bookmark: Bookmark) -> None:
        self.load()
        self._push(
            "deleting a bookmark", partial(self._drop, bookmark), partial(self._back, bookmark)
        )

    def _added(self, bookmark: Bookmark) -> None:
        self.load()
        self._push("a bookmark", partial(self._back, bookmark), partial(self._drop, bookmark))

    def _push(self, words: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        self._desk.window.undo_stack.push(Deed(words, redo, undo))

    def _drop(self, bookmark: Bookmark) -> None:
        self._run(
            lambda: self._desk.lake.delete_bookmark(bookmark.id),
            lambda _: self.load(),
            "The bookmark was not deleted",
            partial(self._drop, bookmark),
        )

    def _back(self, bookmark: Bookmark) -> None:
        self._run(
            lambda: self._desk.lake.add_bookmark(
                bookmark.space_name, bookmark.at, bookmark.note, bookmark_id=bookmark.id
            ),
            lambda _: self.load(),
            "The bookmark was not set",
            partial(self._back, bookmark),
        )

    def load(self) -> None:
        """Show the space's bookmarks as the lake has them."""
        space = self._desk.session.space_name
        if space:
            self._run(lambda: self._desk.lake.bookmarks(space), partial(self._show, space))

    def _show(self, space: str, bookmarks: list[Bookmark]) -> None:
        if space == self._desk.session.space_name:
            self._desk.window.timeline.view.show_bookmarks(bookmarks)

    # -- changes

    def step(self, by: int) -> None:
        """Show the change before the instant shown, or the next; after the last, the present."""
        session = self._desk.session
        space, at = session.space_name, session.instant or datetime.now(UTC)
        if space and not self._asking:
            self._asking = True
            self._run(
                lambda: self._desk.lake.change_near(space, at, forward=by > 0),
                partial(self._stepped, space, by),
            )

    def _stepped(self, space: str, by: int, found: datetime | None) -> None:
        self._asking = False
        session = self._desk.session
        if space == session.space_name and (found is not None or by > 0):
            session.show_instant(found)

    def _hear(self, space: str, seq: int) -> None:
        if space == self._desk.session.space_name:
            self._desk.window.timeline.view.hear(time.time(), seq)

    def _hear_scene(self) -> None:
        """Of a space that another process writes only its scene tells how far it is."""
        scene, session = self._desk.scene, self._desk.session
        if session.is_live and scene.seq and scene.space_name == session.space_name:
            is_late, self._lost_track = self._lost_track, False
            view = self._desk.window.timeline.view
            view.hear(time.time(), scene.seq, is_late=is_late)

    def _lose_track(self) -> None:
        """Another scene is about to be shown; until the present is, nothing is heard by it."""
        self._lost_track = True

    def _ask_moments(self, after: int, upto: int) -> None:
        space = self._desk.session.space_name
        if space:
            self._run(
                lambda: self._read_moments(space, after, upto), partial(self._show_moments, space)
            )

    def _read_moments(self, space: str, after: int, upto: int) -> ExactMoments:
        moments = self._desk.lake.change_moments(space, after, upto)
        return exact_moments(after, upto, [(at.timestamp(), count) for at, count in moments])

    def _show_moments(self, space: str, moments: ExactMoments) -> None:
        if space == self._desk.session.space_name:
            self._desk.window.timeline.view.show_moments(moments)

    def _run(
        self,
        call: Callable[[], Result],
        on_done: Callable[[Result], None],
        missed: str = "",
        again: Callable[[], None] | None = None,
    ) -> None:
        """`missed` says what was not done where it fails, and `again` would do it."""
        failed = partial(self._fail, missed, again)
        self._desk.workers.run_in_thread(call, on_done, failed)

    def _fail(self, missed: str, again: Callable[[], None] | None, error: LakeError) -> None:
        self._asking = False
        deed = "Try again" if again is not None else ""
        self._desk.window.banner.tell_failure(error, missed, deed=deed, do=again)
