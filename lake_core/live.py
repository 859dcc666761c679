"""What the lake thread keeps of each space it writes, and whom it tells of changes.

Notices are facts about what is committed; subscriptions collect which slots a viewer has yet to
see. All of it belongs to the lake thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from lake_core.scene.model import SnapshotSummary, TrainingEpoch, Trigger
from lake_core.scene.state import Scene
from lake_core.store.log import Head, SnapshotRow

_RATE_SECONDS: Final = 5
HEAD_SECONDS: Final = 1.0
"""Between two tellings of a space's figures."""
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SpaceCreated:
    """A space was seen for the first time."""

    space_name: str


@dataclass(frozen=True, slots=True)
class SnapshotCreated:
    """A snapshot was taken and is durable."""

    summary: SnapshotSummary


@dataclass(frozen=True, slots=True)
class SnapshotChanged:
    """What people say of a snapshot is otherwise now: pin, tags, note, rating."""

    summary: SnapshotSummary


@dataclass(frozen=True, slots=True)
class SnapshotDeleted:
    """A snapshot is no longer shown; until it is purged it may come back."""

    summary: SnapshotSummary


@dataclass(frozen=True, slots=True)
class SnapshotRestored:
    """A deleted snapshot is back."""

    summary: SnapshotSummary


class Changed(msgspec.Struct, frozen=True):  # made for each request, five times as fast
    """A space's log has grown to `seq` by `count` operations."""

    space_name: str
    seq: int
    count: int


@dataclass(frozen=True, slots=True)
class EpochCreated:
    """An epoch was frozen."""

    epoch: TrainingEpoch


@dataclass(frozen=True, slots=True)
class EpochDeleted:
    """An epoch was deleted; its snapshots are free again."""

    epoch_id: UUID


@dataclass(frozen=True, slots=True)
class UpkeepChanged:
    """Policies, archives, or which snapshots are kept, are otherwise now; None: of all spaces.

    Told of what this process did; `Keeping.upkeep_mark` tells of what others do.
    """

    space_name: str | None


Notice = (
    SpaceCreated
    | SnapshotCreated
    | SnapshotChanged
    | SnapshotDeleted
    | SnapshotRestored
    | Changed
    | EpochCreated
    | EpochDeleted
    | UpkeepChanged
)
Listener = Callable[[Notice], None]


class Rate:
    """Events a second, over the last few whole seconds."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, int]] = deque(maxlen=_RATE_SECONDS + 1)

    def add(self, count: int) -> None:
        """Count events that happened now."""
        second = int(time.monotonic())
        if self._buckets and self._buckets[-1][0] == second:
            count += self._buckets.pop()[1]
        self._buckets.append((second, count))

    def per_second(self) -> float:
        """The mean rate over the window."""
        now = time.monotonic()
        recent = [count for second, count in tuple(self._buckets) if second > now - _RATE_SECONDS]
        return sum(recent) / _RATE_SECONDS


@dataclass(slots=True, eq=False)
class LiveSpace:
    """A space this process writes: its scene, and what is due for it."""

    space_id: int
    scene: Scene
    clock: datetime  # the last moment given to a row or snapshot; moments only rise
    changed_at: datetime | None = None  # the moment of the last row
    snapshot_seq: int = 0  # where the log stood at the last snapshot
    snapshot_due_from: float = 0.0  # monotonic; no automatic snapshot before
    log_bytes: int = 0  # of the log since the last keyframe
    keyframe_in_progress: bool = False
    is_spread: bool = False  # its log is on another server: its head tells what was committed
    newly_seen: int = 0  # entities seen first since the space's figures were last told
    head_due_from: float = 0.0  # monotonic; its figures need not be told before
    told_seq: int = 0  # where the log stood when they were last told
    watchers: list[Watcher] = field(default_factory=list)
    rate: Rate = field(default_factory=Rate)

    def moment(self, at: datetime | None = None) -> datetime:
        """Now, or `at`, but later than any moment given before, whatever the clock does."""
        moment = at or datetime.now(UTC)
        if moment <= self.clock:
            moment = self.clock + _TICK
        self.clock = moment
        return moment

    @property
    def changes_since_snapshot(self) -> int:
        """How far the log has grown since the last snapshot."""
        return self.scene.seq - self.snapshot_seq

    @property
    def owes_head(self) -> bool:
        """Whether the log has grown since the figures were last told."""
        return self.scene.seq != self.told_seq

    def is_snapshot_due(self, threshold: int, now: float) -> bool:
        """Whether an automatic snapshot is due at `now` (monotonic)."""
        return self.changes_since_snapshot >= threshold and now >= self.snapshot_due_from

    def snapshot(
        self,
        trigger: Trigger,
        min_interval: float,
        *,
        snapshot_id: UUID | None = None,
        at: datetime | None = None,
    ) -> tuple[SnapshotRow, SnapshotSummary]:
        """The scene as it is, as a snapshot to be stored; the next waits `min_interval`.

        `snapshot_id` and `at` are given where it was promised before.
        """
        metadata = self.scene.metadata()
        row = SnapshotRow(
            space_id=self.space_id,
            id=snapshot_id or uuid4(),
            seq=self.scene.seq,
            recorded_at=self.moment(at),
            trigger=trigger,
            metadata=msgspec.json.encode(metadata).decode(),
        )
        self.snapshot_seq = self.scene.seq
        self.snapshot_due_from = time.monotonic() + min_interval
        summary = SnapshotSummary(
            id=row.id,
            space_name=self.scene.space_name,
            timestamp=row.recorded_at,
            seq=row.seq,
            trigger=trigger,
            pinned=False,
            metadata=metadata,
        )
        return row, summary

    def head(self) -> Head:
        """Where the space stands, to be stored beside the rows."""
        newly_seen, self.newly_seen = self.newly_seen, 0
        self.head_due_from = time.monotonic() + HEAD_SECONDS
        self.told_seq = self.scene.seq
        return Head(
            space_id=self.space_id,
            head_seq=self.scene.seq,
            head_at=self.changed_at,
            entity_count=self.scene.entity_count,
            connection_count=self.scene.connection_count,
            newly_seen=newly_seen,
        )

    def hand_out(self) -> None:
        """Let every watcher know of the slots touched since the last time."""
        self.scene.settle()
        if self.scene.touched:
            for watcher in self.watchers:
                watcher.pending |= self.scene.touched
            self.scene.touched.clear()


@dataclass(slots=True, eq=False)
class Watcher:
    """One viewer of one space: the slots it has not seen yet, None for all of them."""

    space_name: str
    pending: set[int] = field(default_factory=set)
    wants_all: bool = True
