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
_NEVER: Final[Mapping[str | None, datetime]] = {}
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
    `snapshots` are those that are seen once it is back: no deleted ones.
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


class UpkeepMark(Struct, frozen=True):
    """Where upkeep stands: a text each, the same as before where nothing has changed since."""

    policies: str
    deeds: str
    archives: str
    snapshots: str
    """Which snapshots of one space are gone, and where its history begins; "" for no such space."""
    bookmarks: str
    """Those of the space."""
    epochs: str
    """Those of the lake."""
    remarks: str
    """Pins, tags, notes and ratings of the space's snapshots."""


class LastSnapshots(Struct, frozen=True):
    """How far a space has come, its newest snapshot, and the newest that a schedule took."""

    space_name: str
    seq: int
    changed_at: datetime | None
    newest_at: datetime | None
    newest_seq: int | None
    scheduled_at: datetime | None


class LetGo(Struct, frozen=True):
    """Snapshots that can still be brought back: by retention, when first and last, and by hand."""

    space_name: str
    expired: int
    first_at: datetime
    last_at: datetime
    by_hand: int


class Whereabouts(Struct, frozen=True):
    """Where snapshots are: so many here, in archives alone, or gone for good."""

    here: int
    archived: int
    gone: int


class Worry(Struct, frozen=True, kw_only=True):
    """What needs a hand, and what to do; `failed` where something was tried and did not go."""

    about: Literal["schedule", "retention", "archive"]
    space_name: str
    words: str
    failed: bool = False


class UpkeepReport(Struct, frozen=True, kw_only=True):
    """How upkeep goes, over all spaces.

    `expired`, `purged` and `dropped` count snapshots let go, snapshots gone for good and changes,
    since the lake was made. `worries` say what needs a hand, and what to do.
    """

    next_snapshot: datetime | None
    next_snapshot_space: str | None
    last_snapshot: datetime | None
    """When a schedule last took one."""
    last_retention: datetime | None
    """When retention was last applied to any space."""
    expired: int
    purged: int
    dropped: int
    archives: int
    archived_bytes: int
    archived_changes: int
    worries: list[str]
    concerns: list[Worry]
    """The same, with what each is about."""


def report(
    spaces: Sequence[str],
    schedules: Mapping[str | None, Schedule | None],
    retained_since: Mapping[str | None, datetime | None],
    deeds: Sequence[Deed],
    archives: Sequence[ArchivedStretch],
    now: datetime,
    *,
    scheduled_since: Mapping[str | None, datetime] = _NEVER,
    last: Sequence[LastSnapshots] = (),
) -> UpkeepReport:
    """What is to be told; `retained_since` has, for each retention policy, since when it holds.

    None for one that keeps everything. `scheduled_since` has the same of schedules.
    """
    concerns = [
        *_failures(deeds),
        *_overdue(last, schedules, scheduled_since, now),
        *_late(spaces, retained_since, deeds, now),
        *_stuck(archives, deeds, now),
    ]
    runs = [deed.done_at for deed in deeds if deed.kind == "retention"]
    due = min(_due(spaces, schedules, now), default=(None, None))
    away = [each for each in archives if each.state == "archived"]
    return UpkeepReport(
        next_snapshot=due[0],
        next_snapshot_space=due[1],
        last_snapshot=max((each.scheduled_at for each in last if each.scheduled_at), default=None),
        last_retention=max((at for at in runs if at), default=None),
        expired=sum(deed.expired for deed in deeds),
        purged=sum(deed.purged for deed in deeds),
        dropped=sum(deed.changes for deed in deeds),
        archives=len(away),
        archived_bytes=sum(each.bytes for each in away),
        archived_changes=sum(each.changes for each in away),
        worries=[f"space {each.space_name!r}: {each.words}" for each in concerns],
        concerns=concerns,
    )


def _due(
    spaces: Sequence[str], schedules: Mapping[str | None, Schedule | None], now: datetime
) -> Iterator[tuple[datetime, str]]:
    for name in spaces:
        schedule = schedules.get(name, schedules.get(None))
        if schedule is not None and not schedule.paused:
            yield next_due(schedule, now, name), name


def _failures(deeds: Sequence[Deed]) -> Iterator[Worry]:
    for deed in deeds:
        if deed.failed_at is not None:
            words = f"{deed.kind} failed: {deed.reason}"
            yield Worry(about=deed.kind, space_name=deed.space_name, words=words, failed=True)


def _overdue(
    last: Sequence[LastSnapshots],
    schedules: Mapping[str | None, Schedule | None],
    since: Mapping[str | None, datetime],
    now: datetime,
) -> Iterator[Worry]:
    """Changes that came under a schedule and of which it took no snapshot."""
    for each in last:
        name = each.space_name
        whose = name if name in schedules else None
        schedule, begun = schedules.get(whose), since.get(whose)
        if schedule is None or schedule.paused or begun is None or each.changed_at is None:
            continue
        if each.changed_at < begun or each.seq <= (each.newest_seq or 0):
            continue
        overdue = now - next_due(schedule, each.changed_at, name)
        if overdue > LATE:
            words = (
                f"a scheduled snapshot is overdue by {_about(overdue)}: no server is at this lake; "
                "start lake-server or lake-studio, or take a snapshot yourself"
            )
            yield Worry(about="schedule", space_name=name, words=words)


def _late(
    spaces: Sequence[str],
    retained_since: Mapping[str | None, datetime | None],
    deeds: Sequence[Deed],
    now: datetime,
) -> Iterator[Worry]:
    """Retention that is in force and does not come about."""
    done = {deed.space_name: deed.done_at for deed in deeds if deed.kind == "retention"}
    for name in spaces:
        since = retained_since.get(name, retained_since.get(None))
        if since is None:
            continue
        last = max(since, done.get(name) or since)
        if now - last > LATE:
            words = (
                f"retention has not run for {_about(now - last)}: keep a lake-server running, or "
                "run `lake retention apply`"
            )
            yield Worry(about="retention", space_name=name, words=words)


def _stuck(
    archives: Sequence[ArchivedStretch], deeds: Sequence[Deed], now: datetime
) -> Iterator[Worry]:
    """Archives nobody goes on with; of one that was tried and failed it is told why already."""
    failing = {each.space_name for each in deeds if each.kind == "archive" and each.failed_at}
    for each in archives:
        age = now - each.at
        if each.state == "checked" and age > LATE and each.space_name not in failing:
            words = (
                f"what is in the archive at {each.place} has been here as well for {_about(age)}: "
                "keep a lake-server running, or archive it there again"
            )
        elif each.state == "writing" and age > FORGOTTEN:
            words = (
                f"the archive at {each.place} was begun {_about(age)} ago and is not whole: "
                "archive it there again"
            )
        else:
            continue
        yield Worry(about="archive", space_name=each.space_name, words=words)


def _about(age: timedelta) -> str:
    """A length of time, in the largest unit of which there are two or more."""
    for unit, seconds in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        count = int(age.total_seconds() // seconds)
        if count >= 2:
            return f"{count:,} {unit}"
    return "a minute"
