"""Policies as they are stored, and letting go of what they no longer keep.

What goes is decided elsewhere; here it is read with what holds it, deleted, and the log cut.
Each step is a transaction, and every reference is looked at again inside it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from lake_core.store.database import Connection
from lake_core.store.history import load_scene, seq_at_time
from lake_core.store.keyframes import take, write
from lake_core.store.queries import SQL
from lake_core.upkeep.report import Deed, DeedKind
from lake_core.upkeep.retention import Candidate

PolicyKind = Literal["schedule", "retention"]
ALL_SPACES: Final = 0


def list_policies(connection: Connection, kind: PolicyKind) -> dict[str | None, str]:
    """Policies of a kind as JSON, by space; None for all that have none of their own."""
    return dict(connection.execute(SQL["list_policies"], {"kind": kind}))


def retained_since(connection: Connection) -> dict[str | None, datetime | None]:
    """Since when each retention policy holds, by space, None for all; or None: all is kept."""
    return dict(connection.execute(SQL["retained_since"]))


def set_policy(connection: Connection, space_id: int, kind: PolicyKind, policy: str) -> None:
    """Store a policy, as JSON."""
    wanted = {"space_id": space_id, "kind": kind, "policy": policy}
    connection.execute(SQL["set_policy"], wanted)


def clear_policy(connection: Connection, space_id: int, kind: PolicyKind) -> bool:
    """Take a policy away; whether there was one."""
    wanted = {"space_id": space_id, "kind": kind}
    return connection.execute(SQL["clear_policy"], wanted).fetchone() is not None


def candidates(connection: Connection, space_id: int) -> list[Candidate]:
    """A space's snapshots and what holds each, oldest first; locked until the transaction ends."""
    wanted = {"space_id": space_id}
    # Row by row: taken at once, a hundred thousand would hold up every other thread for 0.2 s.
    rows = list(connection.execute(SQL["retention_candidates"], wanted))
    epochs: defaultdict[UUID, list[str]] = defaultdict(list)
    for snapshot_id, name in connection.execute(SQL["held_by_epochs"], wanted):
        epochs[snapshot_id].append(f"in epoch ‘{name}’")
    bookmarked = _bookmarked(connection, space_id, [row[2] for row in rows])
    found = []
    for place, (snapshot_id, seq, at, trigger, *marks) in enumerate(rows):
        words = zip(marks, ("pinned", "tagged", "noted", "rated"), strict=True)
        held = [word for marked, word in words if marked]
        held += ["bookmarked"] if place in bookmarked else []
        held += epochs.get(snapshot_id, [])
        found.append(
            Candidate(id=snapshot_id, seq=seq, timestamp=at, trigger=trigger, held=tuple(held))
        )
    return found


def _bookmarked(connection: Connection, space_id: int, moments: Sequence[datetime]) -> set[int]:
    """Places of the snapshots on which the state at a bookmark rests: the last before each."""
    instants = connection.execute(SQL["bookmark_instants"], {"space_id": space_id})
    return {bisect_right(moments, at) - 1 for (at,) in instants}


def expire(connection: Connection, snapshot_ids: Collection[UUID], now: datetime) -> None:
    """Let snapshots go, to be brought back or purged later."""
    connection.execute(SQL["expire_snapshots"], {"ids": list(snapshot_ids), "now": now})


def restore(connection: Connection, space_id: int) -> list[UUID]:
    """Bring back what was let go and is not purged."""
    return [row[0] for row in connection.execute(SQL["restore_expired"], {"space_id": space_id})]


def purge(connection: Connection, space_id: int, before: datetime) -> list[UUID]:
    """Delete for good what was deleted before a time, but for what an epoch holds."""
    wanted = {"space_id": space_id, "before": before}
    return [row[0] for row in connection.execute(SQL["purge_snapshots"], wanted)]


def floor_wanted(connection: Connection, space_id: int, kept: Collection[int] = ()) -> int:
    """The place below which nothing that is stored needs the log; 0 where all of it is needed.

    With `kept`, as if the snapshots at these places were all there are. What follows on an archive
    is needed: without it that could not come back.
    """
    oldest = min(kept, default=None)
    if oldest is None:
        row = connection.execute(SQL["oldest_kept"], {"space_id": space_id}).fetchone()
        if row is None or row[0] is None:
            return 0  # without a snapshot there is nothing to go by
        oldest = int(row[0])
    instants = connection.execute(SQL["bookmark_instants"], {"space_id": space_id}).fetchall()
    places = [oldest, *(seq_at_time(connection, space_id, at) for (at,) in instants)]
    row = connection.execute(SQL["floor_by_archives"], {"space_id": space_id}).fetchone()
    return min(places if row is None or row[0] is None else [*places, int(row[0])])


def prepare_floor(connection: Connection, space_id: int, space_name: str, seq: int) -> None:
    """Have a keyframe at a place, so that the log before it is not needed."""
    if keyframe_age(connection, space_id, seq) is None:
        write(connection, take(load_scene(connection, space_id, space_name, seq), space_id))


def is_floor_awaited(connection: Connection, space_id: int, upto: int, settled: float) -> bool:
    """Whether a keyframe up to a place will let the log be cut once it is `settled` seconds old."""
    _, has_younger = _floors_to_be(connection, space_id, upto, settled)
    return has_younger


def cut_log(connection: Connection, space_id: int, upto: int, settled: float) -> int:
    """Let go of log and keyframes below the last keyframe up to a place; how many changes went.

    A keyframe counts once it is `settled` seconds old: whoever began to read before it was there
    has ended by then.
    """
    with connection.transaction():
        connection.execute(SQL["lock_upkeep"], {"space_id": space_id})
        upto = min(upto, floor_wanted(connection, space_id))
        floor, _ = _floors_to_be(connection, space_id, upto, settled)
        if floor is None:
            return 0
        changes = raise_floor(connection, space_id, floor)
    sweep(connection, space_id)
    return changes


def _floors_to_be(
    connection: Connection, space_id: int, upto: int, settled: float
) -> tuple[int | None, bool]:
    """The newest keyframe up to a place that is so old, and whether there is a younger one."""
    wanted = {"space_id": space_id, "upto": upto, "settled": settled}
    row = connection.execute(SQL["floors_to_be"], wanted).fetchone()
    assert row is not None  # a select of aggregates
    return row[0], row[1]


def raise_floor(connection: Connection, space_id: int, seq: int) -> int:
    """Let the log begin at a keyframe; in a transaction that has made sure nothing needs more.

    How many changes it lost by that. They are dead from then on; `sweep` is to follow.
    """
    row = connection.execute(SQL["raise_floor"], {"space_id": space_id, "seq": seq}).fetchone()
    return int(row[0]) if row else 0


def sweep(connection: Connection, space_id: int) -> None:
    """Remove what lies below the floor of a space: whole partitions where that can be.

    Each step is a transaction of its own, so that no one waits long, and can be done again.
    """
    space = {"space_id": space_id}
    with connection.transaction():
        connection.execute(SQL["lock_upkeep"], space)
        drop_keyframes_below_floor(connection, space_id)
    for (leaf,) in connection.execute(SQL["leaves_below"], space).fetchall():
        connection.execute(SQL["let_go"], space | {"leaf": leaf})


def drop_keyframes_below_floor(connection: Connection, space_id: int) -> int:
    """Drop the keyframes of what was let go, in a transaction of the caller's; the floor."""
    row = connection.execute(SQL["floor_of"], {"space_id": space_id}).fetchone()
    floor = int(row[0]) if row else 0
    below = {"space_id": space_id, "seq": floor}
    connection.execute(SQL["drop_keyframe_parts_below"], below)
    connection.execute(SQL["drop_keyframes_below"], below)
    return floor


def littered(connection: Connection) -> list[int]:
    """Spaces with something below their floor still: whoever was to sweep it up was ended."""
    return [int(space_id) for (space_id,) in connection.execute(SQL["littered"])]


def bytes_below(connection: Connection, space_id: int, upto: int) -> int:
    """What the log and the keyframes of a space up to a place take on disk, about."""
    place = {"space_id": space_id, "upto": upto}
    row = connection.execute(SQL["bytes_below"], place).fetchone()
    return round(row[0]) if row else 0


def list_deeds(connection: Connection) -> list[Deed]:
    """What was done for each space, by name."""
    return [
        Deed(
            space_name=name,
            kind=kind,
            done_at=done_at,
            failed_at=failed_at,
            reason=reason,
            expired=expired,
            purged=purged,
            changes=changes,
        )
        for name, kind, done_at, failed_at, reason, expired, purged, changes in connection.execute(
            SQL["list_upkeep"]
        )
    ]


def note_done(
    connection: Connection,
    space_id: int,
    kind: DeedKind,
    expired: int = 0,
    purged: int = 0,
    changes: int = 0,
) -> None:
    """It went well, and did so much."""
    done = {"expired": expired, "purged": purged, "changes": changes}
    connection.execute(SQL["upkeep_done"], {"space_id": space_id, "deed": kind} | done)


def note_failed(connection: Connection, space_id: int, kind: DeedKind, reason: str) -> None:
    """It did not."""
    wanted = {"space_id": space_id, "deed": kind, "reason": reason}
    connection.execute(SQL["upkeep_failed"], wanted)


def keyframe_age(connection: Connection, space_id: int, seq: int) -> float | None:
    """How many seconds ago the keyframe at a place was made; None where there is none."""
    row = connection.execute(SQL["keyframe_age"], {"space_id": space_id, "seq": seq}).fetchone()
    return float(row[0]) if row else None
