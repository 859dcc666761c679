"""Epochs of a real lake as files: loaded by the loaders people use, equal to what was sent."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import datasets
import msgspec
import pyarrow.parquet as pq
import pytest
import webdataset

from lake_core.errors import Cancelled, ExportFailed, InvalidInput, NotFound
from lake_core.export import FORMATS, ExportOptions, export_epoch
from lake_core.lake import Lake
from lake_core.scene.model import TrainingEpoch
from resources import demo

SCENES = ("scene_small_demo_place", "scene_medium_default_space", "scene_medium_ybot_rig")


def _send(lake: Lake, body: dict[str, Any]) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(30)


def _snapshot(lake: Lake, space_name: str) -> UUID:
    taken = lake.create_snapshot(space_name).result(30).snapshot_id
    assert taken is not None
    return taken


def _demo_epoch(lake: Lake, snapshots: int = 4) -> TrainingEpoch:
    """The demo scene, with a few seconds of its life between two snapshots."""
    _send(lake, demo.batch(demo.build(), replace=True))
    taken = []
    for number in range(snapshots):
        for n in range(40 * number, 40 * (number + 1)):
            _send(lake, demo.batch(demo.tick(n)))
        taken.append(_snapshot(lake, demo.SPACE))
    return lake.create_epoch(taken, "demo", "four moments")


def _rows(directory: Path, folder: str = "data", split: str = "train") -> list[dict[str, Any]]:
    """All samples of a split, from any format by its own loader, in their order."""
    rows: list[dict[str, Any]] = []
    for path in sorted((directory / folder).glob(f"{split}-*")):
        if path.suffix == ".jsonl":
            rows += [json.loads(line) for line in path.read_text().splitlines()]
        elif path.suffix == ".tar":
            opened = webdataset.WebDataset(str(path), shardshuffle=False).decode()
            rows += [sample["json"] for sample in opened]
        else:
            rows += pq.read_table(path).to_pylist()
    return rows


def _tree_hash(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_that_load_dataset_opens_the_directory_with_both_configs(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    epoch = _demo_epoch(lake)
    report = export_epoch(lake, epoch.id, tmp_path / "out", "parquet")
    cache = str(tmp_path / "cache")
    samples = datasets.load_dataset(str(tmp_path / "out"), cache_dir=cache)["train"]
    assert len(samples) == report.samples == epoch.sample_count
    assert len(samples[0]["beam_tensor"]["digits"]) == 9
    links = datasets.load_dataset(str(tmp_path / "out"), "connections", cache_dir=cache)["train"]
    assert len(links) == report.connections == epoch.stats.total_connections


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset's own
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_that_real_scenes_come_back_from_an_export_as_they_were_sent(
    lake: Lake, tmp_path: Path, shared_data: Path, scene: str, fmt: str
) -> None:
    lines = (shared_data / f"{scene}.jsonl").read_text().splitlines()
    sent = [json.loads(line) for line in lines]
    space = sent[0]["space_name"]
    entities = {op["entity"]["id"]: op["entity"] for op in sent if op["op"] == "entity"}
    connections = [op["connection"] for op in sent if op["op"] == "connection"]
    _send(
        lake,
        {"space_name": space, "entities": [*entities.values()], "connections": connections},
    )
    epoch = lake.create_epoch([_snapshot(lake, space)])
    export_epoch(lake, epoch.id, tmp_path / "out", fmt)
    for row in _rows(tmp_path / "out"):
        entity = json.loads(row["entity"]) if fmt == "parquet" else row["entity"]
        assert {**entity, **entities.pop(row["entity_id"])} == entity
    assert not entities
    links = _rows(tmp_path / "out", "connections")
    for link, connection in zip(links, connections, strict=True):
        whole = json.loads(link["connection"]) if fmt == "parquet" else link["connection"]
        assert {**whole, **connection} == whole


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset's own
@pytest.mark.parametrize("fmt", FORMATS)
def test_that_the_walk_comes_back_from_an_export_frame_by_frame(
    lake: Lake, tmp_path: Path, shared_data: Path, fmt: str
) -> None:
    lines = (shared_data / "stream_male_walking.jsonl").read_text().splitlines()
    frames: dict[float, dict[str, Any]] = {}
    for operation in map(json.loads, lines):
        entity = operation["entity"]
        frames.setdefault(operation["t"], {})[entity["id"]] = entity
    moments = []
    for frame in frames.values():
        _send(lake, {"space_name": "male_walking", "entities": [*frame.values()]})
        moments.append(_snapshot(lake, "male_walking"))
    epoch = lake.create_epoch(moments)
    export_epoch(lake, epoch.id, tmp_path / "out", fmt)
    rows = _rows(tmp_path / "out")
    assert len(rows) == epoch.sample_count == len(lines)
    sent = dict(zip(map(str, moments), frames.values(), strict=True))
    for row in rows:
        entity = json.loads(row["entity"]) if fmt == "parquet" else row["entity"]
        assert entity == sent[row["snapshot_id"]].pop(row["entity_id"])
    assert not any(sent.values())


@pytest.mark.parametrize("fmt", FORMATS)
def test_that_the_same_epoch_and_options_give_the_same_bytes(
    lake: Lake, tmp_path: Path, fmt: str
) -> None:
    epoch = _demo_epoch(lake, 2)
    options = ExportOptions(split={"train": 0.5, "test": 0.5}, dedupe=True)
    for name in ("one", "two"):
        export_epoch(lake, epoch.id, tmp_path / name, fmt, options)
        _send(lake, demo.batch(demo.tick(500)))  # life goes on; the epoch does not change
        _snapshot(lake, demo.SPACE)
    assert _tree_hash(tmp_path / "one") == _tree_hash(tmp_path / "two")


def test_that_the_manifest_describes_the_files(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 2)
    out = tmp_path / "out"
    report = export_epoch(lake, epoch.id, out, "parquet")
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["content_hash"] == epoch.content_hash
    assert [s["id"] for s in manifest["snapshots"]] == [str(i) for i in epoch.snapshot_ids]
    assert manifest["counts"]["data"] == {"train": report.samples}
    hashes = _tree_hash(out)
    assert {f["path"]: f["sha256"] for f in manifest["files"]} == {
        path: digest for path, digest in hashes.items() if "/" in path
    }
    for file in manifest["files"]:
        columns = [column["name"] for column in manifest["columns"][file["folder"]]]
        assert pq.read_schema(out / file["path"]).names == columns


def test_that_splits_are_blocks_of_time(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 4)
    options = ExportOptions(split={"train": 0.75, "test": 0.25})
    report = export_epoch(lake, epoch.id, tmp_path / "out", "jsonl", options)
    train, test = (_rows(tmp_path / "out", split=split) for split in ("train", "test"))
    assert (len(train), len(test)) == (report.splits["train"], report.splits["test"])
    assert max(row["timestamp"] for row in train) < min(row["timestamp"] for row in test)
    assert {row["snapshot_id"] for row in test} == {str(epoch.snapshot_ids[-1])}


def test_that_options_choose_and_weigh_samples(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 1)
    options = ExportOptions(sacred_only=True, weight_sacred=2.5, max_depth=3)
    export_epoch(lake, epoch.id, tmp_path / "sacred", "jsonl", options)
    rows = _rows(tmp_path / "sacred")
    assert rows
    assert {row["flux_position"] for row in rows} == {3, 6, 9}
    assert {row["weight"] for row in rows} == {2.5}
    assert max(row["depth"] for row in rows) <= 3
    options = ExportOptions(require_consent=True, class_types=("Drone",))
    export_epoch(lake, epoch.id, tmp_path / "consent", "jsonl", options)
    rows = _rows(tmp_path / "consent")
    assert len(rows) == 12
    assert all(row["parameters"]["ai"] is True for row in rows)


def test_that_dedupe_keeps_only_what_changed(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 3)
    report = export_epoch(lake, epoch.id, tmp_path / "out", "parquet", ExportOptions(dedupe=True))
    first = lake.snapshot(epoch.snapshot_ids[0]).metadata.entity_count
    assert first < report.samples < epoch.sample_count / 2


def test_that_an_epoch_over_two_spaces_names_both(lake: Lake, tmp_path: Path) -> None:
    taken = []
    for space in ("beta", "alpha"):
        _send(lake, {"space_name": space, "entities": [{"id": "same"}], "connections": []})
        taken.append(_snapshot(lake, space))
    epoch = lake.create_epoch(taken)
    export_epoch(lake, epoch.id, tmp_path / "out", "parquet")
    assert {row["space_name"] for row in _rows(tmp_path / "out")} == {"alpha", "beta"}


def test_that_timestamps_are_the_snapshots(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 1)
    export_epoch(lake, epoch.id, tmp_path / "out", "parquet")
    row = _rows(tmp_path / "out")[0]
    expected = lake.snapshot(epoch.snapshot_ids[0]).timestamp
    assert isinstance(row["timestamp"], datetime)
    assert row["timestamp"].astimezone(UTC) == expected.astimezone(UTC)


def test_that_progress_runs_from_the_first_step_to_the_last(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 2)
    told: list[tuple[int, int]] = []
    export_epoch(
        lake, epoch.id, tmp_path / "out", "jsonl", progress=lambda *step: told.append(step)
    )
    assert told == [(step, 5) for step in range(1, 6)]


@pytest.mark.parametrize("looks", [0, 1, 4, 9])
def test_that_cancelling_leaves_nothing(lake: Lake, tmp_path: Path, looks: int) -> None:
    epoch = _demo_epoch(lake, 2)
    folder = tmp_path / "exports"
    folder.mkdir()
    left = iter(range(looks))
    with pytest.raises(Cancelled):
        export_epoch(
            lake,
            epoch.id,
            folder / "out",
            "parquet",
            cancelled=lambda: next(left, None) is None,
        )
    assert list(folder.iterdir()) == []


def test_that_bad_requests_are_refused_clearly(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 1)
    with pytest.raises(NotFound):
        export_epoch(lake, uuid4(), tmp_path / "out", "parquet")
    with pytest.raises(InvalidInput, match=r"csv.*parquet or jsonl or webdataset"):
        export_epoch(lake, epoch.id, tmp_path / "out", "csv")
    options = ExportOptions(split={"train": 0.9, "test": 0.1})
    with pytest.raises(InvalidInput, match="cannot be split"):
        export_epoch(lake, epoch.id, tmp_path / "out", "parquet", options)
    options = ExportOptions(class_types=("Unicorn",))
    with pytest.raises(ExportFailed, match="no sample is left"):
        export_epoch(lake, epoch.id, tmp_path / "out", "parquet", options)
    with pytest.raises(ExportFailed, match="exists already"):
        export_epoch(lake, epoch.id, tmp_path, "parquet")
    assert not (tmp_path / "out").exists()


_ENDLESS = """
import sys, time
from pathlib import Path
from uuid import UUID
from lake_core.export import export_epoch
from lake_core.lake import Lake
from lake_core.settings import Settings
lake = Lake.open(Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[3]).parent.parent))
def linger(done, total):
    print(done, flush=True)
    time.sleep(60 if done > 2 else 0)
export_epoch(lake, UUID(sys.argv[2]), Path(sys.argv[3]), "parquet", progress=linger)
"""


def test_that_a_killed_exports_leftovers_go_with_the_next_one(
    lake: Lake, database_url: str, tmp_path: Path
) -> None:
    epoch = _demo_epoch(lake, 2)
    folder = tmp_path / "exports"
    folder.mkdir()
    target = folder / "out"
    command = [sys.executable, "-c", _ENDLESS, database_url, str(epoch.id), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        while child.stdout.readline() != b"3\n":
            assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
    assert not target.exists()
    assert [path.name.startswith(".out.partial-") for path in folder.iterdir()] == [True]
    export_epoch(lake, epoch.id, target, "parquet")
    assert list(folder.iterdir()) == [target]


_CRAMPED = """
import resource, signal, sys
from pathlib import Path
from uuid import UUID
from lake_core.errors import ExportFailed
from lake_core.export import FORMATS, export_epoch
from lake_core.lake import Lake
from lake_core.settings import Settings
lake = Lake.open(Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[3]).parent.parent))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for fmt in FORMATS:
    try:
        export_epoch(lake, UUID(sys.argv[2]), Path(sys.argv[3]), fmt)
    except ExportFailed as error:
        print(error)
lake.close()
"""


def test_that_a_disk_that_refuses_fails_the_export_and_leaves_nothing(
    lake: Lake, database_url: str, tmp_path: Path
) -> None:
    epoch = _demo_epoch(lake, 1)
    folder = tmp_path / "exports"
    folder.mkdir()
    command = [sys.executable, "-c", _CRAMPED, database_url, str(epoch.id), str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("File too large") == len(FORMATS), done.stdout
    assert list(folder.iterdir()) == []


def test_that_an_epoch_of_a_hundred_snapshots_takes_seconds(lake: Lake, tmp_path: Path) -> None:
    _send(lake, demo.batch(demo.build(), replace=True))
    taken = []
    for number in range(100):
        _send(lake, demo.batch(demo.tick(number)))
        taken.append(_snapshot(lake, demo.SPACE))
    began = time.monotonic()
    epoch = lake.create_epoch(taken)
    report = export_epoch(lake, epoch.id, tmp_path / "out", "parquet")
    assert report.samples == epoch.sample_count > 280_000
    assert time.monotonic() - began < 60.0
