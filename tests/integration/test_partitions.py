"""The log in leaves, one a bucket of spaces and a month: ahead of need, and dropped whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store import upkeep
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.history import load_scene
from lake_core.store.keyframes import take, write
from lake_core.store.migrate import migrate, migrations
from lake_core.store.partitions import make_partitions
from lake_core.store.queries import SQL
from tests.conftest import fresh_database
from tests.integration.outages import wait_for

TODAY = datetime(2031, 5, 17, 12, tzinfo=UTC)
FILL = """
INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch)
SELECT %(space_id)s, n, %(begin)s::timestamptz + n * %(step)s::interval, 1, 20, 'e' || n %% 7,
    json_build_object('class_type', '', 'id', 'e' || n %% 7, 'name', 'e', 'parameters', '{}'::json,
        'position', ARRAY[n, 0.5, 0.5], 'rotation', ARRAY[0.5, 0.5, 0.5, 0.5],
        'scale', ARRAY[1.5, 1.5, 1.5], 'tags', '[]'::json)
FROM generate_series(1, %(rows)s) n
"""


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def make_space(sql: Any, name: str, begin: datetime, step: timedelta, rows: int) -> int:
    """A space with a long past, written as if its writer had been there."""
    row = sql.execute(
        "INSERT INTO lake_spaces (space_name) VALUES (%s) RETURNING space_id", [name]
    ).fetchone()
    wanted = {"space_id": row[0], "begin": begin, "step": step, "rows": rows}
    sql.execute(FILL, wanted)
    return int(row[0])


def bucket_of(sql: Any, space_id: int) -> int:
    return int(sql.execute("SELECT lake_bucket_of(%s)", [space_id]).fetchone()[0])


def leaves(sql: Any, space_id: int) -> dict[str, int]:
    """How many rows of a space each leaf of its bucket holds: `2031_05`, …, `default`.

    Without the leaf of the month in which the test runs, which is made with the space.
    """
    bucket = f"lake_changes_{bucket_of(sql, space_id)}"
    names = sql.execute(
        "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf "
        "AND relid::regclass::text <> %s || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM') "
        "ORDER BY 1",
        [bucket, bucket],
    )
    counted = "SELECT count(*) FROM {} WHERE space_id = %s"
    return {
        name.removeprefix(f"{bucket}_"): sql.execute(counted.format(name), [space_id]).fetchone()[0]
        for (name,) in names.fetchall()
    }


def waiting_for_locks(sql: Any) -> int:
    """How many of this database's connections wait for a lock."""
    row = sql.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    return int(row[0])


def test_that_a_new_space_needs_not_wait_for_its_month(lake: Lake, sql: Any) -> None:
    body = {"space_name": "s", "entities": [{"id": "a"}]}
    lake.ingest("batch", msgspec.json.encode(body)).result(20)
    told = sql.execute(
        "SELECT tableoid::regclass::text = 'lake_changes_' || lake_bucket_of(space_id) "
        "|| to_char(recorded_at AT TIME ZONE 'UTC', '_YYYY_MM') FROM lake_changes"
    ).fetchall()
    assert told == [(True,)]


def test_that_two_spaces_of_a_bucket_may_be_made_at_once(
    lake: Lake, sql: Any, database_url: str
) -> None:
    """The second neither fails nor waits for the leaf that the first is about to make."""
    with psycopg.connect(database_url) as other:
        first = make_space(other, "s0", TODAY, timedelta(seconds=1), 1)
        for n in range(1, 100):
            begun = time.monotonic()
            second = sql.execute(
                "INSERT INTO lake_spaces (space_name) VALUES (%s) RETURNING space_id", [f"s{n}"]
            ).fetchone()[0]
            assert time.monotonic() - begun < 5
            if bucket_of(sql, second) == bucket_of(other, first):
                break
        else:
            pytest.fail("no space shared the bucket")
    sql.execute(FILL, {"space_id": second, "begin": TODAY, "step": timedelta(1), "rows": 3})
    assert make_partitions(sql, TODAY) == 3


def test_that_leaves_are_there_months_before_they_are_needed(lake: Lake, sql: Any) -> None:
    space_id = make_space(sql, "s", TODAY, timedelta(seconds=1), 10)
    assert leaves(sql, space_id) == {"default": 10}
    assert make_partitions(sql, TODAY) == 3
    assert leaves(sql, space_id) == {"2031_05": 10, "2031_06": 0, "2031_07": 0, "default": 0}
    assert make_partitions(sql, TODAY) == 0
    assert make_partitions(sql, TODAY + timedelta(days=31)) == 1
    assert "2031_08" in leaves(sql, space_id)


def test_that_a_month_begins_at_the_same_instant_whoever_asks(lake: Lake, sql: Any) -> None:
    """Rows are put by UTC, wherever the session is at home."""
    sql.execute("SET TimeZone = 'Pacific/Kiritimati'")
    last = datetime(2031, 5, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    space_id = make_space(sql, "s", last, timedelta(microseconds=1), 2)
    make_partitions(sql, TODAY)
    sql.execute("SET TimeZone = 'America/Los_Angeles'")
    assert make_partitions(sql, TODAY) == 0
    assert leaves(sql, space_id)["2031_06"] == 2
    assert lake.scene_at("s", last + timedelta(microseconds=1)).seq == 1


def test_that_no_clock_makes_a_row_be_refused_and_all_find_their_month_later(
    lake: Lake, sql: Any
) -> None:
    space_id = make_space(sql, "s", datetime(1971, 1, 15, tzinfo=UTC), timedelta(days=8000), 9)
    assert leaves(sql, space_id) == {"default": 9}
    make_partitions(sql, TODAY)
    found = leaves(sql, space_id)
    assert found.pop("default") == 0
    assert sum(found.values()) == 9
    assert sum(count == 1 for count in found.values()) == 9
    assert lake.scene_at("s", 9).entity_count == 7


def test_that_many_servers_may_make_leaves_at_once(lake: Lake, sql: Any, database_url: str) -> None:
    spaces = [make_space(sql, f"s{n}", TODAY, timedelta(days=9), 9) for n in range(12)]
    failures: list[BaseException] = []

    def make() -> None:
        try:
            with psycopg.connect(database_url, autocommit=True) as connection:
                make_partitions(connection, TODAY)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    make_partitions(sql, TODAY)  # what one had to leave to another that was at it
    assert failures == []
    for space_id in spaces:
        found = leaves(sql, space_id)
        assert (found["default"], sum(found.values())) == (0, 9)


def test_that_making_leaves_gives_way_to_readers_and_is_done_later(
    lake: Lake, sql: Any, database_url: str
) -> None:
    space_id = make_space(sql, "s", TODAY, timedelta(seconds=1), 10)
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT count(*) FROM lake_changes")  # its locks last as it does
        assert make_partitions(sql, TODAY) == 0
        assert leaves(sql, space_id) == {"default": 10}
    assert make_partitions(sql, TODAY) == 3


def test_that_nothing_is_missed_or_refused_while_rows_move_into_their_month(
    lake: Lake, sql: Any, database_url: str
) -> None:
    """Who came meanwhile must not go on with the leaves there were before."""
    space_id = make_space(sql, "s", TODAY, timedelta(seconds=1), 10)
    bucket = f"lake_changes_{bucket_of(sql, space_id)}"
    told: list[Any] = []

    def read() -> None:
        with psycopg.connect(database_url) as reader:
            counted = "SELECT count(*), max(seq) FROM lake_changes WHERE space_id = %s AND seq < 11"
            told.append(reader.execute(counted, [space_id]).fetchone())

    def append() -> None:
        with psycopg.connect(database_url) as writer:
            writer.execute(
                "INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key) "
                "VALUES (%s, 11, %s, 2, 0, 'e1')",
                [space_id, TODAY],
            )
        told.append("appended")

    threads = [threading.Thread(target=read), threading.Thread(target=append)]
    with psycopg.connect(database_url, autocommit=True) as looker, sql.transaction():
        sql.execute("SELECT lake_make_leaf(%s, '2031-05-01')", [bucket])
        for thread in threads:
            thread.start()
        wait_for(lambda: waiting_for_locks(looker) == 2)
    for thread in threads:
        thread.join(30)
    assert sorted(told, key=str) == [(10, 10), "appended"]
    assert leaves(sql, space_id) == {"2031_05": 11, "default": 0}


def test_that_history_that_goes_takes_whole_leaves_with_it(lake: Lake, sql: Any) -> None:
    """A leaf in which another space has something loses rows; the others are no more."""
    begin = datetime(2024, 1, 2, tzinfo=UTC)
    first = make_space(sql, "first", begin, timedelta(days=1), 300)
    bucket = bucket_of(sql, first)
    others = (make_space(sql, f"o{n}", begin, timedelta(days=5), 5) for n in range(200))
    other = next(each for each in others if bucket_of(sql, each) == bucket)
    make_partitions(sql, datetime(2024, 11, 1, tzinfo=UTC))
    assert leaves(sql, first)["2024_03"] == 31
    cut(sql, first, "first", 130)  # 2024-05-11
    assert leaves(sql, first) == {
        "2024_01": 0, "2024_05": 20, "2024_06": 30, "2024_07": 31, "2024_08": 31, "2024_09": 30,
        "2024_10": 28, "2024_11": 0, "2024_12": 0, "2025_01": 0, "default": 0,
    }  # fmt: skip
    assert leaves(sql, other)["2024_01"] == 5
    assert lake.verify("first").faults == []
    assert lake.scene_at("first", 200).seq == 200


def test_that_history_goes_row_by_row_where_someone_reads(
    lake: Lake, sql: Any, database_url: str
) -> None:
    space_id = make_space(sql, "s", datetime(2024, 1, 2, tzinfo=UTC), timedelta(days=1), 90)
    make_partitions(sql, datetime(2024, 4, 1, tzinfo=UTC))
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT count(*) FROM lake_changes")
        cut(sql, space_id, "s", 80)
        assert sum(leaves(sql, space_id).values()) == 10
        assert leaves(sql, space_id)["2024_02"] == 0
    lake.tidy()
    assert "2024_02" not in leaves(sql, space_id)  # empty, and its month is over
    assert lake.verify("s").faults == []


def test_that_what_was_let_go_is_gone_for_all_though_its_rows_are_there_still(
    lake: Lake, sql: Any, tmp_path: Path
) -> None:
    """Whoever is to sweep up may be killed before."""
    space_id = make_space(sql, "s", datetime(2024, 1, 2, tzinfo=UTC), timedelta(days=1), 90)
    before = lake.verify("s")
    state = lake.scene_at("s", 85).state_hash
    place = str(tmp_path / "cold")
    lake.archive("s", place, 80, settled=1e9)
    with sql.transaction():
        upkeep.raise_floor(sql, space_id, 80)
    check = lake.verify("s")
    assert (check.faults, check.changes, before.changes) == ([], 10, 90)
    assert [moment.seq for moment in lake.entity_history("s", "e1")] == [85]
    assert lake.scene_at("s", 85).state_hash == state
    sql.execute("UPDATE lake_archives SET released_at = now()")
    lake.restore_archive(place)
    assert sum(leaves(sql, space_id).values()) == 90
    assert lake.verify("s").faults == []
    with sql.transaction():
        upkeep.raise_floor(sql, space_id, 80)
    lake.tidy()
    assert sum(leaves(sql, space_id).values()) == 10
    assert lake.verify("s").faults == []


def test_that_parts_of_no_keyframe_are_in_nobodys_way(lake: Lake, sql: Any) -> None:
    """No key ties them to theirs: a crash between two servers may leave them."""
    space_id = make_space(sql, "s", TODAY, timedelta(seconds=1), 90)
    state = load_scene(sql, space_id, "s", 50)
    write(sql, take(state, space_id))
    sql.execute("DELETE FROM lake_keyframes")
    sql.execute("UPDATE lake_keyframe_parts SET documents = '[]', fluxes = '{}'")
    assert lake.scene_at("s", 50).state_hash == state.state_hash
    write(sql, take(state, space_id))
    assert lake.scene_at("s", 60).entity_count == 7
    assert lake.verify("s").faults == []


def test_that_an_older_log_moves_into_leaves_with_its_keyframes(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with fresh_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as sql:
            sql.execute(SQL["create_migrations"])
            for number, (name, statements) in migrations().items():
                if number < 11:
                    sql.execute(statements)
                    sql.execute(SQL["record_migration"], {"number": number, "name": name})
            begin = datetime(2024, 1, 20, tzinfo=UTC)
            spaces = [make_space(sql, f"s{n}", begin, timedelta(days=1), 30) for n in range(3)]
            sql.execute(
                "INSERT INTO lake_keyframes SELECT space_id, 20 FROM lake_spaces;"
                "INSERT INTO lake_keyframe_parts SELECT space_id, 20, 0, 1, '{20}',"
                "  json_build_array(patch) FROM lake_changes WHERE seq = 20"
            )
            assert "0011_partitions" in migrate(sql)
            for space_id in spaces:
                found = leaves(sql, space_id)
                assert (found["2024_01"], found["2024_02"], found["default"]) == (11, 19, 0)
            (parts,) = sql.execute("SELECT count(*) FROM lake_keyframe_parts").fetchone() or ()
            assert parts == 3
        lake = Lake.open(Settings(port=0, data_dir=tmp_path, database_url=url))
        assert lake.scene_at("s1", 19).entity_count == 7
        assert lake.scene_at("s1", 20).entity_count == 1  # the keyframe says so
        body = {"space_name": "s1", "entities": [{"id": "new"}]}
        assert lake.ingest("batch", msgspec.json.encode(body)).result(20).seq == 31
        lake.close()


def cut(sql: Any, space_id: int, name: str, seq: int) -> None:
    """What retention does once nothing needs what is before a place."""
    write(sql, take(load_scene(sql, space_id, name, seq), space_id))
    with sql.transaction():
        assert upkeep.raise_floor(sql, space_id, seq) == seq
    upkeep.sweep(sql, space_id)
