"""`verify` on a real PostgreSQL: silent on what is whole, exact on what was tampered with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from lake_core.errors import NotFound
from lake_core.lake import Lake
from lake_core.settings import Settings

STEPS = 12


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    """A lake whose space `s` has a snapshot after each of its twelve steps, and a keyframe."""
    opened = Lake.open(settings)
    for step in range(STEPS):
        entities = [
            {"id": f"e{i}", "position": [i, step, 0], "parameters": {"pad": f"{step}" * 2400}}
            for i in range(60)
        ]
        edges = [
            {"source_id": f"e{step}", "target_id": f"e{i}", "connection_type": "hierarchy"}
            for i in range(20, 24)
        ]
        _ingest(opened, "batch", entities=entities, connections=edges)
        _ingest(opened, "entity/delete", entity_id=f"e{step}")
        opened.create_snapshot("s").result(10)
    _wait_for(lambda: _one(opened, "SELECT count(*) FROM lake_keyframes") > 0)
    yield opened
    opened.close()


def _ingest(lake: Lake, endpoint: str, **body: Any) -> None:
    lake.ingest(endpoint, msgspec.json.encode({"space_name": "s", **body})).result(10)


def _execute(lake: Lake, statement: str, *values: Any) -> None:
    with lake._database.reader() as connection:
        assert connection.execute(statement, values).rowcount > 0


def _one(lake: Lake, question: str) -> Any:
    with lake._database.reader() as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _faults(lake: Lake) -> list[tuple[str, int]]:
    return [(fault.kind, fault.seq) for fault in lake.verify("s").faults]


def test_that_what_is_whole_has_no_faults(lake: Lake) -> None:
    told: list[tuple[int, int]] = []
    check = lake.verify("s", lambda done, total: told.append((done, total)))
    assert check.faults == []
    assert check.changes == lake.spaces()[0].changes
    assert check.snapshots == len(lake.snapshots("s")) >= STEPS
    assert check.keyframes >= 1
    assert told[-1] == (check.changes, check.changes)
    with pytest.raises(NotFound):
        lake.verify("nowhere")


def test_that_a_change_that_was_altered_shows_in_every_snapshot_it_reaches(lake: Lake) -> None:
    later = lake.snapshots("s")[-2:]
    _execute(
        lake,
        "UPDATE lake_changes SET patch = replace(patch::text, '11', '12')::json"
        " WHERE kind = 2 AND seq = (SELECT max(seq) FROM lake_changes WHERE kind = 2)",
    )
    check = lake.verify("s")
    (fault,) = [fault for fault in check.faults if fault.kind == "snapshot"]
    assert (fault.seq, fault.snapshot_id) == (later[-1].seq, later[-1].id)
    assert "state hash" in fault.reason


def test_that_missing_changes_are_named_and_the_next_keyframe_leads_on(lake: Lake) -> None:
    snapshots = lake.snapshots("s")
    keyframe = _one(lake, "SELECT min(seq) FROM lake_keyframes")
    _execute(lake, "DELETE FROM lake_changes WHERE seq BETWEEN 3 AND 5")
    check = lake.verify("s")
    assert (check.faults[0].kind, check.faults[0].seq) == ("log", 3)
    assert "rows 3 to 5 are missing" in check.faults[0].reason
    lost = {fault.seq for fault in check.faults if fault.kind == "snapshot"}
    assert lost == {snapshot.seq for snapshot in snapshots if snapshot.seq < keyframe}


def test_that_a_keyframe_that_tells_otherwise_is_found(lake: Lake) -> None:
    seq = _one(lake, "SELECT min(seq) FROM lake_keyframes")
    _execute(
        lake,
        "UPDATE lake_keyframe_parts SET fluxes[1] = fluxes[1] - 1 WHERE kind = 1 AND seq = %s",
        seq,
    )
    assert _faults(lake) == [("keyframe", seq)]
    _execute(
        lake,
        "UPDATE lake_keyframe_parts SET documents = '[{\"id\": 1}]' WHERE kind = 1 AND seq = %s",
        seq,
    )
    assert _faults(lake) == [("keyframe", seq)]


def test_that_figures_that_were_altered_are_found(lake: Lake) -> None:
    snapshot = lake.snapshots("s")[4]
    _execute(
        lake,
        "UPDATE lake_snapshots SET metadata = jsonb_set(metadata, '{sacred_entity_count}', '999')"
        " WHERE id = %s",
        snapshot.id,
    )
    (fault,) = lake.verify("s").faults
    assert (fault.kind, fault.snapshot_id) == ("snapshot", snapshot.id)
    assert "sacred_entity_count is 999" in fault.reason


def test_that_changes_that_do_not_fit_and_a_log_cut_short_are_told(lake: Lake) -> None:
    last = lake.snapshots("s")[-1]
    _execute(lake, "UPDATE lake_changes SET key = 'ghost' WHERE seq = %s", last.seq)
    assert _faults(lake)[0][0] == "log"
    _execute(lake, "DELETE FROM lake_changes WHERE seq > %s", last.seq - 30)
    beyond = _faults(lake)
    assert ("snapshot", last.seq) in beyond
    assert all(seq > last.seq - 30 for _, seq in beyond)
