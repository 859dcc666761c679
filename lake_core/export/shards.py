"""Samples into numbered files: which file a sample goes to, whatever the format.

Owns the layout of an export's data files (`data/train-00000-of-00003.parquet`, `connections/…`)
and when a new file is begun. A format only says how one file is written and read back.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from lake_core.curate.sample import Link, Seen, SnapshotSamples, Subject
from lake_core.errors import ExportFailed

DATA: Final = "data"
CONNECTIONS: Final = "connections"
ROWS_PER_FILE: Final = 500_000
ROWS_PER_BLOCK: Final = 16_384
"""How many samples are written between two looks at whether to stop."""


class Column(Struct, frozen=True):
    """A column as the manifest lists it."""

    name: str
    type: str


class Shard(Protocol):
    """One data file being written."""

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add samples of one snapshot."""

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add connections of one snapshot."""

    def close(self) -> None:
        """Write what is left and close the file."""


class Format(Protocol):
    """How files of one kind are written and read back."""

    name: str
    suffix: str
    rows_per_file: int
    """How many rows a file is full with."""

    def file_name(self, split: str, index: int, count: int) -> str:
        """The name of a finished file, one of `count` of its split."""

    def open(self, path: Path, folder: str) -> Shard:
        """Begin a file of `folder`, which is DATA or CONNECTIONS."""

    def columns(self, folder: str) -> list[Column]:
        """What each row of a folder's files holds."""

    def read_back(self, path: Path, folder: str) -> int:
        """Read a whole file anew and count its rows. Raises where it is not as it should be."""


class DataFile(Struct, frozen=True, kw_only=True):
    """A data file as the manifest lists it; `path` from the export's directory."""

    path: str
    folder: str
    split: str
    rows: int
    bytes: int
    sha256: str


class _Series:
    """The files of one folder and one split, of which the last may be open."""

    def __init__(self, form: Format, directory: Path, folder: str, split: str) -> None:
        self.folder, self.split = folder, split
        self.paths: list[Path] = []
        self.rows: list[int] = []
        self._form, self._directory = form, directory
        self._shard: Shard | None = None

    def room(self) -> Shard:
        """The file to write to; a new one where the last is full."""
        if self._shard is None or self.rows[-1] >= self._form.rows_per_file:
            self.close()
            path = self._directory / self.folder / f"{self.split}-{len(self.paths):05d}.part"
            path.parent.mkdir(exist_ok=True)
            self._shard = self._form.open(path, self.folder)
            self.paths.append(path)
            self.rows.append(0)
        return self._shard

    def close(self) -> None:
        if self._shard is not None:
            shard, self._shard = self._shard, None
            shard.close()

    def named(self) -> list[Path]:
        """Give the files their final names, which tell how many there are."""
        count = len(self.paths)
        for index, path in enumerate(self.paths):
            name = self._form.file_name(self.split, index, count)
            self.paths[index] = path.rename(path.with_name(name))
        return self.paths


class ShardedWriter:
    """Writes an export's data files below a directory. `pause` may raise to stop it."""

    def __init__(self, form: Format, directory: Path, pause: Callable[[], None]) -> None:
        self._form, self._directory, self._pause = form, directory, pause
        self._series: dict[tuple[str, str], _Series] = {}

    def write(self, split: str, samples: SnapshotSamples) -> None:
        """Add the samples and connections of one snapshot to a split."""
        for begin in range(0, len(samples.subjects), ROWS_PER_BLOCK):
            self._pause()
            block = samples.subjects[begin : begin + ROWS_PER_BLOCK]
            series = self._of(DATA, split)
            series.room().write_samples(samples.seen, block)
            series.rows[-1] += len(block)
        for begin in range(0, len(samples.links), ROWS_PER_BLOCK):
            self._pause()
            links = samples.links[begin : begin + ROWS_PER_BLOCK]
            series = self._of(CONNECTIONS, split)
            series.room().write_links(samples.seen, links)
            series.rows[-1] += len(links)

    def close(self) -> None:
        """Close whatever is open; safe after a failure too."""
        for series in self._series.values():
            series.close()

    def finish(self) -> list[DataFile]:
        """Close, name, make durable and read back every file. Raises ExportFailed."""
        self.close()
        files = []
        with ThreadPoolExecutor(1, "checksum") as beside:
            for series in self._series.values():
                for path, rows in zip(series.named(), series.rows, strict=True):
                    self._pause()
                    files.append(self._checked(path, series, rows, beside))
        return sorted(files, key=lambda file: file.folder != DATA)  # splits stay in order of time

    def _of(self, folder: str, split: str) -> _Series:
        key = (folder, split)
        if key not in self._series:
            self._series[key] = _Series(self._form, self._directory, folder, split)
        return self._series[key]

    def _checked(
        self, path: Path, series: _Series, rows: int, beside: ThreadPoolExecutor
    ) -> DataFile:
        name = path.relative_to(self._directory).as_posix()
        make_durable(path)
        digest = beside.submit(checksum, path)
        found = self._form.read_back(path, series.folder)
        if found != rows:
            raise ExportFailed(f"{name} holds {found} rows on reading back, not the {rows} written")
        return DataFile(
            path=name,
            folder=series.folder,
            split=series.split,
            rows=rows,
            bytes=path.stat().st_size,
            sha256=digest.result(),
        )


def numbered(split: str, index: int, count: int, suffix: str) -> str:
    """A file's name as datasets are named on the hubs: `train-00000-of-00003.parquet`."""
    return f"{split}-{index:05d}-of-{count:05d}.{suffix}"


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_durable(path: Path) -> None:
    """Have the disk hold a file or a directory before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
