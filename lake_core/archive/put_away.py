"""Archiving: a stretch of a space's history is written to a place, read back, then let go here.

Each step can be killed and gone on with: what is not checked is written anew, what is checked is
checked once more before anything is removed. Blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import msgspec

from lake_core.archive.files import (
    MANIFEST,
    OURS,
    ArchiveManifest,
    ArchiveWriter,
    find_manifest,
    read_changes,
    read_keyframe,
    read_manifest,
    read_snapshots,
)
from lake_core.archive.place import Place
from lake_core.archive.planning import bounds
from lake_core.archive.replay import Replay
from lake_core.errors import Cancelled, Conflict, LakeError
from lake_core.store import archive
from lake_core.store.archive import StoredSnapshot
from lake_core.store.database import Connection, Database, DatabaseError
from lake_core.store.history import SpaceRow, load_keyframe
from lake_core.store.instants import Instant, find_space_of, locate
from lake_core.store.upkeep import prepare_floor
from lake_core.upkeep.report import ArchivedStretch

Progress = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""
_PASSES: Final = 2
"""Rows are written, then read back."""


class Watch:
    """Tells whoever asked how far it is, and stops where that is not wanted any more."""

    def __init__(self, total: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self._total, self._done = total, 0
        self._progress, self._cancelled = progress, cancelled

    def step(self, rows: int) -> None:
        """So many more rows are done; raises Cancelled."""
        if self._cancelled():
            raise Cancelled("the archive was not wanted any more; nothing was removed")
        self._done += rows
        self._progress(self._done, self._total)


def put_away(
    database: Database,
    space_name: str,
    where: str,
    before: Instant | None,
    progress: Progress,
    cancelled: Callable[[], bool],
    settled: float,
    begun: Callable[[], None],
) -> ArchivedStretch:
    """Archive what a space's history holds before an instant; how far that has come.

    Without `before`: before the oldest instant that must stay. Its state is "checked" where it is
    too early to let go of it here: `release_checked` does so later. `begun` is called once nothing
    is refused any more. Raises NotFound, Gone, InvalidInput, Conflict for what must stay,
    Cancelled, LakeError for the place's faults.
    """
    place = Place.at(where)
    with database.reader() as connection:
        space = find_space_of(connection, space_name)
        with archive.alone(connection, space.space_id, space_name):
            stretch = _begun_before(connection, space_name, place, before)
            if stretch is None:
                stretch = _stretch(connection, space_name, place, before)
                begun()
                held = _write(connection, space, stretch, place, progress, cancelled)
            else:
                begun()
                watch = Watch(stretch.changes, progress, cancelled)
                held = _check(connection, stretch, place, watch)
            archive.release(connection, stretch.id, settled, held)
            ((told, _),) = archive.list_archives(connection, archive_id=stretch.id)
    return told


def release_checked(
    database: Database,
    stretch: ArchivedStretch,
    settled: float,
    cancelled: Callable[[], bool],
    begun: Callable[[], None],
) -> int | None:
    """Let go here of what a checked archive holds, once it was read back again.

    How many changes went; None where it is too early. `begun` is called once it is this one's
    turn. Raises Conflict, LakeError.
    """
    with database.reader() as connection:
        space = find_space_of(connection, stretch.space_name)
        with archive.alone(connection, space.space_id, stretch.space_name):
            if not archive.is_settled(connection, space.space_id, stretch.to_seq, settled):
                return None
            begun()
            watch = Watch(stretch.changes, lambda done, total: None, cancelled)
            held = _check(connection, stretch, Place.at(stretch.place), watch)
            return archive.release(connection, stretch.id, settled, held)


# -- what is to be archived


def _begun_before(
    connection: Connection, space_name: str, place: Place, before: Instant | None
) -> ArchivedStretch | None:
    """What was written there and not let go here yet; None where the place is free."""
    manifest = find_manifest(place)
    if manifest is None:
        _clear(connection, space_name, place)
        return None
    known = archive.list_archives(connection, space_name, manifest.id)
    other = before is not None and locate(connection, space_name, before)[1] != manifest.to_seq
    if other or not known or known[0].stretch.state == "archived":
        raise Conflict(
            f"{place.where} holds an archive already: {_words(manifest)}; choose another place"
        )
    return known[0].stretch


def _clear(connection: Connection, space_name: str, place: Place) -> None:
    """Remove what a killed archiving left there; raises Conflict for what others have there."""
    names = place.names()
    ours = any(
        row.stretch.place == place.where and row.stretch.state == "writing"
        for row in archive.list_archives(connection, space_name)
    )
    if names and not (ours and all(map(OURS.fullmatch, names))):
        raise Conflict(f"{place.where} is not empty; choose another place")
    place.remove(names)


def _stretch(
    connection: Connection, space_name: str, place: Place, before: Instant | None
) -> ArchivedStretch:
    space = find_space_of(connection, space_name)
    upto, begin, end = bounds(connection, space_name, before)
    return ArchivedStretch(
        id=uuid4(),
        space_name=space_name,
        from_seq=space.floor_seq,
        to_seq=upto,
        from_at=begin,
        to_at=end,
        place=place.where,
        bytes=0,
        changes=upto - space.floor_seq,
        snapshots=0,
        state="writing",
        at=datetime.now(UTC),
    )


# -- writing, and reading back


def _write(
    connection: Connection,
    space: SpaceRow,
    stretch: ArchivedStretch,
    place: Place,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> list[StoredSnapshot]:
    """Write and check; where that comes to nothing, nothing of it is left."""
    # First of all: what is let go waits until it has been there for a while.
    prepare_floor(connection, space.space_id, stretch.space_name, stretch.to_seq)
    archive.begin(connection, space.space_id, stretch)
    writer = ArchiveWriter(place)
    watch = Watch(_PASSES * stretch.changes, progress, cancelled)
    try:
        snapshots = _write_files(connection, space.space_id, stretch, writer, watch)
        place.put(MANIFEST, _manifest_text(connection, space.space_id, stretch, writer, snapshots))
        return _check(connection, stretch, place, watch)
    except BaseException:
        with suppress(LakeError):
            writer.abandon()
        with suppress(LakeError):
            names = place.names()
            place.remove(sorted(filter(OURS.fullmatch, names), key=lambda name: name != MANIFEST))
        with suppress(DatabaseError):
            archive.forget(connection, stretch.id)
        raise


def _write_files(
    connection: Connection,
    space_id: int,
    stretch: ArchivedStretch,
    writer: ArchiveWriter,
    watch: Watch,
) -> list[StoredSnapshot]:
    snapshots = archive.stretch_snapshots(connection, space_id, stretch.to_seq)
    if stretch.from_seq:
        writer.keyframe(archive.keyframe_rows(connection, space_id, stretch.from_seq))
    for rows in archive.stretch_rows(connection, space_id, stretch.from_seq, stretch.to_seq):
        writer.changes(rows)
        watch.step(len(rows))
    writer.snapshots(snapshots)
    writer.finish()
    return snapshots


def _manifest_text(
    connection: Connection,
    space_id: int,
    stretch: ArchivedStretch,
    writer: ArchiveWriter,
    snapshots: Iterable[StoredSnapshot],
) -> bytes:
    """The states at both ends are told by the lake's keyframes, not by what was written."""
    begin, end = (
        f"{load_keyframe(connection, space_id, stretch.space_name, seq).state_hash:032x}"
        for seq in (stretch.from_seq, stretch.to_seq)
    )
    manifest = ArchiveManifest(
        id=stretch.id,
        space_name=stretch.space_name,
        created_at=stretch.at,
        from_seq=stretch.from_seq,
        to_seq=stretch.to_seq,
        from_at=stretch.from_at,
        to_at=stretch.to_at,
        from_state_hash=begin,
        to_state_hash=end,
        changes=stretch.changes,
        snapshot_ids=[each.id for each in snapshots],
        files=writer.files,
    )
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2)


def _check(
    connection: Connection, stretch: ArchivedStretch, place: Place, watch: Watch
) -> list[StoredSnapshot]:
    """Read all of an archive back, and note that it is whole; raises LakeError where it is not.

    The snapshots it holds.
    """
    manifest = read_manifest(place)
    if manifest.id != stretch.id:
        raise Conflict(f"{place.where} holds another archive now: {_words(manifest)}")
    snapshots = read_snapshots(place, manifest)
    replay = Replay(manifest, read_keyframe(place, manifest), snapshots)
    for rows in read_changes(place, manifest):
        replay.take(rows)
        watch.step(len(rows))
    replay.finish()
    archive.mark_checked(
        connection,
        stretch.id,
        size=manifest.bytes,
        changes=manifest.changes,
        snapshots=snapshots,
    )
    return snapshots


def _words(manifest: ArchiveManifest) -> str:
    return (
        f"changes {manifest.from_seq + 1:,} to {manifest.to_seq:,} of space {manifest.space_name!r}"
    )
