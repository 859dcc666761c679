"""From the lake to Qt and back: nothing of the database ever runs on the GUI thread.

Polls the subscription of the space shown 30 times a second, and calmly while PostgreSQL is away,
and turns the lake's notices into Qt signals. Every result arrives on the GUI thread.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lake_core.errors import DatabaseUnavailable, LakeError, NotFound
from lake_core.lake import Lake
from lake_core.live import (
    Changed,
    EpochCreated,
    EpochDeleted,
    Notice,
    SnapshotChanged,
    SnapshotCreated,
    SnapshotDeleted,
    SnapshotRestored,
    SpaceCreated,
    UpkeepChanged,
)
from lake_core.scene.arrays import SceneDelta
from lake_core.subscription import Subscription
from studio.models.scene_model import WholeScene
from studio.workers import Workers

FRAME_MS: Final = 33
HEALTH_MS: Final = 500
REST_S: Final = 1.0
"""Between two polls while PostgreSQL is away."""
DOUBT_S: Final = 2.0
"""A poll that takes longer may never end: PostgreSQL is asked for a sign of life."""
MOST_A_FRAME: Final = 2_500
"""Entities of one delta: what changed beyond waits for the next, so that no frame is held up."""


class LakeBridge(QObject):
    """One open lake, as signals."""

    delta_arrived = Signal(object)  # SceneDelta of the space watched, but for a whole one
    whole_arrived = Signal(object)  # WholeScene of it
    stalled = Signal(object)  # when the scene was last read, or None: PostgreSQL is away
    resumed = Signal()  # it is so no more
    detail_arrived = Signal(str, object)  # entity id, EntityDetail or None
    space_created = Signal(str)
    changed = Signal(str, object)  # space, its newest sequence number
    snapshot_created = Signal(object)  # SnapshotSummary, also of one that is back
    snapshot_changed = Signal(object)  # SnapshotSummary
    snapshot_deleted = Signal(object)  # SnapshotSummary
    epoch_created = Signal(object)  # TrainingEpoch
    epoch_deleted = Signal(object)  # UUID
    upkeep_changed = Signal()
    health_changed = Signal(object)  # LakeHealth
    failed = Signal(object)  # LakeError
    _noticed = Signal(object)

    def __init__(self, lake: Lake, workers: Workers) -> None:
        super().__init__(workers)
        self._lake, self._workers = lake, workers
        self.only_follows = False  # what is shown is another server's to write
        self._subscription: Subscription | None = None
        self._polling = self._asking = self._closed = False
        self._doubting = self._is_stalled = False
        self._asked_at = self._rests_until = 0.0  # monotonic
        self._read_at: datetime | None = None
        self._asked_next: tuple[str, str] | None = None
        self._noticed.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._remove_listener = lake.add_listener(self._noticed.emit)
        self._frame = QTimer(self, interval=FRAME_MS)
        self._frame.timeout.connect(self._poll)
        self._health = QTimer(self, interval=HEALTH_MS)
        self._health.timeout.connect(lambda: self.health_changed.emit(lake.health()))
        self._frame.start()
        self._health.start()

    def watch(self, space_name: str) -> None:
        """Follow this space from now on; its first delta is whole."""
        self._drop_subscription()
        if space_name:
            self._subscription = self._lake.subscribe(space_name, only_follows=self.only_follows)

    def ask_detail(self, space_name: str, entity_id: str) -> None:
        """Ask for one entity; the answer is `detail_arrived`, None where it is gone."""
        if self._closed:
            return
        if self._asking:
            self._asked_next = (space_name, entity_id)
            return
        self._asking = True
        self._workers.when_done(
            self._lake.entity_detail(space_name, entity_id),
            partial(self._detail, entity_id),
            partial(self._no_detail, entity_id),
        )

    def close(self) -> None:
        """Stop listening to the lake; to be called before it closes. Again is harmless."""
        if self._closed:
            return
        self._closed = True
        self._frame.stop()
        self._health.stop()
        self._remove_listener()
        self._drop_subscription()

    def _drop_subscription(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
        self._subscription, self._polling = None, False
        self._rests_until, self._read_at = 0.0, None
        self._resume()

    def _poll(self) -> None:
        """At most one question is under way: a slow frame makes the next delta larger."""
        now = time.monotonic()
        if self._subscription is None or now < self._rests_until:
            return
        if self._polling:
            if now > self._asked_at + DOUBT_S and not (self._doubting or self._is_stalled):
                self._doubt(self._subscription)
            return
        self._polling, self._asked_at = True, now
        self._workers.when_done(
            self._subscription.poll(MOST_A_FRAME),
            partial(self._polled, self._subscription),
            partial(self._poll_failed, self._subscription),
        )

    def _polled(self, asked: Subscription, delta: SceneDelta | None) -> None:
        """A whole scene is made ready in a worker first: filling arrays takes its time."""
        if asked is not self._subscription:
            return
        if delta is not None and delta.whole:
            self._workers.run_in_thread(
                lambda: WholeScene.of(delta),
                partial(self._whole_ready, asked),
                partial(self._poll_failed, asked),
            )
            return
        self._is_read()
        if delta is not None:
            self.delta_arrived.emit(delta)

    def _whole_ready(self, asked: Subscription, scene: WholeScene) -> None:
        if asked is self._subscription:
            self._is_read()
            self.whole_arrived.emit(scene)

    def _poll_failed(self, asked: Subscription, error: LakeError) -> None:
        """No such space yet: ask again; without PostgreSQL, after a rest.

        Anything else is told once and ends the watching.
        """
        if asked is not self._subscription:
            return
        self._polling = False
        if isinstance(error, DatabaseUnavailable):
            self._rests_until = time.monotonic() + REST_S
            self._stall()
        elif not isinstance(error, NotFound):
            self._drop_subscription()
            self._fail(error)

    def _is_read(self) -> None:
        self._polling, self._read_at = False, datetime.now(UTC)
        self._resume()

    def _stall(self) -> None:
        if not self._is_stalled:
            self._is_stalled = True
            self.stalled.emit(self._read_at)

    def _resume(self) -> None:
        if self._is_stalled:
            self._is_stalled = False
            self.resumed.emit()

    def _doubt(self, asked: Subscription) -> None:
        self._doubting = True
        self._workers.run_apart(
            self._see_sign, lambda _: self._doubted(), partial(self._no_sign, asked)
        )

    def _see_sign(self) -> None:
        if not self._lake.database_answers():
            raise DatabaseUnavailable("PostgreSQL does not answer")

    def _no_sign(self, asked: Subscription, error: LakeError) -> None:
        self._doubted()
        if asked is self._subscription and self._polling:
            self._stall()

    def _doubted(self) -> None:
        self._doubting, self._asked_at = False, time.monotonic()

    def _detail(self, entity_id: str, detail: object) -> None:
        self._asking = False
        self.detail_arrived.emit(entity_id, detail)
        if self._asked_next is not None:
            asked, self._asked_next = self._asked_next, None
            self.ask_detail(*asked)

    def _no_detail(self, entity_id: str, error: LakeError) -> None:
        if not isinstance(error, NotFound):
            self._fail(error)
        self._detail(entity_id, None)

    def _fail(self, error: LakeError) -> None:
        self.failed.emit(error)

    def _tell(self, notice: Notice) -> None:
        """A notice that was on its way when this closed would meet panels that are gone."""
        if self._closed:
            return
        match notice:
            case SpaceCreated(space_name):
                self.space_created.emit(space_name)
            case Changed(space_name, seq):
                self.changed.emit(space_name, seq)
            case SnapshotCreated(summary) | SnapshotRestored(summary):
                self.snapshot_created.emit(summary)
            case SnapshotChanged(summary):
                self.snapshot_changed.emit(summary)
            case SnapshotDeleted(summary):
                self.snapshot_deleted.emit(summary)
            case EpochCreated(epoch):
                self.epoch_created.emit(epoch)
            case EpochDeleted(epoch_id):
                self.epoch_deleted.emit(epoch_id)
            case UpkeepChanged():
                self.upkeep_changed.emit()
