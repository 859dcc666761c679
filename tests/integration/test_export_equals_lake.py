"""Every sample of an export, by every loader people use, against the lake's state at its snapshot.

The epoch holds both recorded scenes: the walk frame by frame, and the rig as it came, after some
of its bones moved, and after one was hung elsewhere and one taken away.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import datasets
import msgspec
import pyarrow.dataset
import pytest
import webdataset

from lake_core.curate.beam import coherence_metrics
from lake_core.export import export_epoch
from lake_core.lake import Lake
from lake_core.scene.flux import flux_position
from lake_core.scene.model import TrainingEpoch

Row = dict[str, Any]
SHARED = ("name", "class_type", "position", "rotation", "scale", "tags")


def _send(lake: Lake, **body: Any) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(30)


def _snapshot(lake: Lake, space_name: str) -> UUID:
    taken = lake.create_snapshot(space_name).result(30).snapshot_id
    assert taken is not None
    return taken


def _operations(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _walk(lake: Lake, folder: Path) -> list[UUID]:
    frames: dict[float, list[Row]] = defaultdict(list)
    for operation in _operations(folder / "stream_male_walking.jsonl"):
        frames[operation["t"]].append(operation["entity"])
    taken = []
    for frame in frames.values():
        _send(lake, space_name="walk", entities=frame)
        taken.append(_snapshot(lake, "walk"))
    return taken


def _rig(lake: Lake, folder: Path) -> list[UUID]:
    sent = _operations(folder / "scene_medium_ybot_rig.jsonl")
    bones = [one["entity"] for one in sent if one["op"] == "entity"]
    edges = [one["connection"] for one in sent if one["op"] == "connection"]
    _send(lake, space_name="rig", entities=bones, connections=edges)
    taken = [_snapshot(lake, "rig")]
    moved = [{"id": bone["id"], "position": [at, 2.5, -1.0]} for at, bone in enumerate(bones[:9])]
    _send(lake, space_name="rig", entities=moved)
    taken.append(_snapshot(lake, "rig"))
    again = edges[5] | {"source_id": edges[0]["source_id"]}
    _send(lake, space_name="rig", connections=[again], deleted_entities=[bones[-1]["id"]])
    return [*taken, _snapshot(lake, "rig")]


@pytest.fixture
def epoch(lake: Lake, shared_data: Path) -> TrainingEpoch:
    return lake.create_epoch([*_walk(lake, shared_data), *_rig(lake, shared_data)], "walk and rig")


def _states(lake: Lake, epoch: TrainingEpoch) -> dict[tuple[str, str], Row]:
    """What each sample must say, by snapshot and entity, from the lake's whole snapshots."""
    expected: dict[tuple[str, str], Row] = {}
    histories: dict[tuple[str, str], list[int]] = defaultdict(list)
    for snapshot_id in epoch.snapshot_ids:  # by space, oldest first
        whole = lake.full_snapshot(snapshot_id)
        for raw in whole.entities:
            entity = json.loads(bytes(raw))
            entity_id = entity["id"]
            flux, rule = flux_position(entity["position"], entity["parameters"])
            histories[whole.space_name, entity_id].append(flux)
            expected[str(snapshot_id), entity_id] = {
                **{name: entity[name] for name in SHARED},
                "entity": entity,
                "parameters": entity["parameters"],
                "flux_position": flux,
                "flux_rule": rule,
                "weight": 1.5 if flux in (3, 6, 9) else 1.0,
                "space_name": whole.space_name,
                "timestamp": whole.timestamp.astimezone(UTC),
                "depth": whole.hierarchy.depth_map[entity_id],
                "parent_id": whole.hierarchy.parent_map.get(entity_id),
            }
    for (_, entity_id), row in expected.items():
        history = histories[row["space_name"], entity_id]
        row["coherence"] = msgspec.to_builtins(coherence_metrics(bytearray(history)))
    return expected


def _by_pyarrow(directory: Path, cache: Path) -> list[Row]:
    rows: list[Row] = pyarrow.dataset.dataset(directory / "data").to_table().to_pylist()
    return rows


def _by_datasets(directory: Path, cache: Path) -> list[Row]:
    return list(datasets.load_dataset(str(directory), cache_dir=str(cache))["train"])


def _by_json(directory: Path, cache: Path) -> list[Row]:
    paths = sorted((directory / "data").iterdir())
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def _by_webdataset(directory: Path, cache: Path) -> list[Row]:
    paths = [str(path) for path in sorted((directory / "data").iterdir())]
    return [one["json"] for one in webdataset.WebDataset(paths, shardshuffle=False).decode()]


def _plain(row: Row) -> Row:
    """A sample as any loader gives it, in the types that JSON has."""
    plain = dict(row)
    for name in ("entity", "parameters"):
        if isinstance(plain[name], str):
            plain[name] = json.loads(plain[name])
    if isinstance(plain["timestamp"], str):
        plain["timestamp"] = datetime.fromisoformat(plain["timestamp"])
    plain["timestamp"] = plain["timestamp"].astimezone(UTC)
    return plain


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset's own
def test_that_every_sample_by_every_loader_is_the_lakes_state_at_its_snapshot(
    lake: Lake, tmp_path: Path, epoch: TrainingEpoch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    states = _states(lake, epoch)
    assert len(states) == epoch.sample_count == 66 * 31 + 68 + 68 + 67
    loaders: list[tuple[str, Callable[[Path, Path], list[Row]]]] = [
        ("parquet", _by_pyarrow),
        ("parquet", _by_datasets),
        ("jsonl", _by_json),
        ("webdataset", _by_webdataset),
    ]
    for fmt, load in loaders:
        if not (tmp_path / fmt).exists():
            export_epoch(lake, epoch.id, tmp_path / fmt, fmt)
        left = dict(states)
        for row in map(_plain, load(tmp_path / fmt, tmp_path / "cache")):
            expected = left.pop((row["snapshot_id"], row["entity_id"]))
            assert {name: row[name] for name in expected} == expected, load.__name__
        assert not left, load.__name__
