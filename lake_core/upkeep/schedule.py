"""When the next snapshot of a schedule is due.

Pure: time is handed in. It must not know whose clock it was, nor who takes the snapshot.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from msgspec import Struct

from lake_core.errors import FieldError, InvalidInput

_ZERO: Final = datetime(2000, 1, 1, tzinfo=UTC)
SHORTEST: Final = 1.0
LONGEST: Final = 366 * 86_400.0


class Schedule(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Snapshots of a space at times; either `every` so many seconds or by `cron`.

    `every` counts from midnight UTC of 2000, so that "every 300" is at :00, :05, :10. `cron` has
    five fields, or six with seconds first, in `zone`, the name of a time zone. `jitter` spreads
    spaces with the same schedule over so many seconds; a space keeps its place. With
    `only_if_changed` a space that stayed as it was since its last snapshot gets none. While it is
    `paused` there are none at all.
    """

    every: float | None = None
    cron: str | None = None
    zone: str = "UTC"
    jitter: float = 0.0
    only_if_changed: bool = True
    paused: bool = False


def check_schedule(schedule: Schedule) -> None:
    """Refuse a schedule that could not be kept; raises InvalidInput with the field at fault."""
    if (schedule.every is None) == (schedule.cron is None):
        raise _at_fault("/every", "give either every, in seconds, or cron")
    if schedule.every is not None and not SHORTEST <= schedule.every <= LONGEST:
        raise _at_fault("/every", "must be 1 second to 366 days")
    if not 0.0 <= schedule.jitter <= LONGEST:
        raise _at_fault("/jitter", "must be 0 to 366 days")
    zone = _zone(schedule.zone)
    if schedule.cron is not None:
        try:
            next(CronSim(schedule.cron, _ZERO.astimezone(zone)))
        except CronSimError as error:
            raise _at_fault("/cron", f"{schedule.cron!r} is no cron expression: {error}") from None
        except StopIteration:
            raise _at_fault("/cron", f"{schedule.cron!r} never comes") from None


def next_due(schedule: Schedule, after: datetime, space_name: str) -> datetime:
    """The first moment after `after` at which a snapshot of the space is due, in UTC."""
    place = timedelta(seconds=schedule.jitter * _share(space_name))
    since = after - place
    if schedule.every is not None:
        period = timedelta(seconds=schedule.every)  # whole microseconds: nothing is rounded below
        return _ZERO + ((since - _ZERO) // period + 1) * period + place
    assert schedule.cron is not None  # as checked
    ahead: datetime = next(CronSim(schedule.cron, since.astimezone(_zone(schedule.zone))))
    return ahead.astimezone(UTC) + place


def upcoming(schedule: Schedule, after: datetime, space_name: str, count: int) -> list[datetime]:
    """The first `count` moments after `after`, paused or not; fewer where cron has no more."""
    found: list[datetime] = []
    with suppress(StopIteration):  # a cron that names a year, say
        for _ in range(count):
            found.append(next_due(schedule, found[-1] if found else after, space_name))
    return found


def is_due(schedule: Schedule, last: datetime, now: datetime, space_name: str) -> bool:
    """Whether a snapshot is due at `now`, the last one having been dealt with at `last`.

    However many moments were slept through, it is due once: the next counts from `now`.
    """
    return next_due(schedule, last, space_name) <= now


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _at_fault("/zone", f"there is no time zone {name!r}") from None


def _share(space_name: str) -> float:
    """A space's place within the jitter: 0 to 1, the same on every machine."""
    digest = hashlib.blake2b(space_name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def _at_fault(pointer: str, reason: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {reason}", (FieldError(pointer, reason),))
