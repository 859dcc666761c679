"""Reads the past for the window: the scene at an instant, and one entity as it was then.

Owns the reading and its thread: at most one read is under way, and of all instants wished for
meanwhile only the latest is read next, so a drag along the timeline never queues up. Knows the
lake; knows no panel.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import ref

from PySide6.QtCore import QObject, QTimer, Signal

from lake_core.cursor import SceneCursor
from lake_core.errors import LakeError, NotFound
from lake_core.lake import Lake
from lake_core.scene.arrays import SceneDelta
from lake_core.scene.describe import EntityDetail, describe_entity
from lake_core.scene.state import Scene
from studio.models.scene_model import WholeScene
from studio.workers import Workers

FRAME_SECONDS: Final = 0.04


@dataclass(frozen=True, slots=True)
class Wish:
    """What someone wants to see. `anew` where they hold nothing that was shown before."""

    space_name: str
    instant: datetime
    entity_id: str | None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What there was at an instant."""

    wish: Wish
    seq: int
    scene: WholeScene | SceneDelta | None
    """None where it is the one shown already; a delta is to the one shown before."""
    detail: EntityDetail | None
    """The entity wished for; None where it was not there."""


class PastReader(QObject):
    """Answers the latest wish, one at a time; `arrived` comes on the GUI thread."""

    arrived = Signal(object)  # Sight
    failed = Signal(object)  # LakeError

    def __init__(self, lake: Lake, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._eyes, self._workers = _Eyes(lake), workers
        self._under_way: Wish | None = None
        self._next: Wish | None = None
        self._holds = False
        self._began = -1.0
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._begin)

    @property
    def is_reading(self) -> bool:
        """Whether what was wished for is yet to come."""
        return self._under_way is not None or self._next is not None

    def want(self, space_name: str, instant: datetime, entity_id: str | None) -> None:
        """Wish for an instant, and for an entity as it was then; forgets the wish before."""
        self._next = Wish(space_name, instant, entity_id, anew=not self._holds)
        self._begin()

    def forget(self) -> None:
        """Want nothing more, and hold nothing of what came."""
        self._next = None
        self._holds = False

    def _begin(self) -> None:
        """Read, but not so often that who sends scenes has to wait for who looks at them."""
        if self._under_way is not None or self._next is None:
            return
        now = time.monotonic()
        if now < self._began + FRAME_SECONDS:
            self._pause.start(math.ceil((self._began + FRAME_SECONDS - now) * 1000))
            return
        self._began = now
        wish, self._next = self._next, None
        self._under_way, self._holds = wish, True
        self._workers.run_in_thread(lambda: self._eyes.look(wish), self._seen, self._blind)

    def _seen(self, sight: Sight) -> None:
        """Hand on what came, also where more is wished for: a long drag shows its way."""
        self._under_way = None
        if self._holds:
            self.arrived.emit(sight)
        self._begin()

    def _blind(self, error: LakeError) -> None:
        wanted, self._under_way, self._holds = self._holds, None, False
        if wanted and self._next is None:
            self.failed.emit(error)
        self._begin()


class _Eyes:
    """The side of the worker threads: one call at a time, whichever thread makes it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._cursor: SceneCursor | None = None
        self._shown: ref[Scene] | None = None  # not held: the cursor lets go of what is far

    def look(self, wish: Wish) -> Sight:
        """What there was; raises LakeError."""
        scene = self._cursor_of(wish.space_name).at(wish.instant)
        knows = not wish.anew and self._shown is not None and self._shown() is scene
        self._shown = ref(scene)
        change = _what_differs(scene) if knows else _all_of(scene)
        return Sight(wish, scene.seq, change, _detail(scene, wish.entity_id))

    def _cursor_of(self, space_name: str) -> SceneCursor:
        if self._cursor is None or self._cursor.space_name != space_name:
            self._cursor = self._lake.cursor(space_name)
        return self._cursor


def _what_differs(scene: Scene) -> SceneDelta | None:
    """What takes a viewer who has seen this scene before it was moved in place to where it is."""
    scene.settle()
    slots = scene.touched.copy()
    scene.touched.clear()
    return scene.delta(slots) if slots else None


def _all_of(scene: Scene) -> WholeScene:
    whole = WholeScene.of(scene.delta())
    scene.touched.clear()
    return whole


def _detail(scene: Scene, entity_id: str | None) -> EntityDetail | None:
    if entity_id is None:
        return None
    try:
        return describe_entity(scene, entity_id)
    except NotFound:
        return None
