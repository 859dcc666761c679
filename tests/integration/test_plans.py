"""Whatever else is in the log, a question about one space reads that space by its index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.store.history import seq_at_time
from lake_core.store.pulse import upkeep_mark

ROWS = int(os.environ.get("LAKE_TEST_ROWS", "100000"))
"""Changes of other spaces, and of the space's own past; 10,000,000 were tried by hand."""
FILL = """
INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch)
SELECT %(space_id)s, n, now() - (%(rows)s - n) * interval '100 days' / %(rows)s, 1, 21,
    'e' || n %% 5000,
    json_build_object('class_type', '', 'id', 'e' || n %% 5000, 'name', 'e',
        'parameters', '{}'::json,
        'position', ARRAY[n, 0.5, 0.5], 'rotation', ARRAY[0.5, 0.5, 0.5, 0.5],
        'scale', ARRAY[1.5, 1.5, 1.5], 'tags', '[]'::json)
FROM generate_series(1, %(rows)s::integer) n
"""
ADD_SPACE = """
INSERT INTO lake_spaces (space_name) VALUES (%s) RETURNING space_id, lake_bucket_of(space_id)
"""
CALL_LARGE = "UPDATE lake_spaces SET space_name = 'large' WHERE space_id = %s"
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
    # The first that shares the small one's bucket has a long log; the others are beside it.
    for n in range(1000):
        space_id, bucket = sql.execute(ADD_SPACE, [f"other{n}"]).fetchone()
        is_near = bucket == bucket_of(sql, "s")
        sql.execute(FILL, {"space_id": space_id, "rows": ROWS if is_near else 50})
        if is_near:
            sql.execute(CALL_LARGE, [space_id])
            break
    lake.tidy()
    sql.execute("ANALYZE")
    summary = lake.snapshot(taken)
    return {"snapshot_id": taken, "start": summary.timestamp, "end": summary.timestamp}


def bucket_of(sql: Any, space_name: str) -> int:
    wanted = [space_name]
    (bucket,) = sql.execute(
        "SELECT lake_bucket_of(space_id) FROM lake_spaces WHERE space_name = %s", wanted
    ).fetchone()
    return int(bucket)


class Work(NamedTuple):
    """What reading took of the log's leaves."""

    whole: int
    """Rows read from end to end."""
    by_index: int
    """Rows found by an index."""
    elsewhere: int
    """Looks at leaves of other buckets than the small space's."""


def work(sql: Any) -> Work:
    """Since the database was made."""
    sql.execute("SELECT pg_stat_force_next_flush()")
    row = sql.execute(
        "SELECT sum(s.seq_tup_read), sum(coalesce(s.idx_tup_fetch, 0)), "
        "coalesce(sum(s.seq_scan + coalesce(s.idx_scan, 0)) FILTER (WHERE NOT starts_with("
        "  s.relname, 'lake_changes_' || lake_bucket_of(p.space_id) || '_')), 0) "
        "FROM pg_partition_tree('lake_changes') t JOIN pg_stat_user_tables s USING (relid), "
        "lake_spaces p WHERE p.space_name = 's'"
    ).fetchone()
    return Work(*map(int, row))


@contextmanager
def measured(sql: Any) -> Iterator[list[Work]]:
    """In the list, afterwards: what the block took."""
    taken: list[Work] = []
    before = work(sql)
    yield taken
    taken.append(Work(*(now - then for now, then in zip(work(sql), before, strict=True))))


def test_that_the_specifications_questions_read_no_other_space(
    sql: Any, wanted: dict[str, Any]
) -> None:
    for name, question in QUESTIONS.items():
        with measured(sql) as taken:
            assert sql.execute(question, wanted).fetchall(), name
        assert taken[0].whole < 100, f"{name} reads a whole leaf"
        assert taken[0].by_index < 200, name
        assert taken[0].elsewhere == 0, f"{name} looks into other buckets"


def test_that_a_question_is_planned_for_one_bucket(sql: Any, wanted: dict[str, Any]) -> None:
    """Whichever leaves its months have, all of them by their key and none of them sorted."""
    (space_id,) = sql.execute(
        "SELECT space_id FROM lake_spaces WHERE space_name = 'large'"
    ).fetchone()
    plan = str(
        sql.execute(
            f"EXPLAIN (FORMAT json) SELECT * FROM lake_changes WHERE space_id = {space_id} "
            "ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    )
    leaves = re.findall(r"'Relation Name': '(lake_changes_\w+)'", plan)
    assert len(leaves) > 3
    bucket = f"lake_changes_{bucket_of(sql, 'large')}_"
    assert all(leaf.startswith(bucket) for leaf in leaves)
    nodes = re.findall(r"'Node Type': '([\w ]+)'", plan)
    assert set(nodes) == {"Limit", "Merge Append", "Index Scan"}


def test_that_states_lives_and_spaces_are_found_by_index(
    lake: Lake, sql: Any, wanted: dict[str, Any]
) -> None:
    with measured(sql) as taken:
        assert lake.scene_at("s", wanted["snapshot_id"]).entity_count == 2
        assert [moment.kind for moment in lake.entity_history("s", "leaf")] == ["created"]
        assert lake.scene_at("s", wanted["end"]).entity_count == 2
    assert taken[0].whole < 100
    assert taken[0].elsewhere == 0
    with measured(sql) as taken:
        counts = {space.space_name: space.changes for space in lake.spaces()}
    assert (counts["s"], counts["large"]) == (3, ROWS)
    assert taken[0].whole < 100


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
        with measured(sql) as taken:
            assert seq_at_time(sql, space_id, at) == seq
            assert seq_at_time(sql, space_id, at - timedelta(microseconds=1)) == seq - 1
        assert taken[0].whole < 100
        assert taken[0].by_index < 100
    assert seq_at_time(sql, space_id, at + timedelta(days=1)) == ROWS


def test_that_marks_are_looked_for_among_few_snapshots(lake: Lake, sql: Any) -> None:
    """However many there are of which nothing was said."""
    many = 20_000
    lake.ingest("entity", b'{"space_name":"s","entity":{"id":"e"}}').result(20)
    sql.execute(
        "INSERT INTO lake_snapshots (space_id, id, seq, recorded_at, trigger, metadata, note) "
        "SELECT space_id, gen_random_uuid(), 1, now(), 'auto', '{}', "
        "  CASE WHEN n <= 5 THEN 'seen' ELSE '' END "
        "FROM lake_spaces, generate_series(1, %s) n",
        [many],
    )
    sql.execute("ANALYZE lake_snapshots")
    before = snapshots_read(sql)
    mark = upkeep_mark(sql, "s")  # here, for figures of others come late
    assert snapshots_read(sql) - before < 100
    sql.execute(
        "UPDATE lake_snapshots SET pinned = true WHERE id = ("
        "  SELECT id FROM lake_snapshots WHERE note = '' LIMIT 1)"
    )
    assert upkeep_mark(sql, "s") != mark


def snapshots_read(sql: Any) -> int:
    """Rows of snapshots that were looked at since the database was made."""
    sql.execute("SELECT pg_stat_force_next_flush()")
    row = sql.execute(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables "
        "WHERE relname = 'lake_snapshots'"
    ).fetchone()
    return int(row[0])
