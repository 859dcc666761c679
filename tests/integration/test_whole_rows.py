"""A row of `eustress_snapshots` rebuilds what is selected, once, however deep the tree is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake

COLUMNS = ("connections", "entities", "hierarchy", "parameters")
DEPTH = 20_000
ADD_CHAIN = """
INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch)
SELECT s.space_id, n, now(), 1, 21, 'e' || n,
    json_build_object('id', 'e' || n, 'parameters', '{}'::json)
FROM lake_spaces s, generate_series(1, %(depth)s) n
UNION ALL
SELECT s.space_id, %(depth)s + n, now(), 4, -1,
    json_build_array('e' || n, 'e' || n + 1, 'hierarchy')::text,
    json_build_object(
        'source_id', 'e' || n, 'target_id', 'e' || n + 1, 'connection_type', 'hierarchy')
FROM lake_spaces s, generate_series(1, %(depth)s - 1) n
"""


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def calls(sql: Any) -> dict[str, int]:
    """How often each column was rebuilt since the last time this was asked."""
    sql.execute("SELECT pg_stat_force_next_flush()")
    rows = sql.execute(
        "SELECT substring(funcname FROM 'lake_(.*)_json'), calls FROM pg_stat_user_functions "
        "WHERE funcname ~ '^lake_.*_json$' AND calls > 0"
    ).fetchall()
    sql.execute("SELECT pg_stat_reset()")
    return dict(rows)


def test_that_only_what_is_selected_is_rebuilt(lake: Lake, sql: Any) -> None:
    for number in range(5):
        body = {"space_name": "s", "entities": [{"id": f"e{number}"}]}
        lake.ingest("batch", msgspec.json.encode(body)).result(20)
        lake.create_snapshot("s").result(20)
    sql.execute("SET track_functions = 'all'")
    calls(sql)
    newest = "FROM eustress_snapshots WHERE space_name = 's' ORDER BY timestamp DESC LIMIT 1"
    assert len(sql.execute("SELECT id, metadata FROM eustress_snapshots").fetchall()) == 5
    assert calls(sql) == {}
    for column in COLUMNS:
        sql.execute(f"SELECT {column} {newest}").fetchall()
        assert calls(sql) == {column: 1}
    sql.execute(f"SELECT * {newest}").fetchall()
    assert calls(sql) == dict.fromkeys(COLUMNS, 1)


def test_that_a_tree_of_many_levels_is_walked_in_seconds(lake: Lake, sql: Any) -> None:
    body = {"space_name": "s", "entity": {"id": "first"}}
    lake.ingest("entity", msgspec.json.encode(body)).result(20)
    sql.execute("DELETE FROM lake_changes")
    sql.execute(ADD_CHAIN, {"depth": DEPTH})
    sql.execute("ANALYZE")
    sql.execute("SET statement_timeout = '8s'")
    (depth,) = sql.execute(
        "SELECT lake_hierarchy_json(space_id, %s) -> 'depth_map' -> %s FROM lake_spaces",
        [2 * DEPTH, f"e{DEPTH}"],
    ).fetchone()
    assert depth == DEPTH - 1
