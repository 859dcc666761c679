"""Which entities are hidden from view, by a person's word on some and on all that is under them.

Keeps one mask over a SceneModel's arrays, worked out when it is asked for and kept until the
session or the tree's shape changes. Knows no panel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PySide6.QtCore import QObject, Signal

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from studio.models.scene_model import SceneModel
from studio.session import Session


class Visibility(QObject):
    """`changed` when another set of entities may be shown for the same scene."""

    changed = Signal()

    def __init__(self, session: Session, model: SceneModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self._mask: Bools | None = None
        session.visibility_changed.connect(self._forget)
        model.updated.connect(self._scene_updated)

    @property
    def hides_some(self) -> bool:
        """Whether anything is hidden or isolated at all."""
        return bool(self._session.hidden or self._session.isolated)

    def mask(self) -> Bools | None:
        """[capacity] true where an entity is shown; None where none is hidden."""
        if not self.hides_some:
            return None
        if self._mask is None or len(self._mask) != self._model.arrays.capacity:
            self._mask = self._worked_out()
        return self._mask

    def shows(self, slot: int) -> bool:
        """Whether one entity is shown."""
        mask = self.mask()
        return mask is None or bool(mask[slot])

    def would_show(self, entity_id: str, home_of: Callable[[str], str | None]) -> bool:
        """Whether an entity that may be gone is shown: as what it was under is, by `home_of`."""
        session, slot_of = self._session, self._model.slot_of
        at: str | None = entity_id
        while at is not None:
            if at in slot_of:
                return self.shows(slot_of[at])
            if at in session.hidden:
                return False
            if at in session.isolated:
                return True
            at = home_of(at)
        return not session.isolated

    def is_hidden_itself(self, entity_id: str) -> bool:
        """Whether an entity was hidden by name, and not with something above it."""
        return entity_id in self._session.hidden

    def _worked_out(self) -> Bools:
        arrays, session = self._model.arrays, self._session
        shown = np.ones(arrays.capacity, np.bool_)
        if session.isolated:
            shown = with_descendants(arrays, self._slots(session.isolated))
        hidden = self._slots(session.hidden)
        # What was hidden above the ones asked for alone must not take them away as well.
        return shown & ~with_descendants(arrays, hidden[shown[hidden]])

    def _slots(self, entity_ids: Iterable[str]) -> Int32s:
        slot_of = self._model.slot_of
        return np.array([slot_of[one] for one in entity_ids if one in slot_of], np.int32)

    def _scene_updated(self, structure_changed: bool) -> None:
        if structure_changed:
            self._mask = None

    def _forget(self) -> None:
        self._mask = None
        self.changed.emit()


def with_descendants(arrays: SceneArrays, slots: Int32s) -> Bools:
    """[capacity] these and all that is under them; each round looks twice as far up."""
    marked = np.zeros(arrays.capacity, np.bool_)
    marked[slots] = True
    above = np.where(arrays.parents >= 0, arrays.parents, np.arange(arrays.capacity))
    for _ in range(32):
        further = above[above]
        marked |= marked[above]
        if np.array_equal(further, above):
            break
        above = further
    return marked
