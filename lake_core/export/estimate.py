"""How large an epoch's export will be, told from a few of its samples.

Writes some samples as each format would and reckons up. It must not know what the answer is for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SnapshotSamples
from lake_core.curate.samples import SampleReader
from lake_core.export.options import FORMATS, ExportOptions
from lake_core.export.run import form_named
from lake_core.export.shards import DATA, Format

if TYPE_CHECKING:
    from lake_core.lake import Lake

_SNAPSHOTS: Final = 3
_SAMPLES: Final = 1000
"""So many of each snapshot are written, spread over its entities."""


def estimate_sizes(
    lake: Lake, snapshot_ids: Sequence[UUID], options: ExportOptions | None = None
) -> dict[str, int]:
    """Bytes that the samples of these snapshots would take, about, by format.

    Right to a factor of two: what hardly changes compresses better over many snapshots. What
    `dedupe` would drop is not known before all is read, and counted. Raises NotFound.
    """
    options = options or ExportOptions()
    chosen = _spread(snapshot_ids)
    few: list[SnapshotSamples] = []
    samples = 0
    for summary, scene in lake.scenes_at(chosen):
        histories = FluxHistories()
        histories.add(scene)
        reader = SampleReader(options, histories, links=False, most=_SAMPLES)
        few.append(reader.read(summary, scene))
        samples += reader.kept_count
    written = sum(len(each.subjects) for each in few)
    if not written:
        return dict.fromkeys(FORMATS, 0)
    whole = samples / len(few) * len(snapshot_ids)
    with tempfile.TemporaryDirectory() as folder:
        return {
            name: round(_bytes(form_named(name), Path(folder), few) / written * whole)
            for name in FORMATS
        }


def _spread(snapshot_ids: Sequence[UUID]) -> list[UUID]:
    """A few of them, from the first to the last."""
    last = len(snapshot_ids) - 1
    places = {round(last * step / (_SNAPSHOTS - 1)) for step in range(_SNAPSHOTS)}
    return [snapshot_ids[place] for place in sorted(places)]


def _bytes(form: Format, folder: Path, few: Sequence[SnapshotSamples]) -> int:
    path = folder / form.name
    shard = form.open(path, DATA)
    for samples in few:
        shard.write_samples(samples.seen, samples.subjects)
    shard.close()
    return path.stat().st_size
