"""Checking what is stored against itself: every snapshot and every keyframe against the log.

One pass over each space's log, moving forward; at each snapshot its state hash and figures are
reckoned anew, at each keyframe the state it tells alone is compared with the state by rows. Reads
only, beside a running writer too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from lake_core.scene.diff import Still, diff_scenes
from lake_core.scene.model import SnapshotMetadata
from lake_core.scene.replay import Row, replay_rows
from lake_core.scene.state import Scene
from lake_core.store.database import Connection, Database
from lake_core.store.history import (
    SpaceRow,
    changes_between,
    keyframe_places,
    load_keyframe,
)
from lake_core.store.instants import find_space_of
from lake_core.store.snapshots import SnapshotMark, snapshot_marks

Progress = Callable[[int, int], None]
"""Told how many rows of the log are done, and of how many."""


_NOWHERE: Final = 1 << 62
"""Beyond the end of any log."""


class Fault(Struct, kw_only=True):
    """Something stored that does not agree with the log, or a log that does not hold together."""

    space_name: str
    seq: int
    kind: Literal["log", "snapshot", "keyframe"]
    reason: str
    snapshot_id: UUID | None = None


class SpaceCheck(Struct, kw_only=True):
    """What was checked of one space."""

    space_name: str
    changes: int
    snapshots: int
    keyframes: int
    faults: list[Fault]


def verify_space(database: Database, space_name: str, progress: Progress) -> SpaceCheck:
    """Check one space up to where its log ends now; raises NotFound."""
    with database.reader() as connection:
        space = find_space_of(connection, space_name)
        check = _Check(connection, space, space_name)
        snapshots, keyframes = len(check.snapshots), len(check.keyframes)
        check.run(space.head_seq, progress)
    return SpaceCheck(
        space_name=space_name,
        changes=space.head_seq - space.floor_seq,
        snapshots=snapshots,
        keyframes=keyframes,
        faults=check.faults,
    )


class _Check:
    """One pass; `snapshots` and `keyframes` are what still lies ahead, the next one last."""

    def __init__(self, connection: Connection, space: SpaceRow, space_name: str) -> None:
        self._connection = connection
        self._space_id = space_id = space.space_id
        # None where the rows lead nowhere: below a floor, until its keyframe is read.
        self._scene: Scene | None = None if space.floor_seq else Scene(space_name)
        self._space_name = space_name
        self._floor = space.floor_seq
        self.faults: list[Fault] = []
        self.snapshots: list[SnapshotMark] = snapshot_marks(connection, space_id)[::-1]
        self.keyframes: list[int] = keyframe_places(connection, space_id)[::-1]

    def run(self, head: int, progress: Progress) -> None:
        if self._floor and self.keyframes[-1:] != [self._floor]:
            self._fault(self._floor, "keyframe", "is missing where the log begins")
        self._check_marks(self._floor)
        expected = self._floor + 1
        with closing(changes_between(self._connection, self._space_id, self._floor, head)) as pages:
            for rows in pages:
                for run in _gapless(rows):
                    if run[0][0] != expected:
                        self._gap(expected, run[0][0] - 1)
                    self._take(run)
                    expected = run[-1][0] + 1
                progress(expected - 1, head)
        if expected <= head:
            self._gap(expected, head)
        for mark in reversed(self.snapshots):
            self._fault(mark.seq, "snapshot", "lies beyond the log", mark.id)
        for seq in reversed(self.keyframes):
            self._fault(seq, "keyframe", "lies beyond the log")

    def _gap(self, first: int, last: int) -> None:
        """Rows that should be there; what is to be compared may start anew from a keyframe."""
        self._fault(first, "log", f"rows {first} to {last} are missing")
        self._scene = None
        self._check_marks(last)

    def _take(self, rows: list[Row]) -> None:
        """Move over rows without a gap, stopping wherever something is to be compared."""
        first = rows[0][0]
        start = 0
        while start < len(rows):
            end = min(self._next_stop() - first + 1, len(rows))
            self._replay(rows[start:end])
            self._check_marks(first + end - 1)
            start = end

    def _next_stop(self) -> int:
        places = [mark.seq for mark in self.snapshots[-1:]] + self.keyframes[-1:]
        return min(places, default=_NOWHERE)

    def _replay(self, rows: list[Row]) -> None:
        if self._scene is None or not rows:
            return
        try:
            replay_rows(self._scene, rows)
        except (KeyError, ValueError, msgspec.MsgspecError) as error:
            reason = f"rows {rows[0][0]} to {rows[-1][0]} do not follow from the state: {error!r}"
            self._fault(rows[0][0], "log", reason)
            self._scene = None

    def _check_marks(self, seq: int) -> None:
        """Compare what was stored at or before a place that is reached."""
        while self.keyframes and self.keyframes[-1] <= seq:
            self._check_keyframe(self.keyframes.pop(), seq)
        while self.snapshots and self.snapshots[-1].seq <= seq:
            self._check_snapshot(self.snapshots.pop(), seq)

    def _check_snapshot(self, mark: SnapshotMark, seq: int) -> None:
        if self._scene is None or mark.seq != seq:
            self._fault(mark.seq, "snapshot", "no rows lead to it", mark.id)
        elif reason := _figures_differ(mark.metadata, self._scene.metadata()):
            self._fault(seq, "snapshot", reason, mark.id)

    def _check_keyframe(self, place: int, seq: int) -> None:
        try:
            alone = load_keyframe(self._connection, self._space_id, self._space_name, place)
        except (KeyError, ValueError, msgspec.MsgspecError) as error:
            self._fault(place, "keyframe", f"cannot be read: {error!r}")
            return
        if self._scene is None or place != seq:
            self._scene = alone if place == seq else None  # the pass goes on from here
        elif reason := _states_differ(self._scene, alone):
            self._fault(seq, "keyframe", reason)

    def _fault(
        self,
        seq: int,
        kind: Literal["log", "snapshot", "keyframe"],
        reason: str,
        snapshot_id: UUID | None = None,
    ) -> None:
        self.faults.append(
            Fault(
                space_name=self._space_name,
                seq=seq,
                kind=kind,
                reason=reason,
                snapshot_id=snapshot_id,
            )
        )


def _gapless(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows in runs of one after another."""
    if rows[-1][0] - rows[0][0] + 1 == len(rows):
        yield rows
        return
    for _, run in groupby(enumerate(rows), key=lambda pair: pair[1][0] - pair[0]):
        yield [row for _, row in run]


def _figures_differ(stored: SnapshotMetadata, reckoned: SnapshotMetadata) -> str:
    if stored.state_hash != reckoned.state_hash:
        return f"its state hash is {stored.state_hash}, the log says {reckoned.state_hash}"
    for name in stored.__struct_fields__:
        told, found = getattr(stored, name), getattr(reckoned, name)
        if told != found:
            return f"its {name} is {told}, the log says {found}"
    return ""


def _states_differ(by_rows: Scene, alone: Scene) -> str:
    expected, found = Still.of(by_rows), Still.of(alone)
    told = diff_scenes(expected, found)
    counts = {
        name: len(getattr(told, name))
        for name in ("added", "removed", "changed", "reparented", "flux_changed")
    }
    counts["connections"] = (
        len(told.connections_added) + len(told.connections_removed) + len(told.connections_changed)
    )
    if any(counts.values()):
        listed = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        return f"it differs from the log's state: {listed}"
    for what in ("entities", "connections"):
        if list(getattr(expected, what)) != list(getattr(found, what)):
            return f"its {what} are in another order than the log's"
    return ""
