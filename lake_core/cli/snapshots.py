"""Commands on snapshots: listing them, taking one, and saying what is thought of one.

What changes the lake goes through the running server, where there is one, so that whoever looks
on sees it; else it is done directly.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer

from lake_core.cli.instants import parse_moment
from lake_core.cli.listings import SNAPSHOTS
from lake_core.cli.shared import (
    From,
    Json,
    ServerAway,
    To,
    command,
    opened,
    server,
)
from lake_core.cli.show import print_json
from lake_core.errors import InvalidInput
from lake_core.scene.model import IngestResult, SnapshotEdit, SnapshotSummary
from lake_core.settings import Settings

snapshots_app = typer.Typer()

Space = Annotated[str, typer.Argument(help="Name of the space.")]


@command(
    snapshots_app,
    "snapshots",
    "lake snapshots my_space",
    "lake snapshots my_space --from 2026-01-31T12:00 --limit 20 --json",
)
def snapshots(
    settings: Settings,
    space: Space,
    begin: From = None,
    end: To = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, oldest first.")] = None,
    json: Json = False,
) -> None:
    """The snapshots of a space, oldest first."""
    with opened(settings) as lake:
        found = lake.snapshots(space, start=parse_moment(begin), end=parse_moment(end), limit=limit)
    SNAPSHOTS.show(found, json=json)


@command(snapshots_app, "snapshot", "lake snapshot my_space")
def snapshot(settings: Settings, space: Space, json: Json = False) -> None:
    """Take a snapshot of a space now; its id is printed."""
    try:
        with server(settings) as wire:
            path = f"/eustress/ingest/snapshot/{quote(space, safe='')}"
            answer = wire.post(path, b"", str(uuid.uuid4()))
        taken = msgspec.json.decode(answer, type=IngestResult)
    except ServerAway:
        with opened(settings) as lake:
            taken = lake.create_snapshot(space).result()
    if json:
        print_json(taken)
    else:
        print(taken.snapshot_id)


@command(
    snapshots_app,
    "mark",
    "lake mark 3f2b8a54-6a0f-4f0e-9d53-2f6a3c1f0b11 --pin --tag golden --rating 5",
    "lake mark 3f2b8a54-6a0f-4f0e-9d53-2f6a3c1f0b11 --delete",
)
def mark(
    settings: Settings,
    snapshot_id: Annotated[uuid.UUID, typer.Argument(metavar="SNAPSHOT", help="Its id.")],
    pin: Annotated[bool | None, typer.Option(help="Keep it, whatever is cleaned up.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="In place of its tags; repeat it.")] = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="Take its tags away.")] = False,
    note: Annotated[str | None, typer.Option(help="What is worth knowing of it.")] = None,
    rating: Annotated[int | None, typer.Option(min=0, max=5, help="0 to 5.")] = None,
    delete: Annotated[
        bool | None, typer.Option("--delete/--restore", help="Out of sight, or back.")
    ] = None,
    json: Json = False,
) -> None:
    """Pin, tag, note or rate a snapshot; delete it, or bring it back."""
    given: dict[str, Any] = {"pinned": pin, "note": note, "rating": rating, "deleted": delete}
    given["tags"] = [] if no_tags else tag
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        raise InvalidInput("say what is to be marked: --pin, --tag, --note, --rating, --delete")
    marked = _edit(settings, snapshot_id, SnapshotEdit(**said))
    SNAPSHOTS.show([marked], json=False) if not json else print_json(marked)


def _edit(settings: Settings, snapshot_id: uuid.UUID, edit: SnapshotEdit) -> SnapshotSummary:
    try:
        with server(settings) as wire:
            body = msgspec.json.encode(edit)
            answer = wire.send("PATCH", f"/eustress/snapshots/{snapshot_id}", body)
        return msgspec.json.decode(answer, type=SnapshotSummary)
    except ServerAway:
        with opened(settings) as lake:
            return lake.edit_snapshot(snapshot_id, edit)
