"""Epochs as trainers read them: from the lake, from an export, live, by several workers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from lake_core.curate.beam import beam_tensor, coherence_metrics
from lake_core.errors import InvalidInput, NotFound
from lake_core.export import FORMATS, ExportOptions, export_epoch
from lake_core.lake import Lake
from lake_core.scene.flux import flux_position
from lake_core.scene.model import TrainingEpoch
from lake_core.settings import Settings
from lake_core.training import (
    ContinuousPretraining,
    ExportedEpoch,
    LakeEpoch,
    SampleOptions,
    Share,
    TrainingSample,
    by_snapshot,
    follow,
    sacred_entities,
    snapshots_in_range,
    subtrees,
)
from resources import demo


def _send(lake: Lake, body: dict[str, Any]) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(30)


def _snapshot(lake: Lake, space_name: str) -> UUID:
    taken = lake.create_snapshot(space_name).result(30).snapshot_id
    assert taken is not None
    return taken


def _recorded_epoch(lake: Lake, path: Path) -> TrainingEpoch:
    """A recording, with a snapshot after each of its moments."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    taken = []
    for _, moment in groupby(lines, key=lambda op: op.get("t")):
        ops = list(moment)
        space = ops[0]["space_name"]
        _send(
            lake,
            {
                "space_name": space,
                "entities": [op["entity"] for op in ops if op["op"] == "entity"],
                "connections": [op["connection"] for op in ops if op["op"] == "connection"],
            },
        )
        taken.append(_snapshot(lake, space))
    return lake.create_epoch(taken)


def _demo_epoch(lake: Lake, snapshots: int = 3) -> TrainingEpoch:
    _send(lake, demo.batch(demo.build(), replace=True))
    taken = []
    for number in range(snapshots):
        for n in range(20 * number, 20 * (number + 1)):
            _send(lake, demo.batch(demo.tick(n)))
        taken.append(_snapshot(lake, demo.SPACE))
    return lake.create_epoch(taken, "demo")


def _assert_equal_to_the_lake(
    lake: Lake, epoch: TrainingEpoch, samples: list[TrainingSample]
) -> None:
    """Every sample says what the lake's state at its snapshot says, and none is missing."""
    found: dict[tuple[UUID | None, str], TrainingSample] = {
        (sample.snapshot_id, sample.entity_id): sample for sample in samples
    }
    assert len(found) == len(samples) == epoch.sample_count
    histories: dict[str, list[int]] = {}
    for snapshot_id in epoch.snapshot_ids:
        for raw in lake.full_snapshot(snapshot_id).entities:
            entity = msgspec.json.decode(raw)
            flux, _ = flux_position(entity["position"], entity["parameters"])
            histories.setdefault(entity["id"], []).append(flux)
    for snapshot_id in epoch.snapshot_ids:
        snapshot = lake.full_snapshot(snapshot_id)
        for raw in snapshot.entities:
            entity = msgspec.json.decode(raw)
            sample = found.pop((snapshot_id, entity["id"]))
            flux, rule = flux_position(entity["position"], entity["parameters"])
            assert (sample.flux_position, sample.flux_rule) == (flux, rule)
            assert msgspec.json.decode(sample.entity) == entity
            assert msgspec.json.decode(sample.parameters) == entity["parameters"]
            assert sample.position == tuple(entity["position"])
            assert sample.beam_tensor == beam_tensor(entity["name"], flux, entity["parameters"])
            assert sample.coherence == coherence_metrics(histories[entity["id"]])
            assert sample.depth == snapshot.hierarchy.depth_map[entity["id"]]
            assert sample.parent_id == snapshot.hierarchy.parent_map.get(entity["id"])
            assert sample.timestamp == snapshot.timestamp
            assert sample.space_name == snapshot.space_name
    assert not found


@pytest.mark.parametrize("recording", ["stream_male_walking", "scene_medium_ybot_rig"])
def test_that_every_sample_equals_the_lakes_state_at_its_snapshot(
    lake: Lake, tmp_path: Path, shared_data: Path, recording: str
) -> None:
    epoch = _recorded_epoch(lake, shared_data / f"{recording}.jsonl")
    direct = list(LakeEpoch(lake, epoch.id).samples())
    _assert_equal_to_the_lake(lake, epoch, direct)
    for fmt in FORMATS:
        export_epoch(lake, epoch.id, tmp_path / fmt, fmt)
        source = ExportedEpoch(tmp_path / fmt)
        assert len(source) == epoch.sample_count
        assert list(source.samples()) == direct


@pytest.mark.parametrize("fmt", FORMATS)
def test_that_shares_of_an_export_hold_each_sample_once(
    lake: Lake, tmp_path: Path, fmt: str
) -> None:
    epoch = _demo_epoch(lake, 2)
    export_epoch(lake, epoch.id, tmp_path / "out", fmt)
    source = ExportedEpoch(tmp_path / "out")
    whole = [_key(sample) for sample in source.samples()]
    parts = [[_key(s) for s in source.samples(Share(index, 3))] for index in range(3)]
    assert sorted(key for part in parts for key in part) == sorted(whole)
    assert [len(part) for part in parts] == [Share(i, 3).count(len(source)) for i in range(3)]
    assert [_key(s) for s in source.samples(Share(1, 3), 500)] == parts[1][500:]


def _key(sample: TrainingSample) -> tuple[str, str]:
    return str(sample.snapshot_id), sample.entity_id


def test_that_the_splits_of_an_export_are_read_apart(lake: Lake, tmp_path: Path) -> None:
    epoch = _demo_epoch(lake, 2)
    options = ExportOptions(split={"train": 0.5, "test": 0.5})
    export_epoch(lake, epoch.id, tmp_path / "out", "parquet", options)
    for split, snapshot_id in zip(("train", "test"), epoch.snapshot_ids, strict=True):
        samples = ExportedEpoch(tmp_path / "out", split).samples()
        assert {sample.snapshot_id for sample in samples} == {snapshot_id}
    with pytest.raises(NotFound, match="train, test"):
        ExportedEpoch(tmp_path / "out", "valid")


def test_that_what_is_no_whole_export_is_refused(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"manifest\.json"):
        ExportedEpoch(tmp_path)
    epoch = _demo_epoch(lake, 1)
    export_epoch(lake, epoch.id, tmp_path / "out", "jsonl")
    (file,) = (tmp_path / "out" / "data").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InvalidInput, match="not as long"):
        ExportedEpoch(tmp_path / "out")
    file.unlink()
    with pytest.raises(NotFound, match="missing"):
        ExportedEpoch(tmp_path / "out")


def test_that_snapshots_and_sacred_entities_of_a_stretch_of_time_are_found(lake: Lake) -> None:
    epoch = _demo_epoch(lake, 3)
    middle = lake.snapshot(epoch.snapshot_ids[1])
    just = timedelta(microseconds=1)
    around = (middle.timestamp - just, middle.timestamp + just)
    assert [s.id for s in snapshots_in_range(lake, demo.SPACE, *around)] == [middle.id]
    sacred = list(sacred_entities(lake, demo.SPACE, *around))
    assert len(sacred) == middle.metadata.sacred_entity_count > 0
    assert {sample.flux_position for sample in sacred} == {3, 6, 9}
    assert list(sacred_entities(lake, demo.SPACE, *(t + timedelta(days=1) for t in around))) == []
    with pytest.raises(NotFound):
        list(sacred_entities(lake, "nowhere", *around))


def test_that_the_specifications_training_loop_works(lake: Lake) -> None:
    epoch = _demo_epoch(lake, 2)
    pretraining = ContinuousPretraining()
    for entity in sacred_entities(lake, demo.SPACE, epoch.start_time, epoch.end_time):
        pretraining.add_sample(
            f"Entity at position {entity.flux_position}",
            entity.beam_tensor,
            entity.coherence,
            entity.flux_position,
            0,
            entity.position,
        )
    assert len(pretraining) == round(epoch.stats.sacred_frequency * epoch.sample_count)
    assert len(pretraining.draw(64)) == 64


def test_that_an_epoch_comes_as_subtrees_snapshot_by_snapshot(lake: Lake) -> None:
    epoch = _demo_epoch(lake, 2)
    scenes = list(by_snapshot(LakeEpoch(lake, epoch.id).samples()))
    assert [scene[0].snapshot_id for scene in scenes] == epoch.snapshot_ids
    for scene in scenes:
        branches = list(subtrees(scene, most=100_000))
        assert sum(len(branch.samples) for branch in branches) == len(scene)
        assert len(branches) == sum(sample.depth == 0 for sample in scene)


def test_that_a_follower_gets_what_there_is_and_then_what_comes(lake: Lake) -> None:
    stop = threading.Event()
    got: list[TrainingSample] = []
    arrived = threading.Semaphore(0)

    def run() -> None:
        for sample in follow(lake, "lab", stop=stop):
            got.append(sample)
            arrived.release()

    def move(entity_id: str, x: float) -> None:
        _send(lake, {"space_name": "lab", "entities": [{"id": entity_id, "position": [x, 0, 0]}]})
        _snapshot(lake, "lab")

    with ThreadPoolExecutor(1) as threads:
        following = threads.submit(run)  # the space is not there yet
        for entity_id, x in (("a", 1), ("b", 3), ("a", 2)):
            move(entity_id, x)
            assert arrived.acquire(timeout=10)
        stop.set()
        following.result(10)
    assert [(s.entity_id, s.flux_position) for s in got] == [("a", 1), ("b", 3), ("a", 2)]
    assert got[2].coherence == coherence_metrics([1, 1, 2])


def test_that_a_follower_begins_after_the_snapshot_it_is_told(lake: Lake) -> None:
    stop = threading.Event()
    epoch = _demo_epoch(lake, 2)
    first, second = epoch.snapshot_ids
    samples = follow(lake, demo.SPACE, SampleOptions(), after=first, stop=stop)
    assert next(samples).snapshot_id == second
    stop.set()
    assert {sample.snapshot_id for sample in samples} == {second}
    with pytest.raises(NotFound):
        next(follow(lake, demo.SPACE, after=uuid4()))


def _open(settings: Settings) -> Lake:
    return Lake.open(settings)


def test_that_a_lake_is_opened_by_whoever_reads(lake: Lake) -> None:
    epoch = _demo_epoch(lake, 1)
    source = LakeEpoch(partial(_open, lake.settings), epoch.id)
    assert list(source.samples()) == list(LakeEpoch(lake, epoch.id).samples())


class TestTorch:
    """With PyTorch, where it is installed."""

    @pytest.fixture(autouse=True)
    def torch(self) -> Any:
        return pytest.importorskip("torch", reason="PyTorch is not installed")

    def _loader(self, dataset: Any, batch_size: int, workers: int) -> Any:
        from torch.utils.data import DataLoader

        return DataLoader(
            dataset,
            batch_size=batch_size,
            num_workers=workers,
            multiprocessing_context="spawn" if workers else None,
        )

    def _exported(self, lake: Lake, directory: Path) -> ExportedEpoch:
        export_epoch(lake, _demo_epoch(lake, 1).id, directory, "jsonl")
        return ExportedEpoch(directory)

    def test_that_batches_are_tensors(self, lake: Lake, tmp_path: Path, torch: Any) -> None:
        from lake_core.training.torch_dataset import EpochDataset

        batch = next(iter(self._loader(EpochDataset(self._exported(lake, tmp_path / "o")), 8, 0)))
        assert batch["digits"].shape == (8, 9)
        assert batch["digits"].dtype == torch.float32
        assert batch["position"].shape == (8, 3)
        assert batch["flux_position"].dtype == torch.int64
        assert len(batch["prompt"]) == 8

    def test_that_two_workers_give_each_sample_once(self, lake: Lake, tmp_path: Path) -> None:
        from lake_core.training.torch_dataset import EpochDataset

        source = self._exported(lake, tmp_path / "o")
        dataset = EpochDataset(source, shuffle=100, encode=_key)
        given = [key for batch in self._loader(dataset, 32, 2) for key in zip(*batch, strict=True)]
        assert Counter(given) == Counter(map(_key, source.samples()))

    @pytest.mark.parametrize(("workers", "batches"), [(0, 7), (2, 7), (2, 41)])
    def test_that_a_resumed_pass_goes_on_where_it_stopped(
        self, lake: Lake, tmp_path: Path, workers: int, batches: int
    ) -> None:
        from lake_core.training.torch_dataset import EpochDataset

        source = self._exported(lake, tmp_path / "o")
        dataset = EpochDataset(source, shuffle=50, encode=_key)
        whole = [list(batch) for batch in self._loader(dataset, 64, workers)]
        assert batches < len(whole)
        dataset.start(batches=batches, batch_size=64)
        rest = [list(batch) for batch in self._loader(dataset, 64, workers)]
        assert rest == whole[batches:]

    def test_that_workers_read_the_lake_itself(self, lake: Lake) -> None:
        from lake_core.training.torch_dataset import EpochDataset

        epoch = _demo_epoch(lake, 1)
        source = LakeEpoch(partial(_open, lake.settings), epoch.id)
        dataset = EpochDataset(source, encode=_key)
        given = [key for batch in self._loader(dataset, 64, 2) for key in zip(*batch, strict=True)]
        assert Counter(given) == Counter(map(_key, LakeEpoch(lake, epoch.id).samples()))
