"""kill -9 while history is let go: what is held keeps its state, and the log holds together."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from lake_core.lake import Lake
from lake_core.scene.model import SnapshotEdit
from lake_core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

KEEPER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.upkeep.retention import AUTOMATIC, Retention
lake = Lake.open(Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[2])), ingesting=False)
policy = Retention(newest=3, triggers=("manual", *AUTOMATIC), grace=0.0)
step = int(sys.argv[3])
print("ready", flush=True)
while True:
    for _ in range(5):
        step += 1
        body = '{"space_name":"s","entity":{"id":"e%d","position":[%d,0,0]}}' % (step % 50, step)
        lake.ingest("entity", body.encode()).result(20)
    lake.create_snapshot("s").result(20)
    lake.apply_retention("s", policy, datetime.now(UTC) + timedelta(seconds=1), settled=0.0)
"""


@pytest.mark.timeout(600)
def test_that_letting_go_killed_at_any_moment_loses_nothing_that_is_kept(
    database_url: str, tmp_path: Path, fault_rounds: int
) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    chance = random.Random(963)
    lake = Lake.open(settings)
    held: dict[UUID, int] = {}
    step = 0
    for round_ in range(max(3, fault_rounds // 10)):
        lake.ingest("entity", b'{"space_name":"s","entity":{"id":"held"}}').result(20)
        taken = lake.create_snapshot("s").result(20).snapshot_id
        assert taken is not None
        ((_, scene),) = lake.scenes_at([taken])
        held[taken] = scene.state_hash
        if round_ % 2:
            lake.create_epoch([taken])
        else:
            lake.edit_snapshot(taken, SnapshotEdit(pinned=True))
        if len(held) > 2:  # let the oldest go, so that the log is cut again and again
            oldest = next(iter(held))
            for epoch in lake.epochs():
                if epoch.snapshot_ids == [oldest]:
                    lake.delete_epoch(epoch.id)
            lake.edit_snapshot(oldest, SnapshotEdit(pinned=False))
            del held[oldest]
        lake.close()
        step += 1000
        _keep_and_kill(settings, tmp_path, step, chance.uniform(0.1, 0.8))
        lake = Lake.open(settings)
        found = {summary.id: scene.state_hash for summary, scene in lake.scenes_at(list(held))}
        assert found == held
        check = lake.verify("s")
        assert check.faults == []
        for summary, scene in lake.scenes_at([each.id for each in lake.snapshots("s")]):
            assert summary.metadata.state_hash == f"{scene.state_hash:032x}"
    assert check.changes < lake.spaces()[0].changes  # the log was cut
    lake.close()


def _keep_and_kill(settings: Settings, tmp_path: Path, step: int, seconds: float) -> None:
    assert settings.database_url is not None
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, settings.database_url, str(tmp_path / "k"), str(step)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    keeper.kill()
    keeper.wait(20)
    keeper.stdout.close()
