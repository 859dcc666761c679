"""`lake`: administration of a lake from a shell. The top layer of lake_core."""

from __future__ import annotations

import sys

from lake_core.cli.commands import app
from lake_core.cli.epochs import epochs_app
from lake_core.cli.past import past_app
from lake_core.cli.shared import ERRORS

__all__ = ["app", "main"]

app.add_typer(past_app)
app.add_typer(epochs_app, name="epoch")


def main() -> None:
    """Entry point of the `lake` command."""
    try:
        app()
    except KeyboardInterrupt:
        ERRORS.print("lake: stopped")
        sys.exit(130)
