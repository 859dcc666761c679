"""An export is opened by the loader people use before it is said to be done."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lake_core.errors import ExportFailed
from lake_core.export import ExportOptions, export_epoch
from lake_core.export.loaders import open_by_loader
from lake_core.lake import Lake
from lake_core.scene.model import TrainingEpoch


@pytest.fixture
def epoch(lake: Lake) -> TrainingEpoch:
    taken = []
    for x in range(2):
        body = {"space_name": "lab", "entities": [{"id": "e", "position": [x, 0, 0]}]}
        lake.ingest("batch", msgspec.json.encode(body)).result(30)
        snapshot_id = lake.create_snapshot("lab").result(30).snapshot_id
        assert snapshot_id is not None
        taken.append(snapshot_id)
    return lake.create_epoch(taken, "two")


@pytest.mark.parametrize(
    ("fmt", "loader"), [("parquet", "datasets"), ("webdataset", "webdataset"), ("jsonl", "")]
)
def test_that_the_report_names_the_loader_that_opened_it(
    lake: Lake, epoch: TrainingEpoch, tmp_path: Path, fmt: str, loader: str
) -> None:
    options = ExportOptions(split={"train": 0.5, "test": 0.5})
    folder = tmp_path / "exports"
    folder.mkdir()
    report = export_epoch(lake, epoch.id, folder / "out", fmt, options, by_loader=True)
    assert report.loader == loader
    assert [path.name for path in folder.iterdir()] == ["out"]


def test_that_what_a_loader_cannot_open_is_no_export(
    lake: Lake, epoch: TrainingEpoch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_epoch(lake, epoch.id, out, "parquet")
    assert open_by_loader(out, "parquet") == "datasets"
    readme = out / "README.md"
    readme.write_text(readme.read_text().replace("data/train-*", "data/nothing-*"))
    with pytest.raises(ExportFailed, match="datasets cannot open the export"):
        open_by_loader(out, "parquet")
