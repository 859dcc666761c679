"""kill -9 while history is put away or brought back: it is here or there, whole, and goes on."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings

OTHERS = """SELECT FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
ROOT = Path(__file__).resolve().parents[2]

MOVER = """
import shutil, sys
from pathlib import Path
from lake_core.lake import Lake
from lake_core.settings import Settings
lake = Lake.open(Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[2])), ingesting=False)
places, until = sys.argv[3:5], [int(each) for each in sys.argv[5:7]]
print("ready", flush=True)
while True:
    for place, seq in zip(places, until):
        lake.archive("s", place, seq, settled=0.0)
    for place in reversed(places):
        lake.restore_archive(place)
        shutil.rmtree(place)
"""


@pytest.mark.timeout(1200)
def test_that_archiving_and_restoring_killed_at_any_moment_lose_nothing(
    database_url: str, tmp_path: Path, fault_rounds: int
) -> None:
    settings = Settings(
        data_dir=tmp_path / "data", database_url=database_url, snapshot_threshold=1_000_000
    )
    chance = random.Random(369)
    states, until = _history(settings)
    places = [tmp_path / "first", tmp_path / "second"]
    moments: set[tuple[str, ...]] = set()
    rounds = max(4, fault_rounds // 10)
    for turn in range(4 * rounds):
        if turn >= rounds and len(moments) > 1:
            break
        # On a busy machine all kills may come before anything is written: then later ones.
        _move_and_kill(settings, places, until, chance.uniform(0.0, 0.7 * (1 + turn // rounds)))
        lake = Lake.open(settings)
        known = {each.place: each.state for each in lake.archived_stretches()}
        moments.add(tuple(known.get(str(place), "") for place in places))
        assert lake.verify("s").faults == []
        _everything_is_somewhere(lake, states)
        _gather(lake, places)
        here = {each.id: scene.state_hash for each, scene in lake.scenes_at(list(states))}
        assert here == states
        assert lake.verify("s").faults == []
        lake.close()
    assert len(moments) > 1, moments


def _history(settings: Settings) -> tuple[dict[UUID, int], list[int]]:
    """Forty snapshots with their states, and two places to cut at."""
    lake = Lake.open(settings)
    ids = []
    for step in range(40):
        entities = [{"id": f"e{i}", "position": [step, i, 0]} for i in range(90)]
        body = msgspec.json.encode({"space_name": "s", "entities": entities})
        lake.ingest("batch", body).result(20)
        ids.append(lake.create_snapshot("s").result(20).snapshot_id)
    found = [each for each in ids if each is not None]
    states = {each.id: scene.state_hash for each, scene in lake.scenes_at(found)}
    until = [lake.snapshot(found[place]).seq for place in (20, 35)]
    lake.close()
    assert len(states) == 40
    return states, until


def _move_and_kill(
    settings: Settings, places: list[Path], until: list[int], seconds: float
) -> None:
    assert settings.database_url is not None
    folder = settings.data_dir / "mover"
    arguments = [settings.database_url, folder, *places, *until]
    mover = subprocess.Popen(
        [sys.executable, "-c", MOVER, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert mover.stdout is not None
    assert mover.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    assert mover.poll() is None  # it has met no error
    mover.kill()
    mover.wait(20)
    mover.stdout.close()
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        while connection.execute(OTHERS).fetchone():  # what it was at ends, or is undone
            time.sleep(0.01)


def _everything_is_somewhere(lake: Lake, states: dict[UUID, int]) -> None:
    """Each snapshot is here with its state, or in an archive that is known and whole."""
    here = [each.id for each in lake.snapshots("s")]
    found = {each.id: scene.state_hash for each, scene in lake.scenes_at(here)}
    assert found.items() <= states.items()
    away = [each for each in lake.archived_stretches() if each.state == "archived"]
    assert len(here) + sum(each.snapshots for each in away) == len(states)
    assert all(Path(each.place, "manifest.json").is_file() for each in away)


def _gather(lake: Lake, places: list[Path]) -> None:
    """Go on with what was under way, until all is here again."""
    for stretch in lake.archived_stretches():
        if stretch.state != "archived":
            lake.archive("s", stretch.place, settled=0.0)
    away = [each for each in lake.archived_stretches() if each.state == "archived"]
    for stretch in reversed(away):
        lake.restore_archive(stretch.place)
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
