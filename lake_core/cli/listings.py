"""What the lake's things look like in a terminal: spaces, snapshots, epochs.

One room for it, so that a thing is told in the same words by every command.
"""

from __future__ import annotations

from typing import Final

from lake_core.cli.show import Listing, time_text
from lake_core.scene.model import SnapshotSummary, SpaceSummary, TrainingEpoch

_WIDEST_NOTE: Final = 40


def epoch_fields(epoch: TrainingEpoch) -> dict[str, object]:
    """An epoch with all its figures."""
    stats = epoch.stats
    return {
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


def _epoch(epoch: TrainingEpoch) -> tuple[str, ...]:
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


def _snapshot(summary: SnapshotSummary) -> tuple[str, ...]:
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
        _marks(summary),
    )


def _marks(summary: SnapshotSummary) -> str:
    """What people said of a snapshot, on one line."""
    told = ["pinned"] if summary.pinned else []
    told += [f"{summary.rating}/5"] if summary.rating is not None else []
    told += [f"#{tag}" for tag in summary.tags]
    note = " ".join(summary.note.split())
    told += [note if len(note) <= _WIDEST_NOTE else f"{note[: _WIDEST_NOTE - 1]}…"] if note else []
    return " ".join(told)


def _space(space: SpaceSummary) -> tuple[str, ...]:
    return (
        space.space_name,
        f"{space.entities:,}",
        f"{space.connections:,}",
        f"{space.changes:,}",
        f"{space.snapshots:,}",
        time_text(space.last_change),
    )


SPACES: Final = Listing(
    ("space", "entities", "connections", "changes", "snapshots", "last change"),
    _space,
    "there is no space yet: send something, or try `lake simulate`",
)
SNAPSHOTS: Final = Listing(
    ("snapshot", "time", "seq", "trigger", "entities", "connections", "depth", "sacred", "marks"),
    _snapshot,
    "there is no snapshot: take one with `lake snapshot SPACE`",
)
EPOCHS: Final = Listing(
    ("epoch", "name", "spaces", "snapshots", "samples", "sacred", "from", "to"),
    _epoch,
    "there is no epoch yet: make one with `lake epoch create SPACE`",
)
