"""Archived stretches of history: which there are, what goes into one, and letting it go from here.

Reads a stretch of a space's log with all that speaks of it, and drops it once it is told that a
checked copy exists. Knows nothing of files, and not how the copy was checked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from lake_core.errors import Conflict
from lake_core.store.database import Connection
from lake_core.store.history import find_space, seq_at_time
from lake_core.store.queries import SQL
from lake_core.store.upkeep import keyframe_age, raise_floor, sweep
from lake_core.upkeep.holding import HistoryHeld, Hold, Holder, moment_text
from lake_core.upkeep.report import ArchivedStretch

_ROWS_AT_ONCE: Final = 10_000
_TOLD: Final = 3

LogRow = tuple[int, datetime, float | None, int, int, str, str | None]
"""seq, recorded_at, client_time, kind, flux, key, patch; as the log has them."""
KeyframePart = tuple[int, list[int], str]
"""Kind, fluxes, and a JSON array of documents."""


class StoredSnapshot(Struct, frozen=True):
    """A snapshot with all that is stored of it; `metadata` is JSON."""

    id: UUID
    seq: int
    recorded_at: datetime
    trigger: str
    metadata: str
    pinned: bool
    tags: list[str]
    note: str
    rating: int | None
    deleted_at: datetime | None
    expired: bool
    created_at: datetime


class ArchiveRow(NamedTuple):
    """An archive as it is stored."""

    stretch: ArchivedStretch
    space_id: int


# -- what there is


def list_archives(
    connection: Connection, space_name: str | None = None, archive_id: UUID | None = None
) -> list[ArchiveRow]:
    """The archives of a space, or of all, oldest stretch first; or the one of an id."""
    wanted = {"space_name": space_name, "id": archive_id}
    return [_archive(row) for row in connection.execute(SQL["list_archives"], wanted)]


def holders(connection: Connection, space_id: int, floor_seq: int) -> list[Holder]:
    """What must stay at hand of a space above its floor, oldest place first.

    That is what is pinned, bookmarked or in an epoch; other marks travel with their snapshots.
    """
    wanted = {"space_id": space_id}
    found = [
        Holder(seq, at, Hold.PINNED, snapshot_id=snapshot_id)
        for snapshot_id, seq, at in connection.execute(SQL["pinned_snapshots"], wanted)
    ]
    found += [
        Holder(seq, at, Hold.IN_EPOCH, name, snapshot_id)
        for snapshot_id, seq, at, name in connection.execute(SQL["snapshots_of_epochs"], wanted)
    ]
    for at, note in connection.execute(SQL["bookmarks_of"], wanted).fetchall():
        place = seq_at_time(connection, space_id, at)
        found.append(Holder(place, at, Hold.BOOKMARKED, note or ""))
    return sorted((one for one in found if one.seq >= floor_seq), key=lambda one: one.seq)


def refuse_held(connection: Connection, space_id: int, floor_seq: int, upto: int) -> None:
    """Raise HistoryHeld where something above a floor needs history before `upto`, saying what."""
    held = [each for each in holders(connection, space_id, floor_seq) if each.seq < upto]
    if held:
        told = ", ".join(each.words for each in held[:_TOLD])
        more = f", and {len(held) - _TOLD:,} more" if len(held) > _TOLD else ""
        raise HistoryHeld(
            f"what is before {upto} must stay here: {told}{more}; "
            "let go of that first, or archive less with --before",
            held,
        )


def refuse_second(connection: Connection, space_name: str) -> None:
    """Raise Conflict where a checked archive of a space waits to be let go here: it comes first."""
    for stretch, _ in list_archives(connection, space_name):
        if stretch.state == "checked":
            raise Conflict(
                f"what is in the archive at {stretch.place} has yet to go from here: wait until it "
                "has, or archive it there again with --wait; or keep it here, with "
                f"`lake archives --forget {stretch.id}`"
            )


def newest_snapshot_seq(connection: Connection, space_id: int) -> int | None:
    """Where the newest snapshot of a space points; None where there is none."""
    row = connection.execute(SQL["newest_snapshot_seq"], {"space_id": space_id}).fetchone()
    return None if row is None or row[0] is None else int(row[0])


# -- what goes into one


def stretch_moments(
    connection: Connection, space_id: int, seq: int
) -> tuple[datetime | None, datetime | None]:
    """When the history of a space begins, and when its change at `seq` was made; None: not so."""
    row = connection.execute(SQL["stretch_moments"], {"space_id": space_id, "seq": seq}).fetchone()
    return (row[0], row[1]) if row else (None, None)


def stretch_rows(
    connection: Connection, space_id: int, after: int, upto: int
) -> Generator[list[LogRow], None, None]:
    """Rows of the log after a place and up to another, whole, in order; streamed."""
    wanted = {"space_id": space_id, "after": after, "upto": upto}
    with connection.transaction(), connection.cursor(name="lake_stretch", binary=True) as cursor:
        cursor.execute(SQL["stretch_rows"], wanted)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield rows


def stretch_snapshots(connection: Connection, space_id: int, upto: int) -> list[StoredSnapshot]:
    """Every snapshot before a place, deleted ones too, by place; locked in a transaction."""
    wanted = {"space_id": space_id, "upto": upto}
    rows = connection.execute(SQL["stretch_snapshots"], wanted)
    return [StoredSnapshot(*map(_in_utc, row)) for row in rows]


def keyframe_rows(connection: Connection, space_id: int, seq: int) -> list[KeyframePart]:
    """The parts of the keyframe at a place, in order."""
    wanted = {"space_id": space_id, "seq": seq}
    return list(connection.execute(SQL["keyframe_parts"], wanted))


# -- putting away


@contextmanager
def alone(connection: Connection, space_id: int, space_name: str) -> Iterator[None]:
    """While the block runs, no one else archives or restores the space; raises Conflict."""
    wanted = {"space_id": space_id}
    row = connection.execute(SQL["try_lock_archiving"], wanted).fetchone()
    if row is None or not row[0]:
        raise Conflict(f"space {space_name!r} is being archived or restored by someone else")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(SQL["unlock_archiving"], wanted)


def begin(connection: Connection, space_id: int, stretch: ArchivedStretch) -> None:
    """Note that a stretch is being written, in place of others of the space that came to nothing.

    What those have left at their places is no archive: it has no manifest.
    """
    with connection.transaction():
        for row in list_archives(connection, stretch.space_name):
            if row.stretch.state == "writing":
                forget(connection, row.stretch.id)
        fields = {name: getattr(stretch, name) for name in stretch.__struct_fields__}
        connection.execute(SQL["begin_archive"], fields | {"space_id": space_id})


def forget(connection: Connection, archive_id: UUID) -> None:
    """There is no such archive any more."""
    connection.execute(SQL["forget_archive"], {"id": archive_id})


def give_up(connection: Connection, archive_id: UUID) -> None:
    """An archive was lost, or is no longer wanted: what it held counts as let go."""
    connection.execute(SQL["give_up_archive"], {"id": archive_id})


def mark_checked(
    connection: Connection,
    archive_id: UUID,
    *,
    size: int,
    changes: int,
    snapshots: Sequence[StoredSnapshot],
) -> None:
    """The archive is whole and was read back; of its snapshots those are counted that are seen."""
    wanted = {
        "id": archive_id,
        "bytes": size,
        "changes": changes,
        "snapshots": sum(each.deleted_at is None for each in snapshots),
    }
    connection.execute(SQL["archive_checked"], wanted)


def release(
    connection: Connection, archive_id: UUID, settled: float, held: Sequence[StoredSnapshot]
) -> int | None:
    """Drop here what a checked archive holds; how many changes went, None where it is too early.

    `held` are its snapshots, as they were read back. Too early is before the keyframe that history
    will begin with is `settled` seconds old. Whatever is here must be in the archive, the same; of
    what was let go since it was written, no more is asked. Raises Conflict, HistoryHeld.
    """
    with connection.transaction():
        rows = list_archives(connection, archive_id=archive_id)
        if not rows or rows[0].stretch.state != "checked":
            return None
        ((stretch, space_id),) = rows
        wanted = {"space_id": space_id, "upto": stretch.to_seq, "id": stretch.id}
        connection.execute(SQL["lock_upkeep"], wanted)
        if not is_settled(connection, space_id, stretch.to_seq, settled):
            return None
        here = stretch_snapshots(connection, space_id, stretch.to_seq)
        refuse_held(connection, space_id, stretch.from_seq, stretch.to_seq)
        space = find_space(connection, stretch.space_name)
        if space is None or space.floor_seq != stretch.from_seq:
            raise _changed(stretch, "history was let go")
        _refuse_other(stretch, here, held)
        connection.execute(SQL["keep_archived_snapshots"], wanted)
        connection.execute(SQL["drop_snapshots_below"], wanted)
        changes = raise_floor(connection, space_id, stretch.to_seq)
        connection.execute(SQL["archive_released"], wanted)
    sweep(connection, space_id)
    return changes


def _refuse_other(
    stretch: ArchivedStretch, here: Sequence[StoredSnapshot], held: Sequence[StoredSnapshot]
) -> None:
    """Raise Conflict where a snapshot that is here would not come back from the archive as it is.

    One that was let go since comes back as it was when the archive was written: nothing is lost.
    """
    written = {each.id: each for each in held}
    for each in here:
        if what := _otherwise(each, written.get(each.id)):
            raise _changed(stretch, f"snapshot {each.id} of {moment_text(each.recorded_at)} {what}")


def _otherwise(here: StoredSnapshot, written: StoredSnapshot | None) -> str:
    """How a snapshot differs from what an archive holds of it; "" where nothing would be lost."""
    if written is None:
        return "was taken"
    if here.deleted_at is None and written.deleted_at is not None:
        return "was brought back"
    same = replace(written, deleted_at=here.deleted_at, expired=here.expired) == here
    return "" if same else "was marked"


def _changed(stretch: ArchivedStretch, what: str) -> Conflict:
    return Conflict(
        f"{what} since the archive at {stretch.place} was written: forget that "
        f"(`lake archives --forget {stretch.id}`: all stays here), and archive anew elsewhere"
    )


def is_settled(connection: Connection, space_id: int, seq: int, settled: float) -> bool:
    """Whether there is a keyframe at a place since so many seconds: readers have moved on to it."""
    age = keyframe_age(connection, space_id, seq)
    return age is not None and age >= settled


def _archive(row: tuple[Any, ...]) -> ArchiveRow:
    archive_id, name, space_id, *seqs, from_at, to_at, place = row[:8]
    size, changes, snapshots, state, at = row[8:]
    stretch = ArchivedStretch(
        id=archive_id,
        space_name=name,
        from_seq=seqs[0],
        to_seq=seqs[1],
        from_at=from_at,
        to_at=to_at,
        place=place,
        bytes=size,
        changes=changes,
        snapshots=snapshots,
        state=state,
        at=at,
    )
    return ArchiveRow(stretch, space_id)


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
