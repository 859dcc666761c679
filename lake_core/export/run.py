"""From an epoch to a directory: the course of an export from first to last.

Owns the order of things: read the epoch twice (flux histories first, then samples), write beside
the target, read back, describe, move into place. Formats, samples and places are owned elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import pyarrow as pa

from lake_core.curate.epoch import content_hash
from lake_core.curate.histories import FluxHistories
from lake_core.curate.samples import SampleReader
from lake_core.errors import Cancelled, ExportFailed, InvalidInput
from lake_core.export.jsonl import JsonlFormat
from lake_core.export.loaders import open_by_loader
from lake_core.export.manifest import (
    MANIFEST_NAME,
    README_NAME,
    make_manifest,
    manifest_text,
    readme_text,
    rows_by_split,
)
from lake_core.export.options import FORMATS, WHOLE, ExportOptions, ExportReport, deal
from lake_core.export.parquet import ParquetFormat
from lake_core.export.place import write_text, written_beside
from lake_core.export.shards import CONNECTIONS, DATA, DataFile, Format, ShardedWriter
from lake_core.export.target import why
from lake_core.export.webdataset import WebDatasetFormat
from lake_core.scene.model import SnapshotSummary, TrainingEpoch

if TYPE_CHECKING:
    from lake_core.lake import Lake

_FORMS: Final[dict[str, Format]] = {
    form.name: form for form in (ParquetFormat(), JsonlFormat(), WebDatasetFormat())
}


def export_epoch(
    lake: Lake,
    epoch_id: UUID,
    directory: Path,
    fmt: str,
    options: ExportOptions | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    by_loader: bool = False,
) -> ExportReport:
    """Write an epoch to `directory`, which must not exist yet, as `fmt`, one of FORMATS.

    Blocks; call it from a thread of its own where a window or a loop must go on. `progress` is
    told (done, total) in steps, two for each snapshot and one for reading back; `cancelled` is
    asked several times a second. `by_loader` opens it by `datasets` or `webdataset` as well, where
    they are installed, before it is moved into place.

    Raises:
        NotFound: There is no such epoch.
        InvalidInput: The format or an option cannot be used.
        Cancelled: `cancelled` said so.
        ExportFailed: The directory exists, the disk refuses, or what was read back differs.
    """
    form = form_named(fmt)
    run = _Run(lake, lake.epoch(epoch_id), form, options or ExportOptions(), progress, cancelled)
    try:
        with written_beside(directory) as (partial, move_into_place):
            files = run.write(partial)
            loader = open_by_loader(partial, fmt) if by_loader else ""
            run.pause()
            move_into_place()
    except (OSError, pa.ArrowException) as error:
        raise ExportFailed(f"the export to {directory} failed: {why(error)}") from error
    return _report(directory, files, loader)


def form_named(fmt: str) -> Format:
    """How files of a format are written; raises InvalidInput for a name there is not."""
    if fmt not in _FORMS:
        raise InvalidInput(f"there is no export format {fmt!r}; choose {' or '.join(FORMATS)}")
    return _FORMS[fmt]


class _Run:
    """One export under way."""

    def __init__(
        self,
        lake: Lake,
        epoch: TrainingEpoch,
        form: Format,
        options: ExportOptions,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._lake, self._epoch, self._form, self._options = lake, epoch, form, options
        self._progress, self._cancelled = progress, cancelled
        self._done = 0
        self._total = 2 * len(epoch.snapshot_ids) + 1

    def pause(self) -> None:
        """A place where the export may be stopped."""
        if self._cancelled():
            raise Cancelled("the export was cancelled; nothing was left behind")

    def write(self, partial: Path) -> list[DataFile]:
        """All files of the export, durable and read back."""
        summaries, histories = self._survey()
        dealt = deal(summaries, self._options.split or WHOLE)
        writer = ShardedWriter(self._form, partial, self.pause)
        try:
            self._write_samples(writer, dealt, histories)
            files = writer.finish()
        finally:
            writer.close()
        if not rows_by_split(files, DATA):
            raise ExportFailed("no sample is left by these options; nothing was exported")
        snapshots = [(summary, dealt[summary.id]) for summary in summaries]
        manifest = make_manifest(self._form, self._epoch, self._options, snapshots, files)
        write_text(partial / README_NAME, readme_text(manifest).encode())
        write_text(partial / MANIFEST_NAME, manifest_text(manifest))
        self._step()
        return files

    def _survey(self) -> tuple[list[SnapshotSummary], FluxHistories]:
        """The first reading: flux histories, and the proof that the states are the frozen ones."""
        summaries, states, histories = [], [], FluxHistories()
        for summary, scene in self._lake.scenes_at(self._epoch.snapshot_ids):
            self.pause()
            histories.add(scene)
            summaries.append(summary)
            states.append((summary.space_name, summary.seq, scene.state_hash))
            self._step()
        if content_hash(states) != self._epoch.content_hash:
            raise ExportFailed("the epoch's states are not those it was frozen with")
        return summaries, histories

    def _write_samples(
        self, writer: ShardedWriter, dealt: dict[UUID, str], histories: FluxHistories
    ) -> None:
        reader = SampleReader(self._options, histories)
        for summary, scene in self._lake.scenes_at(self._epoch.snapshot_ids):
            self.pause()
            writer.write(dealt[summary.id], reader.read(summary, scene))
            self._step()

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def _report(directory: Path, files: list[DataFile], loader: str) -> ExportReport:
    splits = rows_by_split(files, DATA)
    return ExportReport(
        directory=directory,
        samples=sum(splits.values()),
        connections=sum(rows_by_split(files, CONNECTIONS).values()),
        files=len(files),
        bytes=sum(file.bytes for file in files),
        splits=splits,
        loader=loader,
    )
