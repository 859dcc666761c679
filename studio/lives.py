"""Reads the life of the entity the inspector shows, off the GUI thread.

One life is read at a time, and that of an entity that goes on changing no oftener than every two
seconds: it grows with its history.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer

from lake_core.errors import LakeError, NotFound
from lake_core.lake import Lake
from studio.desk import LakeDesk
from studio.models.life import LONGEST, Life, life_of

FIRST_MS: Final = 60
AGAIN_MS: Final = 2000


class Lives(QObject):
    """Couples the inspector with the histories of one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._reading = False
        self._shown: tuple[str, str] = ("", "")
        self._soon = QTimer(self, singleShot=True, interval=FIRST_MS)
        self._soon.timeout.connect(self._read)
        desk.window.inspector.detail_shown.connect(self._detail_shown)
        desk.session.selection_changed.connect(self._selection_changed)

    def _selection_changed(self, entity_id: str | None) -> None:
        self._shown = ("", "")
        if entity_id is not None:
            self._soon.start(FIRST_MS)

    def _detail_shown(self, entity_id: str) -> None:
        """Nobody who looks at the past needs to know what goes on in the present."""
        known = self._shown == (self._desk.session.space_name, entity_id)
        if not self._soon.isActive() and (self._desk.session.is_live or not known):
            self._soon.start(AGAIN_MS if known else FIRST_MS)

    def _read(self) -> None:
        session = self._desk.session
        entity_id, space = session.selection, session.space_name
        if self._reading or entity_id is None or not space:
            return
        self._reading = True
        self._shown = (space, entity_id)
        self._desk.workers.run_in_thread(
            lambda: read_life(self._desk.lake, space, entity_id),
            partial(self._show, space),
            self._fail,
        )

    def _show(self, space: str, life: Life) -> None:
        self._reading = False
        session = self._desk.session
        if (space, life.entity_id) == (session.space_name, session.selection):
            self._desk.window.inspector.show_life(life)
        elif session.selection is not None:
            self._soon.start(FIRST_MS)

    def _fail(self, error: LakeError) -> None:
        """What is not there, or cannot be read now, has no life to show."""
        self._reading = False
        if not isinstance(error, NotFound):
            self._desk.window.status.showMessage(str(error), AGAIN_MS)


def read_life(lake: Lake, space_name: str, entity_id: str) -> Life:
    """The life of an entity, its latest changes where they are many; raises NotFound."""
    moments = deque(lake.entity_history(space_name, entity_id), maxlen=LONGEST)
    return life_of(entity_id, moments, is_cut=len(moments) == LONGEST)
