"""Commands that carry a whole lake: `lake backup` and `lake restore-backup`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lake_core.backup import BackupManifest, back_up, restore_backup
from lake_core.cli.shared import Json, busy, command, refuse_no_lake
from lake_core.cli.show import print_fields, print_json, time_text
from lake_core.settings import Settings

backup_app = typer.Typer()


@command(backup_app, "backup", "lake backup backups/monday")
def backup(
    settings: Settings,
    directory: Annotated[Path, typer.Argument(help="Where to; it must not exist yet.")],
    json: Json = False,
) -> None:
    """Write all the lake holds to a directory; servers may go on meanwhile."""
    refuse_no_lake(settings)
    with busy("backing up") as say:
        manifest = back_up(settings, directory, say)
    _show(directory, manifest, json=json)


@command(
    backup_app, "restore-backup", "lake restore-backup backups/monday --data-dir ~/another-lake"
)
def restore(
    settings: Settings,
    directory: Annotated[Path, typer.Argument(help="The backup.")],
    json: Json = False,
) -> None:
    """Bring a backup back, into an empty lake; checked before, all or nothing."""
    with busy("restoring") as say:
        manifest = restore_backup(settings, directory, say)
    _show(directory, manifest, json=json)


def _show(directory: Path, manifest: BackupManifest, *, json: bool) -> None:
    if json:
        print_json(manifest)
        return
    print_fields(
        {
            "backup": directory,
            "made": time_text(manifest.created_at),
            "spaces": len(manifest.spaces),
            "changes": f"{sum(head.seq for head in manifest.spaces):,}",
            "files": len(manifest.files),
        }
    )
