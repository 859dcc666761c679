"""The example that trains: run as a person would, on the demo's epoch."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from lake_core.export import ExportOptions, export_epoch
from lake_core.lake import Lake
from lake_core.settings import Settings
from resources import demo

EXAMPLE = Path(demo.__file__).parent / "examples" / "train_tiny.py"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_that_the_loss_falls_on_the_demos_epoch(settings: Settings, tmp_path: Path) -> None:
    lake = Lake.open(settings)
    try:
        taken = []
        lake.ingest("batch", msgspec.json.encode(demo.batch(demo.build(), replace=True))).result(30)
        for n in range(30):
            lake.ingest("batch", msgspec.json.encode(demo.batch(demo.tick(n)))).result(30)
            if n % 10 == 9:
                taken.append(lake.create_snapshot(demo.SPACE).result(30).snapshot_id)
        epoch = lake.create_epoch([snapshot_id for snapshot_id in taken if snapshot_id])
        options = ExportOptions(split={"train": 0.67, "test": 0.33})
        export_epoch(lake, epoch.id, tmp_path / "out", "parquet", options)
    finally:
        lake.close()
    began = time.monotonic()
    done = _run(str(tmp_path / "out"), "--steps", "400")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 60.0
    losses = [float(loss) for loss in re.findall(r"loss (\d+\.\d+)", done.stdout)]
    assert len(losses) == 10
    assert losses[-1] < 0.7 * losses[0], done.stdout
    right = re.search(r"right: (\d+\.\d)%", done.stdout)
    assert right is not None
    assert float(right[1]) > 60.0, done.stdout
    assert _run(str(tmp_path / "out"), "--steps", "400").stdout == done.stdout


def test_that_a_folder_without_parquet_is_told(tmp_path: Path) -> None:
    done = _run(str(tmp_path))
    assert done.returncode == 2
    assert "--format parquet" in done.stderr
