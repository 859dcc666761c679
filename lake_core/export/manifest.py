"""What an export says of itself: manifest.json for programs, README.md for people and loaders.

Owns these two texts. They hold nothing of the moment or the machine: the same epoch with the same
options gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from lake_core.export.options import ExportOptions
from lake_core.export.shards import CONNECTIONS, DATA, Column, DataFile, Format
from lake_core.scene.model import SnapshotSummary, TrainingEpoch

FORMAT_VERSION: Final = 1
MANIFEST_NAME: Final = "manifest.json"
README_NAME: Final = "README.md"


class SnapshotEntry(Struct, kw_only=True):
    """A snapshot as the manifest lists it: what never changes of it."""

    id: UUID
    space_name: str
    timestamp: datetime
    seq: int
    trigger: str
    state_hash: str
    split: str


class Manifest(Struct, kw_only=True):
    """manifest.json. `counts` are rows by folder and split; files' paths start at the export."""

    format: str
    format_version: int
    content_hash: str
    epoch: TrainingEpoch
    options: dict[str, object]
    snapshots: list[SnapshotEntry]
    counts: dict[str, dict[str, int]]
    columns: dict[str, list[Column]]
    files: list[DataFile]


def make_manifest(
    form: Format,
    epoch: TrainingEpoch,
    options: ExportOptions,
    snapshots: Sequence[tuple[SnapshotSummary, str]],
    files: list[DataFile],
) -> Manifest:
    """The manifest of finished files; `snapshots` with the split each was dealt to."""
    folders = _folders(files)
    return Manifest(
        format=form.name,
        format_version=FORMAT_VERSION,
        content_hash=epoch.content_hash,
        epoch=epoch,
        options=asdict(options),
        snapshots=[_entry(summary, split) for summary, split in snapshots],
        counts={folder: rows_by_split(files, folder) for folder in folders},
        columns={folder: form.columns(folder) for folder in folders},
        files=files,
    )


def _entry(summary: SnapshotSummary, split: str) -> SnapshotEntry:
    return SnapshotEntry(
        id=summary.id,
        space_name=summary.space_name,
        timestamp=summary.timestamp,
        seq=summary.seq,
        trigger=summary.trigger,
        state_hash=summary.metadata.state_hash,
        split=split,
    )


def manifest_text(manifest: Manifest) -> bytes:
    """manifest.json, indented for people."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def rows_by_split(files: Sequence[DataFile], folder: str) -> dict[str, int]:
    """Rows of a folder's files, by split."""
    counts: dict[str, int] = {}
    for file in files:
        if file.folder == folder:
            counts[file.split] = counts.get(file.split, 0) + file.rows
    return counts


def readme_text(manifest: Manifest) -> str:
    """README.md: for Parquet with the `configs` block that `datasets` reads."""
    title = manifest.epoch.name or f"Epoch {manifest.epoch.id}"
    stats = manifest.epoch.stats
    spaces = ", ".join(manifest.epoch.space_names or [manifest.epoch.space_name])
    counts = "\n".join(
        f"| {folder} | {split} | {rows:,} |"
        for folder, splits in manifest.counts.items()
        for split, rows in splits.items()
    )
    note = f"\n{manifest.epoch.note}\n" if manifest.epoch.note else ""
    return (
        f"{_front_matter(manifest)}# {_one_line(title)}\n{note}\n"
        f"A training epoch of {len(manifest.snapshots):,} snapshots from {spaces}, "
        f"{manifest.epoch.start_time:%Y-%m-%d %H:%M:%S} to "
        f"{manifest.epoch.end_time:%Y-%m-%d %H:%M:%S} UTC. Over the whole epoch, "
        f"{stats.sacred_frequency:.1%} of the samples are at flux position 3, 6 or 9.\n\n"
        f"| folder | split | rows |\n|---|---|---|\n{counts}\n\n"
        f"{_LOADING[manifest.format]}\n"
        "`manifest.json` lists snapshots, options, columns and the SHA-256 of every file. "
        f"Content hash: `{manifest.content_hash}`.\n"
    )


def _folders(files: Sequence[DataFile]) -> list[str]:
    present = {file.folder for file in files}
    return [folder for folder in (DATA, CONNECTIONS) if folder in present]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _front_matter(manifest: Manifest) -> str:
    if manifest.format != "parquet":
        return ""
    lines = ["---", "configs:"]
    for folder, splits in manifest.counts.items():
        lines.append(f"- config_name: {'default' if folder == DATA else folder}")
        lines.append("  data_files:")
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {folder}/{split}-*.parquet"]
    return "\n".join([*lines, "---", "", ""])


_LOADING: Final = {
    "parquet": (
        "```python\n"
        "from datasets import load_dataset\n\n"
        'samples = load_dataset("PATH/TO/THIS/DIRECTORY")\n'
        'connections = load_dataset("PATH/TO/THIS/DIRECTORY", "connections")  # where there are\n'
        "```\n\n"
        "Ray and Spark read the files as they are:\n\n"
        "```python\n"
        'samples = ray.data.read_parquet("PATH/TO/THIS/DIRECTORY/data")\n'
        'samples = spark.read.parquet("PATH/TO/THIS/DIRECTORY/data")\n'
        "```\n\n"
        "`parameters`, `entity` and `connection` are JSON texts.\n"
    ),
    "jsonl": (
        "```python\n"
        "import json\nfrom pathlib import Path\n\n"
        'for file in sorted(Path("PATH/TO/THIS/DIRECTORY", "data").glob("*.jsonl")):\n'
        "    with file.open() as lines:\n"
        "        samples = [json.loads(line) for line in lines]\n"
        "```\n"
    ),
    "webdataset": (
        "```python\n"
        "from glob import glob\n\n"
        "import webdataset as wds\n\n"
        'files = sorted(glob("PATH/TO/THIS/DIRECTORY/data/train-*.tar"))\n'
        "samples = wds.WebDataset(files, shardshuffle=False).decode()\n"
        'for sample in samples:\n    sample["json"]  # the fields listed in manifest.json\n'
        "```\n"
    ),
}
