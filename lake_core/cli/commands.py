"""Commands that look into a lake, take a snapshot, export and replay.

Each deed is the lake's, the exporter's or the client's; here is what is asked and answered. Reading
commands open the lake beside a running server; what must go through that server goes over HTTP.
"""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
import typer
from rich.markup import escape

from lake_core.cli.shared import (
    ERRORS,
    Epoch,
    From,
    Json,
    To,
    bar,
    command,
    find_epoch,
    opened,
    parse_moment,
    server_url,
)
from lake_core.cli.show import (
    print_fields,
    print_json,
    print_table,
    size_text,
    snapshot_row,
    time_text,
)
from lake_core.client.wire import Unavailable, Wire, answers
from lake_core.errors import InvalidInput, LakeError
from lake_core.export import ExportOptions, export_epoch, parse_split
from lake_core.replay import Progress as ReplayProgress
from lake_core.replay import read_recording, replay
from lake_core.scene.model import IngestResult
from lake_core.settings import Settings

Format = Literal["parquet", "jsonl", "webdataset"]

app = typer.Typer(
    name="lake",
    help=(
        "Look into a Eustress lake, freeze epochs, export them, replay recordings.\n\n"
        "Settings come from flags, then the environment (LAKE_DATA_DIR, DATABASE_URL, LAKE_HOST, "
        "LAKE_PORT, LAKE_TOKEN), then lake.toml in the data directory."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@command(app, "status")
def status(settings: Settings, json: Json = False) -> None:
    """How the lake is: where it is kept, what it holds, whether a server answers."""
    with opened(settings) as lake:
        statistics = lake.statistics()
        database, address = lake.health().database, lake.sql_address()
    url = server_url(settings)
    server = url if answers(url) else None
    told = {
        "data_dir": str(settings.data_dir),
        "database": database,
        "sql_address": address,
        "server": server,
        **msgspec.to_builtins(statistics),
    }
    if json:
        print_json(told)
        return
    print_fields(
        {
            "data directory": settings.data_dir,
            "database": database,
            "connect by": f"psql {shlex.quote(address)}" if address else "your own database URL",
            "server": f"listening on {server}" if server else f"none at {url}",
            "spaces": statistics.total_spaces,
            "entities seen": f"{statistics.total_entities_seen:,}",
            "snapshots": f"{statistics.total_snapshots:,}",
            "epochs": statistics.total_epochs,
            "storage": size_text(statistics.storage_size_bytes),
            "last snapshot": time_text(statistics.last_snapshot),
        }
    )


@command(app, "spaces")
def spaces(settings: Settings, json: Json = False) -> None:
    """The spaces of the lake, with their counts."""
    with opened(settings) as lake:
        found = lake.spaces()
    if json:
        print_json(found)
        return
    print_table(
        ("space", "entities", "connections", "changes", "snapshots", "last change"),
        (
            (
                space.space_name,
                f"{space.entities:,}",
                f"{space.connections:,}",
                f"{space.changes:,}",
                f"{space.snapshots:,}",
                time_text(space.last_change),
            )
            for space in found
        ),
    )


@command(app, "snapshots")
def snapshots(
    settings: Settings,
    space: Annotated[str, typer.Argument(help="Name of the space.")],
    begin: From = None,
    end: To = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, oldest first.")] = None,
    json: Json = False,
) -> None:
    """The snapshots of a space, oldest first."""
    with opened(settings) as lake:
        found = lake.snapshots(space, start=parse_moment(begin), end=parse_moment(end), limit=limit)
    if json:
        print_json(found)
        return
    print_table(
        ("snapshot", "time", "seq", "trigger", "entities", "connections", "depth", "sacred"),
        map(snapshot_row, found),
    )


@command(app, "snapshot")
def snapshot(
    settings: Settings,
    space: Annotated[str, typer.Argument(help="Name of the space.")],
    json: Json = False,
) -> None:
    """Take a snapshot of a space now. Through the running server, where there is one."""
    taken = _snapshot_by_server(settings, space) or _snapshot_directly(settings, space)
    if json:
        print_json(taken)
    else:
        print(taken.snapshot_id)


@command(app, "export")
def export(
    settings: Settings,
    epoch: Epoch,
    directory: Annotated[Path, typer.Argument(help="Is made; must not exist yet.")],
    fmt: Annotated[Format, typer.Option("--format", help="Kind of data files.")] = "parquet",
    sacred_only: Annotated[
        bool, typer.Option("--sacred-only", help="Only positions 3, 6 and 9.")
    ] = False,
    weight_sacred: Annotated[float, typer.Option(help="Their weight; others have 1.")] = 1.5,
    split: Annotated[
        str | None, typer.Option(help="train=0.9,test=0.1: blocks of time, in this order.")
    ] = None,
    dedupe: Annotated[
        bool, typer.Option("--dedupe", help="Drop samples equal to the entity's one before.")
    ] = False,
    require_consent: Annotated[
        bool, typer.Option("--require-consent", help="Only entities whose parameter `ai` is true.")
    ] = False,
    max_depth: Annotated[int | None, typer.Option(min=0, help="Only down to this depth.")] = None,
    class_type: Annotated[
        list[str] | None, typer.Option(help="Only this class; may be given again.")
    ] = None,
    json: Json = False,
) -> None:
    """Export an epoch's samples to a directory, for training.

    The directory appears when it is complete and checked, and not before.
    """
    options = ExportOptions(
        sacred_only=sacred_only,
        weight_sacred=weight_sacred,
        split=parse_split(split) if split else None,
        dedupe=dedupe,
        require_consent=require_consent,
        max_depth=max_depth,
        class_types=tuple(class_type or ()),
    )
    with opened(settings) as lake, bar("exporting") as progress:
        report = export_epoch(lake, find_epoch(lake, epoch).id, directory, fmt, options, progress)
    if json:
        print_json(report)
        return
    splits = ", ".join(f"{name} {count:,}" for name, count in report.splits.items())
    print(
        f"{report.directory}: {report.samples:,} samples ({splits}) and {report.connections:,} "
        f"connections in {report.files} files, {size_text(report.bytes)}"
    )


@command(app, "replay")
def replay_recording(
    settings: Settings,
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="NDJSON operations; - is stdin.")],
    url: Annotated[str | None, typer.Option(help="Address of the running server.")] = None,
    speed: Annotated[float, typer.Option(help="Times as fast as it was recorded.")] = 1.0,
    as_fast: Annotated[bool, typer.Option("--as-fast", help="Do not wait at all.")] = False,
    space: Annotated[str | None, typer.Option(help="Send all into this space.")] = None,
) -> None:
    """Send recorded operations to a running server, and wait until all are committed.

    One operation a line, as POST /eustress/ingest/stream takes them; `t` is its time in seconds.
    """
    if not speed > 0.0:
        raise InvalidInput("--speed must be above 0")
    target = url or server_url(settings)
    if not answers(target):
        raise LakeError(f"no lake answers at {target}; start lake-studio or lake-server first")
    with bar("sending") as shown:
        final = replay(
            read_recording(file, space),
            target,
            settings.token,
            speed=None if as_fast else speed,
            progress=lambda standing: _show_replay(shown, standing),
            on_refused=lambda refusal: ERRORS.print(escape(str(refusal)), soft_wrap=True),
        )
    print(f"{final.acknowledged:,} operations committed")
    if final.refused:
        raise LakeError(f"{final.refused:,} of {final.read:,} operations were refused")


def _snapshot_by_server(settings: Settings, space: str) -> IngestResult | None:
    """The snapshot a running server took; None where none answers."""
    wire = Wire(server_url(settings), settings.token, 30.0)
    try:
        path = f"/eustress/ingest/snapshot/{quote(space, safe='')}"
        answer = wire.post(path, b"", str(uuid.uuid4()))
    except Unavailable as error:
        if error.answered:
            raise LakeError(str(error)) from None
        return None
    finally:
        wire.close()
    return msgspec.json.decode(answer, type=IngestResult)


def _snapshot_directly(settings: Settings, space: str) -> IngestResult:
    with opened(settings) as lake:
        return lake.create_snapshot(space).result()


def _show_replay(shown: Callable[[int, int], None], standing: ReplayProgress) -> None:
    shown(standing.acknowledged + standing.refused, standing.read)
