"""Where archives lie: folders, object stores, what fsspec opens; and what is damaged there."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pyarrow.parquet as pq
import pytest

from lake_core.errors import Cancelled, Conflict, Gone, InvalidInput, LakeError, PlaceFault
from lake_core.lake import Lake
from tests.integration.past_of_ten import stored, ten_snapshots


@pytest.fixture
def ids(lake: Lake) -> list[UUID]:
    """Ten snapshots, three changes apart."""
    return ten_snapshots(lake)


def test_that_a_place_that_holds_something_is_left_alone(
    lake: Lake, ids: list[UUID], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Conflict, match="not empty"):
        lake.archive("s", str(tmp_path / "mine"), ids[5], settled=0.0)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    lake.archive("s", str(tmp_path / "cold"), ids[5], settled=0.0)
    with pytest.raises(Conflict, match="holds an archive already"):
        lake.archive("s", str(tmp_path / "cold"), ids[7], settled=0.0)
    with pytest.raises(InvalidInput, match="no archive"):
        lake.restore_archive(str(tmp_path / "mine"))
    with pytest.raises(InvalidInput, match="password"):
        lake.archive("s", "s3://me:secret@bucket/cold", ids[7])
    with pytest.raises(InvalidInput, match=r"no way to open gopher.*use a folder"):
        lake.archive("s", "gopher://hole/cold", ids[7])


def test_that_a_place_may_begin_at_home_and_must_be_said(
    lake: Lake, ids: list[UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for nothing in ("", " "):
        with pytest.raises(InvalidInput, match="say where"):
            lake.archive("s", nothing, ids[5])
    told = lake.archive("s", "~/cold", ids[5], settled=0.0)
    assert told.place == str(tmp_path / "cold")
    lake.restore_archive("~/cold")
    assert not (tmp_path / "~").exists()


def rewrite(folder: Path, **changes: Any) -> None:
    """Change fields of a manifest; `files` by what is on disk now."""
    path = folder / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes()) | changes
    for file in manifest["files"]:
        file["sha256"] = hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest()
    path.write_bytes(msgspec.json.encode(manifest))


def flip(folder: Path) -> None:
    path = folder / "changes-00000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def drop_row(folder: Path) -> None:
    path = folder / "changes-00000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(0, table.num_rows - 1), path)
    rewrite(folder)


def alter_row(folder: Path) -> None:
    path = folder / "changes-00000.parquet"
    table = pq.read_table(path)
    patches = table.column("patch").to_pylist()
    patches[3] = patches[3].replace("2", "7")  # that of the first snapshot
    column = table.schema.get_field_index("patch")
    pq.write_table(table.set_column(column, table.schema.field("patch"), [patches]), path)
    rewrite(folder)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, "checksum"),
        (drop_row, "rows end at"),
        (alter_row, "the state hash is"),
        (lambda folder: (folder / "snapshots-00000.parquet").unlink(), "has no snapshots"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "no archive"),
        (lambda folder: rewrite(folder, format="x/1"), "of format"),
        (lambda folder: rewrite(folder, snapshot_ids=[]), "not those it lists"),
        (lambda folder: rewrite(folder, to_state_hash="0" * 32), "another history"),
    ],
)
def test_that_a_damaged_archive_changes_nothing(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path, harm: Any, said: str
) -> None:
    folder = tmp_path / "cold"
    lake.archive("s", str(folder), ids[5], settled=0.0)
    before = stored(database_url)
    harm(folder)
    with pytest.raises(LakeError, match=said):
        lake.restore_archive(str(folder))
    assert stored(database_url) == before
    assert len(lake.archived_stretches()) == 1


def test_that_what_is_damaged_before_it_is_let_go_stays_here(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "cold"
    before = stored(database_url)
    lake.archive("s", str(folder), ids[5])
    flip(folder)
    assert len(lake.release_archives(settled=0.0)) == 1
    assert stored(database_url) == before
    with pytest.raises(LakeError, match="checksum"):
        lake.archive("s", str(folder), settled=0.0)
    assert stored(database_url) == before


# -- an object store


@pytest.fixture(scope="module")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real S3-compatible server: what follows a bucket's name in a URL to reach it."""
    log = tmp_path_factory.mktemp("store") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as written:
        server = subprocess.Popen(command, stdout=written, stderr=written)
    login = {
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in login.items():
                environment.setenv(name, value)
            address = _address(log)
            put = urllib.request.Request(f"http://{address}/cold", method="PUT")
            urllib.request.urlopen(put, timeout=10).close()
            yield f"?endpoint_override={address}&scheme=http&region=us-east-1"
    finally:
        server.kill()
        server.wait(20)


def _address(log: Path) -> str:
    """Host and port, once the server says that it runs."""
    deadline = time.monotonic() + 60
    while (said := re.search(r"Running on http://([\d.:]+)", log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return said[1]


def test_that_an_object_store_holds_an_archive_as_a_folder_does(
    lake: Lake, ids: list[UUID], database_url: str, object_store: str
) -> None:
    before = stored(database_url)
    place = f"s3://cold/lake/monday{object_store}"
    told = lake.archive("s", place, ids[6], settled=0.0)
    assert (told.state, told.place) == ("archived", place)
    assert told.bytes > 0
    with pytest.raises(Gone, match="s3://cold/lake/monday"):
        lake.snapshot(ids[0])
    with pytest.raises(Conflict, match="holds an archive already"):
        lake.archive("s", place, settled=0.0)
    lake.restore_archive(place)
    assert stored(database_url) == before
    assert lake.verify("s").faults == []
    with pytest.raises(Cancelled):
        lake.archive("s", f"s3://cold/two{object_store}", cancelled=lambda: True, settled=0.0)
    with pytest.raises(InvalidInput, match="no archive"):
        lake.restore_archive(f"s3://cold/two{object_store}")
    with pytest.raises(PlaceFault, match="cannot be reached"):
        lake.archive("s", f"s3://no-such-bucket/two{object_store}", settled=0.0)
    assert stored(database_url) == before


def test_that_places_only_fsspec_knows_hold_an_archive_too(
    lake: Lake, ids: list[UUID], database_url: str
) -> None:
    before = stored(database_url)
    lake.archive("s", "memory://cold/monday", ids[6], settled=0.0)
    lake.restore_archive("memory://cold/monday")
    assert stored(database_url) == before


def test_that_a_place_that_fails_midway_changes_nothing(
    lake: Lake, ids: list[UUID], database_url: str, tmp_path: Path
) -> None:
    before = stored(database_url)
    folder = tmp_path / "cold"

    def fail() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("no folder any more")
        return False

    with pytest.raises(PlaceFault, match="cannot be reached"):
        lake.archive("s", str(folder), ids[6], cancelled=fail, settled=0.0)
    assert stored(database_url) == before
    assert lake.archived_stretches() == []
    (worry,) = lake.upkeep_report().worries
    assert "archive failed" in worry
