"""What an archive of a space would hold, and what may not go into one. Reads; blocks."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from lake_core.errors import InvalidInput, LakeError
from lake_core.store import archive
from lake_core.store.database import Connection, Database
from lake_core.store.history import SpaceRow
from lake_core.store.instants import Instant, find_space_of, locate
from lake_core.store.pulse import count_snapshots_below
from lake_core.store.upkeep import bytes_below
from lake_core.upkeep.holding import Holder, NothingToArchive, moment_text


class ArchivePlan(Struct, frozen=True, kw_only=True):
    """What archiving would put away: changes after `from_seq` up to `to_seq`, and snapshots.

    `bytes` are what the log would lose here, about; an archive is smaller.
    """

    space_name: str
    from_seq: int
    to_seq: int
    from_at: datetime
    to_at: datetime
    changes: int
    snapshots: int
    bytes: int


def plan_archive(database: Database, space_name: str, before: Instant | None) -> ArchivePlan:
    """What archiving would put away; nothing is done. Refuses what that would refuse."""
    with database.reader() as connection:
        space = find_space_of(connection, space_name)
        upto, begin, end = bounds(connection, space_name, before)
        changes = upto - space.floor_seq
        return ArchivePlan(
            space_name=space_name,
            from_seq=space.floor_seq,
            to_seq=upto,
            from_at=begin,
            to_at=end,
            changes=changes,
            snapshots=count_snapshots_below(connection, space.space_id, upto),
            bytes=bytes_below(connection, space.space_id, upto),
        )


def bounds(
    connection: Connection, space_name: str, before: Instant | None
) -> tuple[int, datetime, datetime]:
    """The last place that goes, when history begins and when that place was; may refuse."""
    space = find_space_of(connection, space_name)
    archive.refuse_second(connection, space_name)
    upto = _upto(connection, space_name, space, before)
    archive.refuse_held(connection, space.space_id, space.floor_seq, upto)
    begin, end = archive.stretch_moments(connection, space.space_id, upto)
    if begin is None or end is None:
        raise LakeError(f"row {upto} of space {space_name!r} is missing: see `lake verify`")
    return upto, begin, end


def _upto(connection: Connection, space_name: str, space: SpaceRow, before: Instant | None) -> int:
    held: list[Holder] = []
    if before is not None:
        _, upto = locate(connection, space_name, before)
    else:
        held = archive.holders(connection, space.space_id, space.floor_seq)
        newest = archive.newest_snapshot_seq(connection, space.space_id)
        if not held and newest is None:
            raise InvalidInput(
                f"space {space_name!r} has no snapshot to keep; say up to when with --before"
            )
        upto = min([each.seq for each in held] + ([] if newest is None else [newest]))
    if upto <= space.floor_seq:
        begins, _ = archive.stretch_moments(connection, space.space_id, upto)
        holder = next((each for each in held if each.seq == upto), None)
        raise NothingToArchive(
            f"there is nothing to archive{_why(space_name, before, begins, holder)}", begins, holder
        )
    return upto


def _why(
    space_name: str, before: Instant | None, begins: datetime | None, holder: Holder | None
) -> str:
    """Of what the history of a space begins with, nothing can go."""
    if begins is None:
        return f": nothing has changed in space {space_name!r} yet"
    told = f": the history of space {space_name!r} begins on {moment_text(begins)}"
    if before is not None:
        return f" before that{told}"
    return f"{told}, {f'and {holder.words}' if holder else 'with its newest snapshot'}"
