"""Commands on the lake as a whole: how it is, what spaces it has, an export, shell completion.

Each deed is the lake's or the exporter's; here is what is asked and answered. They open the lake
beside a running server.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]

from lake_core.cli.listings import SPACES
from lake_core.cli.shared import (
    Epoch,
    Json,
    bar,
    command,
    find_epoch,
    opened,
    server_url,
)
from lake_core.cli.show import print_fields, print_json, size_text, time_text
from lake_core.client.wire import Refused, Unavailable, Wire, answers
from lake_core.errors import DatabaseUnavailable
from lake_core.export import ExportOptions, export_epoch, parse_split
from lake_core.scene.model import LakeStatistics
from lake_core.settings import Settings
from lake_core.upkeep.report import UpkeepReport
from lake_core.upkeep.runs import ServerRun, latest

Format = Literal["parquet", "jsonl", "webdataset"]

app = typer.Typer(
    name="lake",
    help=(
        "Look into a Eustress lake, freeze epochs, export them, replay recordings.\n\n"
        "Settings come from a command's own flags (lake spaces --data-dir DIR), then the "
        "environment (LAKE_DATA_DIR, DATABASE_URL, LAKE_HOST, LAKE_PORT, LAKE_TOKEN), then "
        "lake.toml in the data directory."
    ),
    epilog=(
        "Exits with 0 when all is well; 1 where it cannot be done, or is not so (no such space, "
        "a fault found, a refusal); 2 where what was given cannot be used; 3 where a server or "
        "PostgreSQL that is needed does not answer."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@command(app, "status", "lake status", "lake status --json")
def status(settings: Settings, json: Json = False) -> None:
    """How the lake is: its server, what rests in the spool, its database, what it holds.

    Exits with 3 where PostgreSQL does not answer; the rest is shown all the same.
    """
    url = server_url(settings)
    told: dict[str, Any] = {
        "data_dir": str(settings.data_dir),
        "server": url if answers(url) else None,
        **_readiness(settings, url),
        "spool_bytes": _spool_bytes(settings.data_dir),
    }
    fault: DatabaseUnavailable | None = None
    statistics: LakeStatistics | None = None
    try:
        with opened(settings) as lake:
            statistics, database = lake.statistics(), lake.health().database
            told |= {"database": database, "sql_address": lake.sql_address()}
            told |= msgspec.to_builtins(statistics)
            told["upkeep"] = lake.upkeep_report()
            told["runs"] = latest(lake.runs())
    except DatabaseUnavailable as error:
        fault = error
        told |= {"database": None, "sql_address": None}
    if json:
        print_json(told)
    else:
        served = _served(told.get("runs", []))
        print_fields(_shown(told, url, statistics) | served | _looked_after(told.get("upkeep")))
    if fault is not None:
        raise fault


def _readiness(settings: Settings, url: str) -> dict[str, Any]:
    """What the server says of itself: `ready` or `spooling`, and how many requests rest."""
    nothing = {"server_status": None, "spooled": None}
    wire = Wire(url, settings.token, 5.0)
    try:
        ready = msgspec.json.decode(wire.send("GET", "/readyz"))
        return {"server_status": ready["status"], "spooled": ready["spooled"]}
    except Unavailable as error:
        return nothing | ({"server_status": str(error)} if error.answered else {})
    except (Refused, msgspec.DecodeError, KeyError):
        return nothing  # something else is there
    finally:
        wire.close()


def _spool_bytes(data_dir: Path) -> int:
    """What the files of the servers' spools take on disk, those of servers that ended included."""
    return sum(file.stat().st_size for file in (data_dir / "spool").glob("*.sqlite*"))


def _shown(told: dict[str, Any], url: str, statistics: LakeStatistics | None) -> dict[str, object]:
    server, state = told["server"], told["server_status"]
    spooled = told["spooled"]
    waiting = "not known" if spooled is None else f"{spooled:,} requests wait for PostgreSQL"
    address = told["sql_address"]
    fields: dict[str, object] = {
        "data directory": told["data_dir"],
        "server": f"listening on {server}, {state}" if server else f"none at {url}",
        "spool": f"{waiting}; {size_text(told['spool_bytes'])} on disk",
        "database": told["database"] or "does not answer",
    }
    if statistics is None:
        return fields
    return fields | {
        "connect by": f"psql {shlex.quote(address)}" if address else "your own database URL",
        "spaces": statistics.total_spaces,
        "entities seen": f"{statistics.total_entities_seen:,}",
        "snapshots": f"{statistics.total_snapshots:,}",
        "epochs": statistics.total_epochs,
        "storage": size_text(statistics.storage_size_bytes),
        "last snapshot": time_text(statistics.last_snapshot),
    }


def _served(runs: Sequence[ServerRun]) -> dict[str, object]:
    """Which servers hold the lake; else since when none does."""
    lines = [_run(run) for run in runs]
    return {"served by": "\n".join(lines)} if lines else {}


def _run(run: ServerRun) -> str:
    if run.state == "running":
        return f"{run.program} at {run.address} on {run.host} since {time_text(run.started_at)}"
    how = "ended" if run.state == "ended" else "was killed, or its machine went down"
    return f"no server since {time_text(run.until)}, when {run.program} {how}"


def _looked_after(upkeep: UpkeepReport | None) -> dict[str, object]:
    """How upkeep goes, but for what there is nothing to tell of."""
    if upkeep is None:
        return {}
    fields: dict[str, object] = {}
    if upkeep.next_snapshot is not None:
        due = time_text(upkeep.next_snapshot)
        fields["next by schedule"] = f"{due}, of space {upkeep.next_snapshot_space!r}"
    if upkeep.expired:
        gone = f"{upkeep.expired:,} snapshots let go, {upkeep.purged:,} of them for good"
        fields["retention"] = f"{gone}; {upkeep.dropped:,} changes dropped"
    if upkeep.archives:
        size = size_text(upkeep.archived_bytes)
        fields["archives"] = f"{upkeep.archives:,}, {upkeep.archived_changes:,} changes, {size}"
    if upkeep.worries:
        fields["needs a hand"] = "\n".join(upkeep.worries)
    return fields


@command(app, "spaces", "lake spaces", "lake spaces --json | jq '.[].space_name'")
def spaces(settings: Settings, json: Json = False) -> None:
    """The spaces of the lake, with their counts."""
    with opened(settings) as lake:
        found = lake.spaces()
    SPACES.show(found, json=json)


@command(
    app,
    "export",
    "lake export monday ./monday",
    "lake export monday ./monday --format webdataset --sacred-only --split train=0.9,test=0.1",
)
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
        epoch_id = find_epoch(lake, epoch).id
        report = export_epoch(lake, epoch_id, directory, fmt, options, progress, by_loader=True)
    if json:
        print_json(report)
        return
    splits = ", ".join(f"{name} {count:,}" for name, count in report.splits.items())
    print(
        f"{report.directory}: {report.samples:,} samples ({splits}) and {report.connections:,} "
        f"connections in {report.files} files, {size_text(report.bytes)}"
    )
    print(f"all were read back{f', and {report.loader} opened it' if report.loader else ''}")


@app.command(
    "completion",
    epilog=(
        "[dim]Examples[/]\n\n"
        "  lake completion bash >> ~/.bashrc\n\n"
        "  lake completion zsh > ~/.zfunc/_lake\n\n"
        "  lake completion fish > ~/.config/fish/completions/lake.fish"
    ),
)
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Your shell.")],
) -> None:
    """Print what makes a shell complete this command's words with Tab."""
    print(get_completion_script(prog_name="lake", complete_var="_LAKE_COMPLETE", shell=shell))
