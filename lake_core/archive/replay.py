"""An archived stretch moved over from its beginning: whether its rows lead where it says.

Takes rows as they are read, and compares the state at each snapshot and at the end. Knows neither
files nor databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lake_core.archive.files import ArchiveManifest
from lake_core.errors import LakeError
from lake_core.scene.loading import load_connections, load_entities
from lake_core.scene.replay import Row, replay_rows
from lake_core.scene.state import Scene
from lake_core.store.archive import KeyframePart, LogRow, StoredSnapshot
from lake_core.store.history import ENTITY_PART


class _Hashed(msgspec.Struct):
    """What is compared of a snapshot's metadata."""

    state_hash: str


_hashed: Final = msgspec.json.Decoder(_Hashed)


class Replay:
    """One pass over a stretch; `scene` is where it stands. Raises LakeError at the first fault."""

    def __init__(
        self,
        manifest: ArchiveManifest,
        keyframe: Sequence[KeyframePart],
        snapshots: Sequence[StoredSnapshot],
    ) -> None:
        self._manifest = manifest
        if [each.id for each in snapshots] != manifest.snapshot_ids:
            raise self._fault("its snapshots are not those it lists")
        self._ahead = list(reversed(snapshots))
        self.scene = _scene_of(manifest, keyframe)
        self._compare("where it begins", manifest.from_state_hash)
        self._compare_snapshots()
        if self._ahead and self._ahead[-1].seq <= self.scene.seq:
            raise self._fault("its snapshots are not in order")

    def take(self, rows: Sequence[LogRow]) -> None:
        """Move over rows that follow, stopping at each snapshot."""
        expected = range(self.scene.seq + 1, self.scene.seq + 1 + len(rows))
        if [row[0] for row in rows] != list(expected):
            raise self._fault(f"rows after {self.scene.seq} are missing")
        start = 0
        while start < len(rows):
            stop = self._ahead[-1].seq if self._ahead else rows[-1][0]
            end = min(stop - rows[0][0] + 1, len(rows))
            self._move(rows[start:end])
            self._compare_snapshots()
            start = end

    def finish(self) -> None:
        """All rows were there."""
        if self.scene.seq != self._manifest.to_seq or self._ahead:
            raise self._fault(f"its rows end at {self.scene.seq}")
        self._compare("where it ends", self._manifest.to_state_hash)

    def _move(self, rows: Sequence[LogRow]) -> None:
        told: list[Row] = [
            (seq, kind, key, flux, (patch or "").encode())
            for seq, _, _, kind, flux, key, patch in rows
        ]
        try:
            replay_rows(self.scene, told)
        except (KeyError, ValueError, msgspec.MsgspecError) as error:
            reason = f"rows {rows[0][0]} to {rows[-1][0]} do not follow from the state: {error!r}"
            raise self._fault(reason) from error

    def _compare_snapshots(self) -> None:
        while self._ahead and self._ahead[-1].seq == self.scene.seq:
            snapshot = self._ahead.pop()
            expected = _hashed.decode(snapshot.metadata).state_hash
            self._compare(f"at snapshot {snapshot.id}", expected)

    def _compare(self, where: str, expected: str) -> None:
        found = f"{self.scene.state_hash:032x}"
        if found != expected:
            raise self._fault(f"{where} the state hash is {found}, not {expected}")

    def _fault(self, reason: str) -> LakeError:
        return LakeError(
            f"the archive of space {self._manifest.space_name!r} does not hold together: {reason}; "
            "nothing was removed or restored"
        )


def _scene_of(manifest: ArchiveManifest, keyframe: Sequence[KeyframePart]) -> Scene:
    scene = Scene(manifest.space_name)
    scene.put_off_state_hash()
    load_entities(scene, [(text, fluxes) for kind, fluxes, text in keyframe if kind == ENTITY_PART])
    load_connections(scene, [text for kind, _, text in keyframe if kind != ENTITY_PART])
    scene.seq = manifest.from_seq
    return scene
