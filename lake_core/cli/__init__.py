"""`lake`: administration of a lake from a shell. The top layer of lake_core."""

from __future__ import annotations

import sys

from typer.completion import completion_init  # type: ignore[attr-defined]

from lake_core.cli.archive import archive_app
from lake_core.cli.backup import backup_app
from lake_core.cli.commands import app
from lake_core.cli.epochs import epochs_app
from lake_core.cli.past import past_app
from lake_core.cli.play import play_app
from lake_core.cli.retention import retention_app
from lake_core.cli.schedules import schedule_app
from lake_core.cli.shared import ERRORS
from lake_core.cli.snapshots import snapshots_app
from lake_core.cli.spool import spool_app

__all__ = ["app", "main"]

app.add_typer(snapshots_app)
app.add_typer(past_app)
app.add_typer(play_app)
app.add_typer(backup_app)
app.add_typer(archive_app)
app.add_typer(spool_app)
app.add_typer(epochs_app, name="epoch")
app.add_typer(schedule_app, name="schedule")
app.add_typer(retention_app, name="retention")


def main() -> None:
    """Entry point of the `lake` command."""
    completion_init()  # for the shells that `lake completion` has told to ask
    try:
        app(prog_name="lake")
    except KeyboardInterrupt:
        ERRORS.print("lake: stopped")
        sys.exit(130)
