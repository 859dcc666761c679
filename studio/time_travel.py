"""Takes the whole window to another instant and back, while the lake goes on taking in changes.

Couples the session's instant with what is followed: the present through the bridge, or the past
through the reader. Coming back starts over with a whole delta, so nothing that arrived is missed.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer

from lake_core.errors import DatabaseUnavailable, LakeError
from studio.desk import LakeDesk
from studio.models.scene_model import WholeScene
from studio.past import PastReader, Sight

PATIENCE_MS: Final = 250
"""A read that takes longer is told."""
DOUBT_MS: Final = 2000
"""A read that takes longer may never end: PostgreSQL is asked for a sign of life."""


class TimeTravel(QObject):
    """Shows the session's instant in models and panels."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._bridge, self._session, self._scene = desk.bridge, desk.session, desk.scene
        self._window, self._lake, self._workers = desk.window, desk.lake, desk.workers
        self.reader = PastReader(desk.lake, desk.workers, self)
        self._shown_seq = self._newest_seq = 0
        self._was_live = True
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._tell_reading)
        self._doubt = QTimer(self, singleShot=True, interval=DOUBT_MS)
        self._doubt.timeout.connect(self._ask_sign)
        self.reader.arrived.connect(self._show)
        self.reader.failed.connect(self._fail)
        desk.session.instant_changed.connect(self._go)
        desk.session.selection_changed.connect(self._ask)
        desk.bridge.changed.connect(self._hear)

    def _go(self, instant: datetime | None) -> None:
        if instant is None:
            self._was_live = True
            self.reader.forget()
            self._bridge.watch(self._session.space_name)
            return
        if self._was_live:
            self._was_live = False
            self._bridge.watch("")
            self._shown_seq = self._newest_seq = self._scene.seq
        self._ask()

    def _ask(self) -> None:
        session = self._session
        if session.instant is not None and session.space_name:
            self.reader.want(session.space_name, session.instant, session.selection)
            if not self._patience.isActive():
                self._patience.start()
            if not self._doubt.isActive():
                self._doubt.start()

    def _tell_reading(self) -> None:
        """Nobody is to take what is still shown for what the badge says."""
        self._window.scene.past.show_reading(self.reader.is_reading)

    def _ask_sign(self) -> None:
        if self.reader.is_reading and not self._session.is_live:
            self._workers.run_apart(self._see_sign, lambda _: self._doubt.start(), self._give_up)

    def _see_sign(self) -> None:
        if not self._lake.database_answers():
            raise DatabaseUnavailable("PostgreSQL does not answer")

    def _give_up(self, error: LakeError) -> None:
        """The present is not to stand in for a past that no one will read for a long while."""
        if self.reader.is_reading and not self._session.is_live:
            self.reader.forget()
            self._fail(error)

    def _show(self, sight: Sight) -> None:
        """Late sights of a drag are shown too: each is nearer to where the person is going."""
        session = self._session
        if session.is_live or sight.wish.space_name != session.space_name:
            return
        if isinstance(sight.scene, WholeScene):
            self._scene.show_whole(sight.scene)
        elif sight.scene is not None:
            self._scene.apply(sight.scene, is_news=False)
        if sight.wish.entity_id is not None and sight.wish.entity_id == session.selection:
            self._window.inspector.show_detail(sight.detail)
            held = sight.detail.connections if sight.detail else ()
            self._window.scene.view.show_connections(held)
        self._shown_seq = sight.seq
        if not self.reader.is_reading:
            self._window.scene.past.show_reading(False)
        self._tell_news()

    def _hear(self, space_name: str, seq: int) -> None:
        if not self._was_live and space_name == self._session.space_name:
            self._newest_seq = max(self._newest_seq, seq)
            self._tell_news()

    def _tell_news(self) -> None:
        self._window.scene.past.show_changes_since(self._newest_seq - self._shown_seq)

    def _fail(self, error: LakeError) -> None:
        """What cannot be read is not shown as something else: back to the present."""
        instant, timeline = self._session.instant, self._window.timeline
        archived = instant and next(
            (one for one in timeline.view.frame.archives if one.from_at <= instant < one.to_at),
            None,
        )
        if archived:
            middle = timeline.mapToGlobal(timeline.rect().center())
            offer = partial(timeline.tell_archive, archived, middle)
            told = f"What was then is in the archive at {archived.place}"
            self._window.banner.tell(told, deed="Fetch it back…", do=offer)
        else:
            self._window.banner.tell_failure(error, "That time cannot be shown")
        self._session.show_instant(None)
