"""The scene as the window has it: the viewer's own arrays, brought up to date by deltas.

Owns a SceneArrays and the way from id to slot, and tells Qt when they changed. What it holds may
be the present or the past; it does not ask. It lives on the GUI thread and knows no lake: someone
else fetches the deltas.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from lake_core.scene.arrays import SceneArrays, SceneDelta
from studio.models.glow import Glow


@dataclass(frozen=True, slots=True)
class WholeScene:
    """A scene made ready for a SceneModel, in whichever thread; belongs to who made it until then.

    Filling arrays takes time that grows with the scene, so a worker does it and not the window.
    """

    space_name: str
    seq: int
    arrays: SceneArrays
    slot_of: dict[str, int]

    @classmethod
    def of(cls, delta: SceneDelta) -> WholeScene:
        """From a whole delta."""
        arrays = SceneArrays(max(delta.capacity, 64))
        arrays.apply(delta)
        alive = zip(delta.ids, delta.slots.tolist(), delta.alive.tolist(), strict=True)
        slot_of = {entity_id: slot for entity_id, slot, is_alive in alive if is_alive}
        return cls(delta.space_name, delta.seq, arrays, slot_of)


class SceneModel(QObject):
    """Arrays of one space. Readers must not keep `arrays` or its members across `reset`."""

    reset = Signal()  # everything is new: another space, another instant, or a first delta
    touched = Signal(object)  # Int32s: the slots a delta changed; before `updated`
    updated = Signal(bool)  # after every delta; true where rows of a tree may have changed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.arrays = SceneArrays()
        self.slot_of: dict[str, int] = {}
        self.space_name = ""
        self.seq = 0
        self.glow = Glow()
        self._count = 0

    @property
    def entity_count(self) -> int:
        """How many entities are alive."""
        return self._count

    def document_of(self, entity_id: str) -> bytes:
        """The entity's canonical JSON; b"" where there is no such entity."""
        slot = self.slot_of.get(entity_id)
        return b"" if slot is None else self.arrays.documents[slot]

    def clear(self) -> None:
        """Forget the scene, such as when another space is about to be shown."""
        self.show_whole(WholeScene(self.space_name, 0, SceneArrays(), {}))

    def show_whole(self, scene: WholeScene) -> None:
        """Show this and forget the rest; emits `reset` and `updated`. Nothing of it glows."""
        self.arrays, self.slot_of = scene.arrays, scene.slot_of
        self.space_name, self.seq = scene.space_name, scene.seq
        self._count = len(self.slot_of)
        self.glow.forget(time.monotonic())
        self.reset.emit()
        self.updated.emit(True)

    def apply(self, delta: SceneDelta, *, is_news: bool = True) -> None:
        """Take over a delta and emit `updated`; a whole one is shown as such.

        What it changed glows, unless it is not news: a step through the past is none.
        """
        if delta.whole:
            self.show_whole(WholeScene.of(delta))
            return
        structure = self._moves_rows(delta)
        self._forget_ids(delta)
        self.arrays.apply(delta)
        self._learn_ids(delta)
        self.space_name, self.seq = delta.space_name, delta.seq
        self._count = len(self.slot_of)
        if is_news:
            self.glow.touch(delta.slots, time.monotonic())
        self.touched.emit(delta.slots)
        self.updated.emit(structure)

    def _moves_rows(self, delta: SceneDelta) -> bool:
        """Whether who exists, who is under whom, or in which order differs from what we have."""
        arrays, slots = self.arrays, delta.slots
        if delta.capacity > arrays.capacity:
            return True
        same = (
            np.array_equal(arrays.alive[slots], delta.alive)
            and np.array_equal(arrays.parents[slots], delta.parents)
            and np.array_equal(arrays.orders[slots], delta.orders)
        )
        return not same or any(
            arrays.ids[slot] != entity_id
            for slot, entity_id in zip(slots.tolist(), delta.ids, strict=True)
        )

    def _forget_ids(self, delta: SceneDelta) -> None:
        """Drop the ids that leave their slots; a slot may be dead or already another's."""
        for slot in delta.slots.tolist():
            if slot < self.arrays.capacity and self.slot_of.get(self.arrays.ids[slot]) == slot:
                del self.slot_of[self.arrays.ids[slot]]

    def _learn_ids(self, delta: SceneDelta) -> None:
        for slot, entity_id, alive in zip(
            delta.slots.tolist(), delta.ids, delta.alive.tolist(), strict=True
        ):
            if alive:
                self.slot_of[entity_id] = slot
