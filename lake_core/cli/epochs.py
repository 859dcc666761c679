"""`lake epoch …`: making, listing, showing and deleting epochs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Annotated, Any

import typer

from lake_core.cli.instants import parse_moment
from lake_core.cli.listings import EPOCHS, epoch_fields
from lake_core.cli.shared import (
    Epoch,
    From,
    Json,
    To,
    busy,
    command,
    find_epoch,
    opened,
)
from lake_core.cli.show import print_fields, print_json, show_one
from lake_core.curate.choosing import Rules, choose
from lake_core.curate.derive import compare
from lake_core.errors import InvalidInput, NotFound
from lake_core.settings import Settings

epochs_app = typer.Typer(help="Training epochs: frozen choices of snapshots.", no_args_is_help=True)


def _rule(text: str, *flags: str) -> Any:
    return typer.Option(*flags, help=text, rich_help_panel="Rules")


def _seconds(count: float) -> timedelta:
    try:
        return timedelta(seconds=count)
    except (OverflowError, ValueError):
        raise InvalidInput(f"--apart {count:g}: that is no stretch of time") from None


@command(
    epochs_app,
    "create",
    "lake epoch create my_space --name monday --from 2026-01-31 --to 2026-02-01",
    "lake epoch create my_space --min-sacred 0.3 --min-change 0.01 --apart 60 --distinct",
)
def epoch_create(
    settings: Settings,
    space: Annotated[list[str] | None, typer.Argument(help="Spaces to take from.")] = None,
    begin: From = None,
    end: To = None,
    snapshot: Annotated[
        list[uuid.UUID] | None, typer.Option(help="This snapshot; may be given again.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    min_quality: Annotated[float, _rule("Least quality score, 0 to 1.")] = 0.0,
    min_sacred: Annotated[float, _rule("Least share of entities at 3, 6 or 9, 0 to 1.")] = 0.0,
    min_change: Annotated[
        float | None, _rule("Changed by more than this since the last one; 0.01 is 1 %.")
    ] = None,
    apart: Annotated[float, _rule("At least so many seconds after the last one.")] = 0.0,
    distinct: Annotated[
        bool, _rule("Each state once, however often it came back.", "--distinct")
    ] = False,
    json: Json = False,
) -> None:
    """Freeze snapshots into an epoch: those named, and those of the spaces within the times.

    The rules choose among the spaces' snapshots; those named are taken as they are.
    """
    rules = Rules(
        min_quality=min_quality,
        min_sacred_share=min_sacred,
        min_change=min_change,
        apart=_seconds(apart),
        distinct=distinct,
    )
    with opened(settings) as lake, busy("freezing"):
        start, stop = parse_moment(begin), parse_moment(end)
        found = [
            summary
            for each in space or []
            for summary in lake.snapshots(each, start=start, end=stop)
        ]
        chosen = [*(snapshot or []), *(summary.id for summary in choose(found, rules))]
        if found and not chosen:
            raise NotFound(f"none of the {len(found):,} snapshots passes the rules")
        if not chosen:
            raise InvalidInput("no snapshot is chosen; name a SPACE that has some, or --snapshot")
        epoch = lake.create_epoch(list(dict.fromkeys(chosen)), name, note)
    show_one(epoch, epoch_fields, json=json)


@command(epochs_app, "list")
def epoch_list(settings: Settings, json: Json = False) -> None:
    """All epochs."""
    with opened(settings) as lake:
        found = lake.epochs()
    EPOCHS.show(found, json=json)


@command(epochs_app, "show", "lake epoch show monday", "lake epoch show 3f2b8a54 --json")
def epoch_show(settings: Settings, epoch: Epoch, json: Json = False) -> None:
    """One epoch with its figures."""
    with opened(settings) as lake:
        found = find_epoch(lake, epoch)
    show_one(found, epoch_fields, json=json)


@command(epochs_app, "merge", "lake epoch merge monday tuesday --name both")
def epoch_merge(
    settings: Settings,
    epochs: Annotated[list[str], typer.Argument(help="Ids, their beginnings, or names.")],
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: Json = False,
) -> None:
    """Freeze the snapshots of several epochs into a new one. They stay as they are."""
    with opened(settings) as lake, busy("merging"):
        made = lake.merge_epochs([find_epoch(lake, each).id for each in epochs], name, note)
    show_one(made, epoch_fields, json=json)


@command(epochs_app, "compare", "lake epoch compare monday tuesday")
def epoch_compare(settings: Settings, first: Epoch, second: Epoch, json: Json = False) -> None:
    """In what two epochs differ."""
    with opened(settings) as lake:
        found = compare(find_epoch(lake, first), find_epoch(lake, second))
    if json:
        print_json(found)
        return
    rows: dict[str, object] = {
        "content": "the same" if found.same_content else "not the same",
        "snapshots in both": f"{len(found.in_both):,}",
        "only in the first": f"{len(found.only_in_first):,}",
        "only in the second": f"{len(found.only_in_second):,}",
    }
    for name, (before, after) in found.figures.items():
        rows[name.replace("_", " ")] = f"{before:,.6g} → {after:,.6g}"
    print_fields(rows)


@command(epochs_app, "delete")
def epoch_delete(settings: Settings, epoch: Epoch) -> None:
    """Delete an epoch. Its snapshots stay."""
    with opened(settings) as lake:
        found = find_epoch(lake, epoch)
        lake.delete_epoch(found.id)
    print(f"deleted {found.id}")
