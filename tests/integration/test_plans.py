"""Whatever else is in the log, a question about one space reads that space by its index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.store.history import seq_at_time

ROWS = int(os.environ.get("LAKE_TEST_ROWS", "200000"))
"""Changes of other spaces, and of the space's own past; 10,000,000 were tried by hand."""
FILL = """
INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch)
SELECT %(space_id)s, n, now() - (%(rows)s - n) * interval '1 millisecond', 1, 21, 'e' || n %% 5000,
    json_build_object('class_type', '', 'id', 'e' || n %% 5000, 'name', 'e',
        'parameters', '{}'::json,
        'position', ARRAY[n, 0.5, 0.5], 'rotation', ARRAY[0.5, 0.5, 0.5, 0.5],
        'scale', ARRAY[1.5, 1.5, 1.5], 'tags', '[]'::json)
FROM generate_series(%(first)s, %(rows)s) n
"""
QUESTIONS = {
    "sacred entities": (
        "SELECT entity_data FROM eustress_entities WHERE space_name = 's' "
        "AND flux_position IN (3, 6, 9) AND timestamp BETWEEN %(start)s AND %(end)s"
    ),
    "depths": (
        "SELECT entity_id, depth FROM eustress_hierarchy WHERE space_name = 's' "
        "AND snapshot_id = %(snapshot_id)s ORDER BY depth"
    ),
    "children": (
        "SELECT * FROM eustress_hierarchy WHERE space_name = 's' "
        "AND snapshot_id = %(snapshot_id)s AND parent_id = 'root'"
    ),
    "a snapshot": "SELECT * FROM eustress_snapshots WHERE id = %(snapshot_id)s",
    "an entity": (
        "SELECT * FROM eustress_entities WHERE space_name = 's' "
        "AND snapshot_id = %(snapshot_id)s AND id = 'leaf'"
    ),
}


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def wanted(lake: Lake, sql: Any) -> dict[str, Any]:
    """A small space beside a large one, and what of it is asked for."""
    edge = {"source_id": "root", "target_id": "leaf", "connection_type": "hierarchy"}
    entities = [{"id": "root", "position": [9, 0, 0]}, {"id": "leaf"}]
    body = {"space_name": "s", "entities": entities, "connections": [edge]}
    lake.ingest("batch", msgspec.json.encode(body)).result(20)
    taken = lake.create_snapshot("s").result(20).snapshot_id
    assert taken is not None
    sql.execute("INSERT INTO lake_spaces (space_name) VALUES ('large')")
    (space_id,) = sql.execute(
        "SELECT space_id FROM lake_spaces WHERE space_name = 'large'"
    ).fetchone()
    sql.execute(FILL, {"space_id": space_id, "first": 1, "rows": ROWS})
    sql.execute("ANALYZE")
    summary = lake.snapshot(taken)
    return {"snapshot_id": taken, "start": summary.timestamp, "end": summary.timestamp}


def scans(sql: Any) -> tuple[int, int]:
    """How often the log was read from end to end, and how many rows were taken by index."""
    sql.execute("SELECT pg_stat_force_next_flush()")
    row = sql.execute(
        "SELECT seq_scan, coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables "
        "WHERE relname = 'lake_changes'"
    ).fetchone()
    return int(row[0]), int(row[1])


def test_that_the_specifications_questions_read_no_other_space(
    sql: Any, wanted: dict[str, Any]
) -> None:
    for name, question in QUESTIONS.items():
        whole, by_index = scans(sql)
        assert sql.execute(question, wanted).fetchall(), name
        whole_after, by_index_after = scans(sql)
        assert whole_after == whole, f"{name} reads the whole log"
        assert by_index_after - by_index < 200, name


def test_that_states_lives_and_spaces_are_found_by_index(
    lake: Lake, sql: Any, wanted: dict[str, Any]
) -> None:
    whole, _ = scans(sql)
    assert lake.scene_at("s", wanted["snapshot_id"]).entity_count == 2
    assert [moment.kind for moment in lake.entity_history("s", "leaf")] == ["created"]
    assert {space.space_name: space.changes for space in lake.spaces()} == {"s": 3, "large": ROWS}
    assert lake.scene_at("s", wanted["end"]).entity_count == 2
    assert scans(sql)[0] == whole


def test_that_a_time_long_ago_is_found_in_a_few_looks(
    lake: Lake, sql: Any, wanted: dict[str, Any]
) -> None:
    """Whatever the time, and however long the log of the space."""
    (space_id,) = sql.execute(
        "SELECT space_id FROM lake_spaces WHERE space_name = 'large'"
    ).fetchone()
    for seq in (1, 2, ROWS // 3, ROWS - 1, ROWS):
        (at,) = sql.execute(
            "SELECT recorded_at FROM lake_changes WHERE space_id = %s AND seq = %s", (space_id, seq)
        ).fetchone()
        whole, by_index = scans(sql)
        assert seq_at_time(sql, space_id, at) == seq
        assert seq_at_time(sql, space_id, at - timedelta(microseconds=1)) == seq - 1
        whole_after, by_index_after = scans(sql)
        assert whole_after == whole
        assert by_index_after - by_index < 100
    assert seq_at_time(sql, space_id, at + timedelta(days=1)) == ROWS
