"""Commands on cold storage: `lake archive`, `lake restore` and `lake archives`.

What may be put away, and how that is made sure of, the lake knows.
"""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Final

import typer

from lake_core.archive.bring_back import RestoredStretch
from lake_core.cli.instants import INSTANTS, parse_instant
from lake_core.cli.shared import Json, bar, busy, command, opened
from lake_core.cli.show import Listing, show_one, size_text, time_text
from lake_core.errors import InvalidInput, LakeError
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.upkeep.report import ArchivedStretch

archive_app = typer.Typer()

_LOOK_EVERY_S: Final = 2.0
_STATES: Final = {
    "writing": "not whole yet",
    "checked": "written and checked; here as well until readers have moved on, ten minutes on",
    "archived": "there alone",
}

Place = Annotated[str, typer.Argument(help="A folder, or a URL such as s3://bucket/folder.")]


@command(
    archive_app,
    "archive",
    "lake archive my_space cold/2026-06",
    "lake archive my_space s3://cold/my_space/2026-06 --before 2026-07-01",
)
def archive(
    settings: Settings,
    space: Annotated[str, typer.Argument(help="Name of the space.")],
    place: Place,
    before: Annotated[
        str | None,
        typer.Option(
            help=f"{INSTANTS}. Without it: the oldest "
            "instant that is pinned, bookmarked or in an epoch, or else the newest snapshot."
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until all of it has gone from here.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a space's history before an instant away; it goes from here once it was read back.

    That is ten minutes after at the earliest, so that whoever reads has moved on: a running server
    sees to it, or this with --wait, or once more. Of S3, the environment tells who one is
    (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).
    """
    instant = None if before is None else parse_instant(before)
    with opened(settings) as lake:
        with bar("archiving") as shown:
            told = lake.archive(space, place, instant, progress=shown)
        if wait:
            told = _awaited(lake, told)
    show_one(told, _fields, json=json)


@command(archive_app, "restore", "lake restore cold/2026-06")
def restore(settings: Settings, place: Place, json: Json = False) -> None:
    """Bring an archive back as it was, all or nothing; what is at its place stays there.

    It must fit right below the history that is here, or the lake lack the space.
    """
    with opened(settings) as lake, bar("restoring") as shown:
        told = lake.restore_archive(place, progress=shown)
    show_one(told, _restored, json=json)


@command(archive_app, "archives", "lake archives", "lake archives my_space --json")
def archives(
    settings: Settings,
    space: Annotated[str | None, typer.Argument(help="Only those of this space.")] = None,
    forget: Annotated[
        uuid.UUID | None,
        typer.Option(help="Count what the archive of this id holds as let go; its files stay."),
    ] = None,
    dismiss: Annotated[
        bool, typer.Option("--dismiss", help="Speak no more of what failed last of SPACE.")
    ] = False,
    json: Json = False,
) -> None:
    """What was put away, and where it is."""
    with opened(settings) as lake:
        if dismiss:
            if space is None:
                raise InvalidInput("say of which space: lake archives SPACE --dismiss")
            lake.dismiss_failure(space, "archive")
        found = [lake.forget_archive(forget)] if forget else lake.archived_stretches(space)
    ARCHIVES.show(found, json=json)


def _awaited(lake: Lake, told: ArchivedStretch) -> ArchivedStretch:
    """Once all of it has gone from here; raises LakeError where that fails."""
    with busy("waiting until readers have moved on"):
        while True:
            waiting = {each.id for each in lake.release_archives()}
            if told.id not in waiting:
                break
            for deed in lake.upkeep():
                if (deed.space_name, deed.kind) == (told.space_name, "archive") and deed.reason:
                    raise LakeError(deed.reason)
            time.sleep(_LOOK_EVERY_S)
    found = lake.archived_stretches(told.space_name)
    return next((each for each in found if each.id == told.id), told)


# -- what they look like


def _fields(stretch: ArchivedStretch) -> dict[str, object]:
    return {
        "space": stretch.space_name,
        "archive": stretch.place,
        "changes": f"{stretch.from_seq + 1:,} to {stretch.to_seq:,}",
        "time": f"{time_text(stretch.from_at)} to {time_text(stretch.to_at)}",
        "snapshots": f"{stretch.snapshots:,}",
        "size": size_text(stretch.bytes),
        "state": _STATES[stretch.state],
    }


def _restored(stretch: RestoredStretch) -> dict[str, object]:
    return {
        "space": stretch.space_name,
        "changes": f"{stretch.from_seq + 1:,} to {stretch.to_seq:,}",
        "snapshots": f"{len(stretch.snapshot_ids):,}",
    }


def _row(stretch: ArchivedStretch) -> tuple[str, ...]:
    return (
        stretch.space_name,
        time_text(stretch.from_at),
        time_text(stretch.to_at),
        f"{stretch.from_seq + 1:,}–{stretch.to_seq:,}",
        f"{stretch.snapshots:,}",
        size_text(stretch.bytes),
        stretch.state,
        stretch.place,
    )


ARCHIVES: Final = Listing(
    ("space", "from", "to", "changes", "snapshots", "size", "state", "where"),
    _row,
    "nothing was put away: `lake archive SPACE PLACE` does so",
)
