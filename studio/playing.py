"""Tells the playback when the next change comes, so that it need not sit through a silence.

Knows the lake and the playback. What cannot be found out is played in full.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from studio.desk import LakeDesk
from studio.render.time_axis import span_words

TOLD_MS: Final = 4000


class Playing(QObject):
    """Couples the playback with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._playback = desk.window.timeline.playback
        self._playback.next_wanted.connect(self._find_next)
        self._playback.skipped.connect(self._tell_skip)

    def _find_next(self, after: datetime) -> None:
        space, lake = self._desk.session.space_name, self._desk.lake
        self._desk.workers.run_in_thread(
            lambda: lake.change_near(space, after, forward=True),
            partial(self._playback.tell_next, after),
            lambda error: None,  # who reads the scene tells why
        )

    def _tell_skip(self, seconds: float) -> None:
        words = f"Passed over {span_words(seconds)} without changes"
        self._desk.window.status.showMessage(words, TOLD_MS)
