"""When servers held the lake, and which times no server covers.

Pure: what is known and the time are handed in. It reads no clock and no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

RunState = Literal["running", "ended", "lost"]

OVERDUE: Final = timedelta(seconds=35)
"""Not seen for so long, more than twice what it takes, a run that did not end is lost."""


class Outage(Struct, frozen=True, kw_only=True):
    """While PostgreSQL did not answer a server: what was sent waited, then rested in its spool."""

    from_at: datetime
    to_at: datetime


class ServerRun(Struct, frozen=True, kw_only=True):
    """A server that held the lake from `started_at` on, listening at `address`, host and port.

    A run that is `running` goes on; one that `ended` did so at `ended_at`, in good order; one that
    is `lost` was killed, or its machine went down or to sleep, soon after `seen_at`.
    """

    id: UUID
    program: str
    version: str
    host: str
    address: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    state: RunState = "running"
    outages: list[Outage] = []

    @property
    def until(self) -> datetime:
        """Up to when it is known to have been there."""
        return self.ended_at or self.seen_at


def judged(runs: Sequence[ServerRun], now: datetime) -> list[ServerRun]:
    """The same runs, oldest first, with their states as they are at a time.

    A server that another followed at the same address is no more, however lately it was seen.
    """
    ordered = sorted(runs, key=lambda run: (run.started_at, run.id))
    newest = {(run.host, run.address): run.id for run in ordered}
    return [
        replace(run, state=_state(run, now, newest[run.host, run.address] == run.id))
        for run in ordered
    ]


def latest(runs: Sequence[ServerRun]) -> list[ServerRun]:
    """Those that run; where none does, the one that was there last, if there was one."""
    there = [run for run in runs if run.state == "running"]
    return there or sorted(runs, key=lambda run: run.until)[-1:]


def share_running(told: Iterable[ServerRun], known: Iterable[ServerRun]) -> bool:
    """Whether a run that goes on is in both: then they were told of one and the same lake."""
    ids = {run.id for run in known}
    return any(run.state == "running" and run.id in ids for run in told)


def uncovered(runs: Iterable[ServerRun], now: datetime) -> list[tuple[datetime, datetime]]:
    """The times since the first run in which no server held the lake, oldest first.

    They end with the present where none runs. Of what was before the first run nothing is known.
    """
    found: list[tuple[datetime, datetime]] = []
    reached: datetime | None = None
    for run in sorted(runs, key=lambda run: run.started_at):
        if reached is not None and run.started_at > reached:
            found.append((reached, run.started_at))
        until = now if run.state == "running" else run.until
        reached = until if reached is None else max(reached, until)
    if reached is not None and reached < now:
        found.append((reached, now))
    return found


def _state(run: ServerRun, now: datetime, is_newest: bool) -> RunState:
    if run.ended_at is not None:
        return "ended"
    return "running" if is_newest and now - run.seen_at <= OVERDUE else "lost"
