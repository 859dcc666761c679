"""A place in the past of one space, from which neighbouring instants are near.

Keeps one scene and moves it: forward along the log, back along the steps it kept on the way. Only
what is far, or beyond the steps kept, is read anew from a keyframe. Never writes.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from lake_core.garbage import without_collections
from lake_core.scene.arrays import SceneDelta
from lake_core.scene.state import Scene
from lake_core.scene.step import Step
from lake_core.store.database import Connection, Database
from lake_core.store.history import (
    advance_in_steps,
    keyframe_before,
    load_scene,
)
from lake_core.store.instants import Instant, locate

_ROWS_A_STEP: Final = 1000
_ROWS_BACK: Final = 20_000
"""How much of the way back is kept when a scene is read anew; to keep it takes longer."""
_STEPS_BYTES: Final = 256 << 20
"""What the way back may hold in memory; beyond it lies a keyframe."""


class SceneCursor:
    """Moves through the past of a space; it is one thread's own, and each call blocks."""

    def __init__(self, database: Database, space_name: str) -> None:
        self.space_name = space_name
        self._database = database
        self._scene: Scene | None = None
        self._steps: deque[Step] = deque()
        self._steps_bytes = 0
        self._was_reloaded = True

    def at(self, instant: Instant) -> Scene:
        """The state at an instant; raises NotFound.

        The scene is the cursor's own and moves on with the next call: copy what you keep.
        """
        with self._database.reader() as connection:
            space_id, seq = locate(connection, self.space_name, instant)
            try:
                return self._move(connection, space_id, seq)
            except BaseException:
                self._scene = None  # it may stand half-way
                raise

    def delta_at(self, instant: Instant) -> SceneDelta:
        """What a viewer that took every delta so far needs to show an instant; raises NotFound."""
        scene = self.at(instant)
        delta = scene.delta(None if self._was_reloaded else scene.touched)
        scene.touched.clear()
        self._was_reloaded = False
        return delta

    def _move(self, connection: Connection, space_id: int, seq: int) -> Scene:
        scene = self._scene
        if scene is not None and not self._is_far(connection, space_id, scene, seq):
            self._go_back(scene, seq)
            if scene.seq <= seq:
                self._go_forward(connection, space_id, scene, seq)
                return scene
        return self._load(connection, space_id, seq)

    def _is_far(self, connection: Connection, space_id: int, scene: Scene, seq: int) -> bool:
        """Whether a keyframe is nearer; to read one costs about half of what its rows would."""
        distance = abs(seq - scene.seq)
        whole = (scene.entity_count + scene.connection_count) // 2
        if distance <= whole:
            return False
        return distance > seq - keyframe_before(connection, space_id, seq) + whole

    def _go_back(self, scene: Scene, seq: int) -> None:
        while scene.seq > seq and self._steps:
            step = self._steps.pop()
            self._steps_bytes -= step.weight
            step.undo(scene)

    def _go_forward(self, connection: Connection, space_id: int, scene: Scene, seq: int) -> None:
        for step in advance_in_steps(connection, space_id, scene, seq, _ROWS_A_STEP):
            self._steps.append(step)
            self._steps_bytes += step.weight
            while self._steps_bytes > _STEPS_BYTES:
                self._steps_bytes -= self._steps.popleft().weight

    def _load(self, connection: Connection, space_id: int, seq: int) -> Scene:
        self._scene = None  # let go of the one before there are two
        self._steps.clear()
        self._steps_bytes = 0
        with without_collections():
            frame = keyframe_before(connection, space_id, seq)
            begin = max(frame, seq - _ROWS_BACK)
            scene = load_scene(connection, space_id, self.space_name, begin)
            self._go_forward(connection, space_id, scene, seq)
        self._scene = scene
        self._was_reloaded = True
        return scene
