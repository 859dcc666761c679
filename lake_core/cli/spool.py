"""`lake spool`: what waits on disk for PostgreSQL, and what was refused when it was delivered."""

from __future__ import annotations

from typing import Annotated

import typer

from lake_core.cli.shared import Json, command
from lake_core.cli.show import Listing, print_json, size_text
from lake_core.settings import Settings
from lake_core.store.spool_files import (
    RefusedRequest,
    SpoolReport,
    forget_refused,
    spool_reports,
)

spool_app = typer.Typer()
_WIDEST = 60


def _waiting(report: SpoolReport) -> tuple[str, ...]:
    size = size_text(report.bytes)
    return (
        report.file,
        f"{report.waiting:,}",
        report.oldest or "-",
        size,
        f"{len(report.refused):,}",
    )


def _refused(request: RefusedRequest) -> tuple[str, ...]:
    body = request.body if len(request.body) <= _WIDEST else f"{request.body[: _WIDEST - 1]}…"
    return str(request.number), request.endpoint, request.reason, body


_WAITING = Listing(
    ("spool", "waiting", "since", "size", "refused"), _waiting, "nothing waits, nothing was refused"
)
_REFUSED = Listing(("number", "endpoint", "reason", "body"), _refused, "")


@command(
    spool_app, "spool", "lake spool", "lake spool --json > refused.json", "lake spool --forget"
)
def spool(
    settings: Settings,
    forget: Annotated[
        bool, typer.Option("--forget", help="Drop what was refused; send it anew before.")
    ] = False,
    json: Json = False,
) -> None:
    """What waits on disk for PostgreSQL, and what was refused when it was delivered.

    A request that is answered while PostgreSQL is away can be checked against its scene only when
    it is back. What does not pass then is kept, with its reason and its body, until it is dropped.
    """
    if forget:
        count = forget_refused(settings.data_dir)
        print(f"dropped {count:,} refused request{'' if count == 1 else 's'}")
        return
    reports = spool_reports(settings.data_dir)
    if json:
        print_json(reports)
        return
    _WAITING.show(reports, json=False)
    refused = [request for report in reports for request in report.refused]
    if refused:
        _REFUSED.show(refused, json=False)
