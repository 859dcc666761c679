"""Each format writes what it reads back, and notices what is broken."""

from __future__ import annotations

import json
import tarfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lake_core.curate.histories import FluxHistories
from lake_core.curate.sample import SnapshotSamples
from lake_core.curate.samples import SampleReader
from lake_core.errors import ExportFailed
from lake_core.export import shards
from lake_core.export.jsonl import JsonlFormat
from lake_core.export.options import ExportOptions
from lake_core.export.parquet import ParquetFormat
from lake_core.export.shards import Format, ShardedWriter
from lake_core.export.webdataset import WebDatasetFormat, header
from lake_core.scene.model import ConnectionUpdate, EntityUpdate, SnapshotSummary
from lake_core.scene.state import Scene

FORMS: tuple[Format, ...] = (ParquetFormat(), JsonlFormat(), WebDatasetFormat())


def _samples(count: int) -> SnapshotSamples:
    scene = Scene("räum")
    for number in range(count):
        scene.update_entity(EntityUpdate(id=f"é{number}", parameters={"n": number, "deep": [{}]}))
    scene.update_connection(
        ConnectionUpdate(source_id="é0", target_id="é1", connection_type="hierarchy")
    )
    summary = SnapshotSummary(
        id=uuid.UUID(int=7),
        space_name="räum",
        timestamp=datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC),
        seq=scene.seq,
        trigger="manual",
        pinned=False,
        metadata=scene.metadata(),
    )
    histories = FluxHistories()
    histories.add(scene)
    return SampleReader(ExportOptions(), histories).read(summary, scene)


def _write(form: Format, directory: Path, count: int) -> list[shards.DataFile]:
    directory.mkdir(exist_ok=True)
    writer = ShardedWriter(form, directory, lambda: None)
    writer.write("train", _samples(count))
    return writer.finish()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_that_files_are_named_numbered_and_counted(form: Format, tmp_path: Path) -> None:
    files = _write(form, tmp_path, 30)
    name = "train-000000" if form.name == "webdataset" else "train-00000-of-00001"
    assert [(file.path, file.rows) for file in files] == [
        (f"data/{name}.{form.suffix}", 30),
        (f"connections/{name}.{form.suffix}", 1),
    ]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_that_a_full_file_is_followed_by_another(
    form: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "rows_per_file", 10)
    monkeypatch.setattr(shards, "ROWS_PER_BLOCK", 8)
    files = [file for file in _write(form, tmp_path, 30) if file.folder == shards.DATA]
    assert [file.rows for file in files] == [16, 14]
    name = "train-000001" if form.name == "webdataset" else "train-00001-of-00002"
    assert files[1].path == f"data/{name}.{form.suffix}"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_that_the_same_samples_make_the_same_bytes(form: Format, tmp_path: Path) -> None:
    first, second = (_write(form, tmp_path / name, 30) for name in ("a", "b"))
    assert [file.sha256 for file in first] == [file.sha256 for file in second]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_that_a_damaged_file_is_noticed_on_reading_back(form: Format, tmp_path: Path) -> None:
    path = tmp_path / _write(form, tmp_path, 30)[0].path
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-12_000], whole[:600] + whole[1_112:]):
        path.write_bytes(damaged)
        with pytest.raises(ExportFailed):
            form.read_back(path, shards.DATA)


def test_that_all_formats_hold_the_same_samples(tmp_path: Path) -> None:
    for form in FORMS:
        _write(form, tmp_path / form.name, 30)
    table = pq.read_table(tmp_path / "parquet/data/train-00000-of-00001.parquet")
    lines = (tmp_path / "jsonl/data/train-00000-of-00001.jsonl").read_text().splitlines()
    members = _members(tmp_path / "webdataset/data/train-000000.tar")
    for row, line, member in zip(table.to_pylist(), lines, members.values(), strict=True):
        assert json.loads(line) == json.loads(member)
        for field in ("parameters", "entity"):
            row[field] = json.loads(row[field])
        row["timestamp"] = row["timestamp"].isoformat().replace("+00:00", "Z")
        assert row == json.loads(line)


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        opened = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in opened.items() if file is not None}


def test_that_keys_of_a_webdataset_are_unique_over_its_files_and_free_of_dots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = WebDatasetFormat()
    monkeypatch.setattr(form, "rows_per_file", 10)
    monkeypatch.setattr(shards, "ROWS_PER_BLOCK", 10)
    files = [file.path for file in _write(form, tmp_path, 30) if file.folder == shards.DATA]
    names = [name for path in files for name in _members(tmp_path / path)]
    assert len(names) == len(set(names)) == 30
    assert names == sorted(names)
    assert {name.count(".") for name in names} == {1}
    assert all(name.endswith(".json") for name in names)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset's own
def test_that_webdataset_opens_what_was_written(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset", reason="webdataset is not installed")
    _write(WebDatasetFormat(), tmp_path, 30)
    files = str(tmp_path / "data/train-{000000..000000}.tar")
    opened = webdataset.WebDataset(files, shardshuffle=False).decode()
    assert [sample["json"]["entity_id"] for sample in opened] == [f"é{n}" for n in range(30)]


@pytest.mark.parametrize("size", [0, 1, 511, 10_000_000])
def test_that_a_header_is_the_one_the_standard_library_makes(size: int) -> None:
    member = tarfile.TarInfo("train-000000-00000007.json")
    member.size = size
    made = header(member.name.encode(), size)
    assert made == member.tobuf(tarfile.USTAR_FORMAT)


def test_that_columns_listed_are_the_columns_written(tmp_path: Path) -> None:
    _write(FORMS[1], tmp_path, 2)
    for folder in (shards.DATA, shards.CONNECTIONS):
        line = (tmp_path / folder / "train-00000-of-00001.jsonl").read_text().splitlines()[0]
        assert list(json.loads(line)) == [column.name for column in FORMS[1].columns(folder)]
        assert {c.name for c in FORMS[0].columns(folder)} == {
            c.name for c in FORMS[1].columns(folder)
        }
