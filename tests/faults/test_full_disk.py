"""PostgreSQL's disk runs full under load: changes rest in the spool until there is room again."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings

ENTITIES = 40


@pytest.fixture
def small_disk(data_dir: Path) -> Iterator[Path]:
    """A data directory whose cluster lies on a file system of 120 MB."""
    folder = data_dir / "postgres"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(_mount("size=120m", folder), check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield data_dir
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(options: str, folder: Path) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", options, "lake-test", str(folder)]


def _body(step: int) -> bytes:
    # Random text, so that no compression makes it small.
    noise = os.urandom(30_000).hex()
    entities = [
        {"id": f"e{number}", "parameters": {"step": step, "noise": f"{noise}{number}"}}
        for number in range(ENTITIES)
    ]
    return msgspec.json.encode({"space_name": "full", "entities": entities})


@pytest.mark.timeout(180)
def test_that_a_full_disk_loses_nothing(small_disk: Path) -> None:
    lake = Lake.open(Settings(data_dir=small_disk))
    step = 0
    while lake.health().database_ok:
        assert lake.ingest("batch", _body(step)).result(60).accepted == ENTITIES
        step += 1
        assert step < 400, "the disk did not run full"
    for _ in range(3):
        assert lake.ingest("batch", _body(step)).result(60).accepted == ENTITIES
        step += 1
    assert lake.health().spooled >= 3
    folder = str(small_disk / "postgres")
    subprocess.run(["mount", "-o", "remount,size=2g", folder], check=True)
    deadline = time.monotonic() + 90
    while not lake.health().database_ok:
        assert time.monotonic() < deadline, "the spool was not delivered"
        time.sleep(0.1)
    address = lake.sql_address()
    assert address is not None
    with psycopg.connect(address) as connection:
        told = connection.execute(
            "SELECT key, array_agg((patch->'parameters'->>'step')::int ORDER BY seq) "
            "FROM lake_changes GROUP BY key"
        ).fetchall()
    assert dict(told) == {f"e{number}": list(range(step)) for number in range(ENTITIES)}
    lake.close()
