"""How fast an epoch of 100 snapshots of 10,000 entities leaves the lake, beside pyarrow alone.

The baseline writes the samples of the same export, already in memory as Arrow, with the same
settings; memory is the peak of a process that does nothing but open the lake and export.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
import pyarrow.parquet as pq

from lake_core.export import FORMATS
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.bench.served import scratch

_SNAPSHOTS: Final = 100
_ENTITIES: Final = 10_000
_MOVED: Final = 500
"""Entities that change between two snapshots: five in a hundred."""

_EXPORT: Final = """
import json, resource, sys, time
from pathlib import Path
from uuid import UUID
from lake_core.export import export_epoch
from lake_core.lake import Lake
from lake_core.settings import Settings
url, epoch, directory, fmt = sys.argv[1:]
lake = Lake.open(Settings(database_url=url, data_dir=Path(directory).parent))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
report = export_epoch(lake, UUID(epoch), Path(directory), fmt)
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
lake.close()
print(json.dumps([report.samples, report.bytes, took, peak, before]))
"""


def _entity(index: int, random: Random) -> dict[str, Any]:
    return {
        "id": f"part/{index}",
        "name": f"Part {index}",
        "class_type": ("Part", "MeshPart", "Model", "Light")[index % 4],
        "position": [random.uniform(-500, 500) for _ in range(3)],
        "tags": ["bench"],
        "parameters": {"material": "metal", "mass": 1.5 * index, "ai": True},
    }


def _fill(lake: Lake, random: Random) -> UUID:
    """The epoch: a scene of 10,000 parts in a tree, of which some move from shot to shot."""
    connections = [
        {
            "source_id": f"part/{index // 20}",
            "target_id": f"part/{index}",
            "connection_type": "hierarchy",
        }
        for index in range(1, _ENTITIES)
    ]
    entities = [_entity(index, random) for index in range(_ENTITIES)]
    body: dict[str, Any] = {"space_name": "bench", "entities": entities}
    _send(lake, body | {"connections": connections})
    taken = []
    for _ in range(_SNAPSHOTS):
        moved = [_entity(index, random) for index in random.sample(range(_ENTITIES), _MOVED)]
        _send(lake, {"space_name": "bench", "entities": moved})
        snapshot_id = lake.create_snapshot("bench").result(60).snapshot_id
        assert snapshot_id is not None
        taken.append(snapshot_id)
    return lake.create_epoch(taken, "bench").id


def _send(lake: Lake, body: dict[str, Any]) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(120)


def _pyarrow_alone(directory: Path) -> float:
    """Seconds that pyarrow takes to write the same rows again, from memory, file by file."""
    took = 0.0
    for path in sorted(directory.glob("*/*.parquet")):
        table = pq.read_table(path)
        began = time.perf_counter()
        pq.write_table(table, path.with_suffix(".again"), compression="zstd", row_group_size=65_536)
        took += time.perf_counter() - began
        path.with_suffix(".again").unlink()
    return took


def _export(url: str, epoch: UUID, directory: Path, fmt: str) -> dict[str, Any]:
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT, url, str(epoch), str(directory), fmt],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    samples, size, took, peak, idle = json.loads(done.stdout)
    return {
        "bench": f"export_{fmt}",
        "value": round(samples / took),
        "unit": "samples/s",
        "samples": samples,
        "bytes": size,
        "peak_mb": round(peak / 1024),
        "idle_mb": round(idle / 1024),
    }


def _exports(url: str, epoch: UUID, folder: Path) -> Iterator[dict[str, Any]]:
    # The baseline comes last: a child's peak begins at what its parent takes.
    lines = {fmt: _export(url, epoch, folder / fmt, fmt) for fmt in FORMATS}
    parquet = lines["parquet"]
    parquet["baseline"] = round(parquet["samples"] / _pyarrow_alone(folder / "parquet"))
    parquet["ratio"] = round(parquet["value"] / parquet["baseline"], 4)
    yield from lines.values()


def run() -> Iterator[dict[str, Any]]:
    """`export_parquet`, and the other formats beside it."""
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        try:
            lake = Lake.open(
                Settings(data_dir=folder, database_url=database.url, snapshot_threshold=1_000_000)
            )
            try:
                epoch = _fill(lake, Random(7))
            finally:
                lake.close()
            yield from _exports(database.url, epoch, folder)
        finally:
            database.stop()
