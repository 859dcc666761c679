"""How results look: JSON for programs, tables and lists of fields for people.

Prints what it is given and must not know where that came from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lake_core.scene.model import SnapshotSummary, TrainingEpoch


def print_json(value: object) -> None:
    """Structs, dataclasses and what they hold, as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def print_table(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Rows of texts under their heads."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    _out().print(table)


def print_fields(fields: dict[str, object]) -> None:
    """Names with their values, one a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in fields.items():
        table.add_row(f"[dim]{name}[/]", escape(str(value)))
    _out().print(table)


def _out() -> Console:
    """Wide enough that nothing is cut off where the output goes to a file or a program."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 250)


def print_epoch(epoch: TrainingEpoch) -> None:
    """An epoch with all its figures."""
    stats = epoch.stats
    print_fields(
        {
            "epoch": epoch.id,
            "name": epoch.name or "-",
            "note": epoch.note or "-",
            "spaces": ", ".join(epoch.space_names or [epoch.space_name]),
            "time": f"{time_text(epoch.start_time)} to {time_text(epoch.end_time)}",
            "snapshots": f"{len(epoch.snapshot_ids):,}",
            "samples": f"{epoch.sample_count:,}",
            "entities": f"{stats.total_entities:,}",
            "connections": f"{stats.total_connections:,}",
            "classes": stats.unique_types,
            "mean depth": f"{stats.avg_hierarchy_depth:.2f}",
            "sacred": f"{stats.sacred_frequency:.1%}",
            "spatial coverage": f"{stats.spatial_coverage:.1%}",
            "content hash": epoch.content_hash,
            "made of": ", ".join(map(str, epoch.derived_from)) or "-",
        }
    )


def epoch_row(epoch: TrainingEpoch) -> tuple[str, ...]:
    """An epoch as a row of the listing."""
    return (
        str(epoch.id),
        epoch.name,
        ", ".join(epoch.space_names or [epoch.space_name]),
        f"{len(epoch.snapshot_ids):,}",
        f"{epoch.sample_count:,}",
        f"{epoch.stats.sacred_frequency:.1%}",
        time_text(epoch.start_time),
        time_text(epoch.end_time),
    )


def snapshot_row(summary: SnapshotSummary) -> tuple[str, ...]:
    """A snapshot as a row of the listing."""
    figures = summary.metadata
    return (
        str(summary.id),
        time_text(summary.timestamp),
        f"{summary.seq:,}",
        summary.trigger,
        f"{figures.entity_count:,}",
        f"{figures.connection_count:,}",
        str(figures.hierarchy_depth),
        f"{figures.sacred_entity_count:,}",
    )


def time_text(moment: datetime | None) -> str:
    """A time to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else "-"


def size_text(count: int) -> str:
    """A number of bytes with its unit, decimal."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000.0:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000.0
    return f"{size:.1f} TB"
