"""How a lake's upkeep goes: what was done, what is due, and in words what needs a hand.

Pure: what is known and the time are handed in. It reads no clock and no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from lake_core.upkeep.schedule import Schedule, next_due

DeedKind = Literal["retention", "archive"]

LATE: Final = timedelta(hours=1)
"""So long a deed may be overdue before anyone is told; a server looks each ten minutes."""
FORGOTTEN: Final = timedelta(days=1)
"""So old an archive that is not whole is no longer being written."""


class Deed(Struct, frozen=True, kw_only=True):
    """What upkeep did for a space: when last, how much in all, and what it failed at since."""

    space_name: str
    kind: DeedKind
    done_at: datetime | None
    failed_at: datetime | None
    reason: str
    expired: int
    purged: int
    changes: int


class ArchivedStretch(Struct, frozen=True, kw_only=True):
    """A stretch of a space's history in an archive: changes after `from_seq` up to `to_seq`.

    `place` is a folder or a URL. While its state is "writing" nothing is there yet to rely on;
    "checked" is whole, and still here as well; "archived" is there alone. `at` says since when.
    """

    id: UUID
    space_name: str
    from_seq: int
    to_seq: int
    from_at: datetime
    to_at: datetime
    place: str
    bytes: int
    changes: int
    snapshots: int
    state: Literal["writing", "checked", "archived"]
    at: datetime


class UpkeepReport(Struct, frozen=True, kw_only=True):
    """How upkeep goes, over all spaces.

    `expired`, `purged` and `dropped` count snapshots let go, snapshots gone for good and changes,
    since the lake was made. `worries` say what needs a hand, and what to do.
    """

    next_snapshot: datetime | None
    next_snapshot_space: str | None
    expired: int
    purged: int
    dropped: int
    archives: int
    archived_bytes: int
    archived_changes: int
    worries: list[str]


def report(
    spaces: Sequence[str],
    schedules: Mapping[str | None, Schedule | None],
    retained_since: Mapping[str | None, datetime | None],
    deeds: Sequence[Deed],
    archives: Sequence[ArchivedStretch],
    now: datetime,
) -> UpkeepReport:
    """What is to be told; `retained_since` has, for each retention policy, since when it holds.

    None for one that keeps everything.
    """
    due = min(_due(spaces, schedules, now), default=(None, None))
    away = [each for each in archives if each.state == "archived"]
    return UpkeepReport(
        next_snapshot=due[0],
        next_snapshot_space=due[1],
        expired=sum(deed.expired for deed in deeds),
        purged=sum(deed.purged for deed in deeds),
        dropped=sum(deed.changes for deed in deeds),
        archives=len(away),
        archived_bytes=sum(each.bytes for each in away),
        archived_changes=sum(each.changes for each in away),
        worries=[
            *_failures(deeds),
            *_late(spaces, retained_since, deeds, now),
            *_stuck(archives, now),
        ],
    )


def _due(
    spaces: Sequence[str], schedules: Mapping[str | None, Schedule | None], now: datetime
) -> Iterator[tuple[datetime, str]]:
    for name in spaces:
        schedule = schedules.get(name, schedules.get(None))
        if schedule is not None:
            yield next_due(schedule, now, name), name


def _failures(deeds: Sequence[Deed]) -> Iterator[str]:
    for deed in deeds:
        if deed.failed_at is not None:
            yield f"space {deed.space_name!r}: {deed.kind} failed: {deed.reason}"


def _late(
    spaces: Sequence[str],
    retained_since: Mapping[str | None, datetime | None],
    deeds: Sequence[Deed],
    now: datetime,
) -> Iterator[str]:
    """Retention that is in force and does not come about."""
    done = {deed.space_name: deed.done_at for deed in deeds if deed.kind == "retention"}
    for name in spaces:
        since = retained_since.get(name, retained_since.get(None))
        if since is None:
            continue
        last = max(since, done.get(name) or since)
        if now - last > LATE:
            yield (
                f"space {name!r}: retention has not run for {_about(now - last)}: keep a "
                "lake-server running, or run `lake retention apply`"
            )


def _stuck(archives: Sequence[ArchivedStretch], now: datetime) -> Iterator[str]:
    for each in archives:
        age = now - each.at
        if each.state == "checked" and age > LATE:
            yield (
                f"space {each.space_name!r}: what is in the archive at {each.place} has been here "
                f"as well for {_about(age)}: keep a lake-server running, or archive it there again"
            )
        elif each.state == "writing" and age > FORGOTTEN:
            yield (
                f"space {each.space_name!r}: the archive at {each.place} was begun "
                f"{_about(age)} ago and is not whole: archive it there again"
            )


def _about(age: timedelta) -> str:
    """A length of time, in the largest unit of which there are two or more."""
    for unit, seconds in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        count = int(age.total_seconds() // seconds)
        if count >= 2:
            return f"{count:,} {unit}"
    return "a minute"
