"""`lake schedule`: snapshots at times, by space.

It reads and writes the database; servers that run take note within a minute.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer
from msgspec import Struct
from msgspec.structs import replace

from lake_core.cli.shared import ALL_OTHERS, Json, MaybeSpace, command, opened
from lake_core.cli.show import Listing
from lake_core.errors import InvalidInput
from lake_core.settings import Settings
from lake_core.upkeep.lengths import parse_length
from lake_core.upkeep.retention import span
from lake_core.upkeep.schedule import Schedule

schedule_app = typer.Typer(help="Snapshots at times, by space.")


class _Line(Struct):
    space_name: str | None
    policy: Schedule | None


@command(
    schedule_app,
    "set",
    "lake schedule set my_space --every 5m",
    'lake schedule set --cron "0 3 * * *" --zone Europe/Berlin --jitter 10m',
)
def set_schedule(
    settings: Settings,
    space: MaybeSpace = None,
    every: Annotated[str | None, typer.Option(help="A length of time, such as 5m.")] = None,
    cron: Annotated[str | None, typer.Option(help="Five fields, as cron has them.")] = None,
    zone: Annotated[str, typer.Option(help="The time zone of --cron.")] = "UTC",
    jitter: Annotated[str, typer.Option(help="Spread spaces over this long.")] = "0",
    always: Annotated[bool, typer.Option("--always", help="Even if nothing changed.")] = False,
    never: Annotated[bool, typer.Option("--never", help="No scheduled snapshots at all.")] = False,
) -> None:
    """Take snapshots of a space at times."""
    schedule = Schedule(
        every=None if every is None else parse_length(every),
        cron=cron,
        zone=zone,
        jitter=parse_length(jitter),
        only_if_changed=not always,
    )
    with opened(settings) as lake:
        lake.set_schedule(space, None if never else schedule)


@command(schedule_app, "list", "lake schedule list --json")
def list_schedules(settings: Settings, json: Json = False) -> None:
    """The schedules that are set."""
    with opened(settings) as lake:
        lines = [_Line(name, policy) for name, policy in lake.schedules().items()]
    _SCHEDULES.show(lines, json=json)


@command(schedule_app, "clear", "lake schedule clear my_space")
def clear_schedule(settings: Settings, space: MaybeSpace = None) -> None:
    """Let what is set for all hold for a space again."""
    with opened(settings) as lake:
        if not lake.clear_schedule(space):
            raise InvalidInput(f"no schedule is set for {space or 'all'}")


@command(schedule_app, "pause", "lake schedule pause my_space")
def pause_schedule(settings: Settings, space: MaybeSpace = None) -> None:
    """Take no snapshots by a schedule for a while; it is kept as it is."""
    _pause(settings, space, pauses=True)


@command(schedule_app, "resume", "lake schedule resume my_space")
def resume_schedule(settings: Settings, space: MaybeSpace = None) -> None:
    """Go on with a schedule that was paused."""
    _pause(settings, space, pauses=False)


def _pause(settings: Settings, space: str | None, *, pauses: bool) -> None:
    with opened(settings) as lake:
        schedule = lake.schedules().get(space)
        if schedule is None:
            raise InvalidInput(f"no schedule is set for {space or 'all'}")
        lake.set_schedule(space, replace(schedule, paused=pauses))


def _when(schedule: Schedule | None) -> str:
    if schedule is None:
        return "never"
    cron = f"cron {schedule.cron} ({schedule.zone})"
    when = cron if schedule.every is None else f"every {span(schedule.every)}"
    always = "" if schedule.only_if_changed else ", changed or not"
    return f"{when}{always}{' (paused)' if schedule.paused else ''}"


_SCHEDULES: Final[Listing[_Line]] = Listing(
    ("space", "snapshots"),
    lambda line: (line.space_name or ALL_OTHERS, _when(line.policy)),
    "no schedule is set: try `lake schedule set SPACE --every 5m`",
)
