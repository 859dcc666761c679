"""Each SQL example of the specification, run as it is written there, answers as it means it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lake_core.lake import Lake
from lake_core.scene.flux import flux_position
from lake_core.store import keyframes
from lake_core.store.history import find_space

SPACE = "quantum_mechanics"
SCENE = {
    "space_name": SPACE,
    "entities": [
        {"id": "root_entity", "class_type": "Atom", "position": [9, 0, 0]},
        {"id": "electron", "position": [4, 0, 0], "parameters": {"spin": 0.5, "note": None}},
        {"id": "photon", "position": [1, 2, 3], "tags": ["light"], "colour": "red"},
        {"id": "quark", "position": [1e-60, 0, 0], "parameters": {"digital_root_flux": 3}},
    ],
    "connections": [
        {"source_id": "root_entity", "target_id": "electron", "connection_type": "hierarchy"},
        {"source_id": "electron", "target_id": "photon", "connection_type": "hierarchy"},
        {"source_id": "photon", "target_id": "quark", "connection_type": "entangled"},
    ],
}


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def ingest(lake: Lake, endpoint: str, body: object) -> None:
    lake.ingest(endpoint, msgspec.json.encode(body)).result(10)


def take_snapshot(lake: Lake, space: str = SPACE) -> Any:
    return lake.create_snapshot(space).result(10).snapshot_id


def test_that_the_sacred_query_finds_entities_at_3_6_and_9(lake: Lake, sql: Any) -> None:
    ingest(lake, "batch", SCENE)
    snapshot_id = take_snapshot(lake)
    rows = sql.execute(
        """
        SELECT * FROM eustress_entities
        WHERE space_name = 'quantum_mechanics'
          AND flux_position IN (3, 6, 9);
        """
    )
    columns = [column.name for column in rows.description]
    assert columns == [
        "id", "space_name", "snapshot_id", "entity_data", "flux_position", "position", "timestamp",
    ]  # fmt: skip
    found = {row[0]: row for row in rows}
    assert {i: row[4] for i, row in found.items()} == {"root_entity": 9, "photon": 6, "quark": 3}
    assert all(row[2] == snapshot_id for row in found.values())
    assert found["photon"][5] == [1.0, 2.0, 3.0]
    assert found["photon"][3]["colour"] == "red"


def test_that_the_children_query_finds_the_children_of_an_entity(lake: Lake, sql: Any) -> None:
    ingest(lake, "batch", SCENE)
    take_snapshot(lake)
    rows = sql.execute(
        """
        SELECT * FROM eustress_hierarchy
        WHERE space_name = 'quantum_mechanics'
          AND parent_id = 'root_entity';
        """
    ).fetchall()
    assert [(row[2], row[3], row[4]) for row in rows] == [("electron", "root_entity", 1)]


def test_that_the_depth_query_finds_entities_at_a_depth(lake: Lake, sql: Any) -> None:
    ingest(lake, "batch", SCENE)
    take_snapshot(lake)
    rows = sql.execute(
        """
        SELECT * FROM eustress_hierarchy
        WHERE space_name = 'quantum_mechanics'
          AND depth = 2;
        """
    ).fetchall()
    assert [row[2] for row in rows] == ["photon"]


def test_that_the_efficient_queries_run_as_prepared_statements(lake: Lake, sql: Any) -> None:
    ingest(lake, "batch", SCENE)
    snapshot_id = take_snapshot(lake)
    sql.execute(
        """
        PREPARE sacred(text, timestamptz, timestamptz) AS
        SELECT entity_data
        FROM eustress_entities
        WHERE space_name = $1
          AND flux_position IN (3, 6, 9)
          AND timestamp BETWEEN $2 AND $3;
        """
    )
    day = "now() - interval '1 day', now() + interval '1 day'"
    assert len(sql.execute(f"EXECUTE sacred('{SPACE}', {day})").fetchall()) == 3
    assert not sql.execute(f"EXECUTE sacred('{SPACE}', now(), now())").fetchall()
    sql.execute(
        """
        PREPARE depths(text, uuid) AS
        SELECT entity_id, depth
        FROM eustress_hierarchy
        WHERE space_name = $1
          AND snapshot_id = $2
        ORDER BY depth;
        """
    )
    rows = sql.execute(f"EXECUTE depths('{SPACE}', '{snapshot_id}')").fetchall()
    assert [depth for _, depth in rows] == [0, 0, 1, 2]


def test_that_the_columns_have_the_specifications_types(lake: Lake, sql: Any) -> None:
    wanted = {
        "eustress_snapshots": {
            "id": "uuid", "space_name": "text", "timestamp": "timestamp with time zone",
            "entities": "jsonb", "connections": "jsonb", "hierarchy": "jsonb",
            "parameters": "jsonb", "metadata": "jsonb", "created_at": "timestamp with time zone",
        },
        "eustress_entities": {
            "id": "text", "space_name": "text", "snapshot_id": "uuid", "entity_data": "jsonb",
            "flux_position": "integer", "position": "real[]",
            "timestamp": "timestamp with time zone",
        },
        "eustress_hierarchy": {
            "space_name": "text", "snapshot_id": "uuid", "entity_id": "text", "parent_id": "text",
            "depth": "integer", "timestamp": "timestamp with time zone",
        },
        "eustress_epochs": {
            "id": "uuid", "space_name": "text", "snapshot_ids": "jsonb",
            "start_time": "timestamp with time zone", "end_time": "timestamp with time zone",
            "sample_count": "integer", "stats": "jsonb", "created_at": "timestamp with time zone",
        },
    }  # fmt: skip
    for table, columns in wanted.items():
        rows = sql.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0",
            (table,),
        ).fetchall()
        assert columns.items() <= dict(rows).items(), table


def test_that_values_at_the_edge_are_stored_and_read_by_sql(lake: Lake, sql: Any) -> None:
    values = [1e308, -1e308, 1e-320, -0.0, 10**4000, "x" * 300_000, {"": [[[]]], " ": None}]
    for number, value in enumerate(values):
        entity = {"id": str(number), "position": [1e-300, -0.0, 3.4e38], "parameters": {"v": value}}
        ingest(lake, "entity", {"space_name": SPACE, "entity": entity})
    taken = take_snapshot(lake)
    rows = sql.execute("SELECT entity_data, position FROM eustress_entities ORDER BY id").fetchall()
    for (entity, _), value in zip(rows, values, strict=True):
        found = entity["parameters"]["v"]  # jsonb writes 1e308 with all its digits
        assert found == value or float(found) == value
    assert all(position[:2] == [0.0, 0.0] for _, position in rows)
    told = [msgspec.json.decode(raw) for raw in lake.full_snapshot(taken).entities]
    assert [entity["parameters"]["v"] for entity in told] == values
    assert not lake.verify(SPACE).faults


IDS = st.sampled_from("abcde")
FIELDS: list[Any] = ["}", '{"', "é,", {"v": {}}, {"id": "b"}, [{"id": "a"}], [], None]
STEPS = st.one_of(
    st.tuples(
        st.just("entity"), IDS, st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=3)
    ),
    st.tuples(st.just("parameters"), IDS, st.dictionaries(st.sampled_from("xyz"), st.integers())),
    st.tuples(st.just("parameter"), IDS, st.sampled_from("xyz"), st.floats(-9, 9)),
    st.tuples(st.just("edge"), IDS, IDS),
    st.tuples(st.just("unlink"), IDS, IDS),
    st.tuples(st.just("delete"), IDS),
    st.tuples(st.just("field"), IDS, st.sampled_from(FIELDS)),
    st.tuples(st.just("keyframe")),
    st.tuples(st.just("snapshot")),
)


def _do(lake: Lake, space: str, step: tuple[Any, ...]) -> None:
    match step:
        case ("entity", entity_id, position):
            fields: dict[str, Any] = {"entity": {"id": entity_id, "position": position}}
            endpoint = "entity"
        case ("parameters", entity_id, parameters):
            endpoint, fields = "entity", {"entity": {"id": entity_id, "parameters": parameters}}
        case ("parameter", entity_id, name, value):
            endpoint = "parameter"
            fields = {"entity_id": entity_id, "parameter_name": name, "value": value}
        case ("field", entity_id, value):
            endpoint, fields = "entity", {"entity": {"id": entity_id, "colour": value}}
        case ("keyframe",):
            _add_keyframe(lake, space)
            return
        case ("edge", source, target):
            key = {"source_id": source, "target_id": target, "connection_type": "hierarchy"}
            endpoint, fields = "connection", {"connection": key}
        case ("unlink", source, target):
            endpoint = "connection/delete"
            fields = {"source_id": source, "target_id": target, "connection_type": "hierarchy"}
        case ("delete", entity_id):
            endpoint, fields = "entity/delete", {"entity_id": entity_id}
        case _:
            lake.create_snapshot(space).exception(10)
            return
    # Deleting what is not there is refused, which is one of the things to get right.
    lake.ingest(endpoint, msgspec.json.encode({"space_name": space} | fields)).exception(10)


def _add_keyframe(lake: Lake, space: str) -> None:
    with lake._database.reader() as connection:
        known = find_space(connection, space)
        assert known is not None
        scene = lake.scene_at(space, datetime.now(UTC))
        keyframes.write(connection, keyframes.take(scene, known.space_id))


def _compare(lake: Lake, sql: Any, space: str) -> None:
    """Every snapshot of a space, as the views and as Python tell it."""
    told = sql.execute(
        "SELECT id, entities, connections, hierarchy, parameters FROM eustress_snapshots "
        "WHERE space_name = %s ORDER BY timestamp",
        (space,),
    ).fetchall()
    snapshots = list(lake.full_snapshots(space))
    assert len(told) == len(snapshots)
    for row, snapshot in zip(told, snapshots, strict=True):
        plain = msgspec.json.decode(msgspec.json.encode(snapshot))
        assert [str(row[0]), *row[1:4]] == [
            plain[name] for name in ("id", "entities", "connections", "hierarchy")
        ]
        assert row[4] == plain["parameters"]
    rows = sql.execute(
        "SELECT entity_data, flux_position FROM eustress_entities WHERE space_name = %s",
        (space,),
    )
    for entity, flux in rows:
        assert flux_position(entity["position"], entity["parameters"])[0] == flux


def test_that_sql_says_of_every_snapshot_what_python_says(lake: Lake, sql: Any) -> None:
    number = iter(range(1_000_000))

    @hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, max_size=30))
    def agree(steps: list[Any]) -> None:
        space = f"space {next(number)}"
        ingest(lake, "entity", {"space_name": space, "entity": {"id": "a"}})
        for step in [*steps, ("snapshot",)]:
            _do(lake, space, step)
        _compare(lake, sql, space)

    agree()


def test_that_what_changes_after_a_keyframe_is_told_in_its_place(lake: Lake, sql: Any) -> None:
    edges = [("a", "b", "hierarchy"), ("b", "c", "hierarchy"), ("c", "d", "link")]
    parts = ("source_id", "target_id", "connection_type")
    keys = [dict(zip(parts, edge, strict=True)) for edge in edges]
    ingest(lake, "batch", {
        "space_name": SPACE, "entities": [{"id": i, "colour": "red"} for i in "abcd"],
        "connections": keys,
    })  # fmt: skip
    _add_keyframe(lake, SPACE)
    take_snapshot(lake)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("entity", {"entity": {"id": "b", "colour": "}", "position": [3, 0, 0]}}),
        ("entity", {"entity": {"id": "b", "name": 'said "b",{'}}),
        ("entity/delete", {"entity_id": "a"}),  # and its edge
        ("entity", {"entity": {"id": "a"}}),  # behind all others now, and no longer red
        ("entity", {"entity": {"id": "a", "colour": {"of": {}}}}),
        ("entity", {"entity": {"id": "e", "parameters": {"x": 1}}}),
        ("entity", {"entity": {"id": "e", "tags": ["t"]}}),
        ("parameter", {"entity_id": "c", "parameter_name": "x", "value": 2.5}),
        ("connection", {"connection": keys[1] | {"strength": 0.5}}),  # stays where it was
        ("connection", {"connection": keys[0]}),  # behind the others
    ]
    for endpoint, fields in changes:
        ingest(lake, endpoint, {"space_name": SPACE} | fields)
        take_snapshot(lake)
    _compare(lake, sql, SPACE)
    row = sql.execute(
        "SELECT entities, connections FROM eustress_snapshots ORDER BY timestamp DESC LIMIT 1"
    ).fetchone()
    assert [entity["id"] for entity in row[0]] == ["b", "c", "d", "a", "e"]
    assert [c["source_id"] for c in row[1]] == ["b", "c", "a"]


@pytest.mark.parametrize(
    "among",
    [{}, {"child": {"id": "a"}}, {"a": [{"id": 'c"'}]}, {'an"id': "a"}, {"text": '"id":"a"'}],
    ids=["plain", "inside", "before", "name", "text"],
)
def test_that_entities_of_a_keyframe_are_known_by_any_id(
    lake: Lake, sql: Any, among: dict[str, Any]
) -> None:
    ids = ["a", "b/é", 'c"', "\\", "e\n", "{}"] if not among else ["a", "b/é", "{}"]
    edges = [
        {"source_id": source, "target_id": target, "connection_type": "hierarchy"}
        for source, target in pairwise(ids)
    ]
    entities = [{"id": i} | among for i in ids]
    ingest(lake, "batch", {"space_name": SPACE, "entities": entities, "connections": edges})
    _add_keyframe(lake, SPACE)
    take_snapshot(lake)
    for entity_id in ids:
        ingest(lake, "entity", {"space_name": SPACE, "entity": {"id": entity_id, "name": "new"}})
    ingest(lake, "entity/delete", {"space_name": SPACE, "entity_id": ids[-1]})
    take_snapshot(lake)
    _compare(lake, sql, SPACE)


def test_that_an_entity_told_anew_keeps_no_field_it_had(lake: Lake, sql: Any) -> None:
    """The log may hold it, though no writer of today does it."""
    red = {"id": "a", "colour": "red"}
    ingest(lake, "batch", {"space_name": SPACE, "entities": [red]})
    _add_keyframe(lake, SPACE)
    lake.close()
    whole = '{"id":"a","parameters":{"x":1}}'
    patches = [(2, '{"set":{"name":"n"}}'), (1, whole), (2, '{"set":{"tags":["t"]}}')]
    for n, (kind, patch) in enumerate(patches):
        sql.execute(
            "INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch) "
            "SELECT space_id, 2 + %s, now(), %s, 20, 'a', %s FROM lake_spaces",
            (n, kind, patch),
        )
    told = sql.execute(
        "SELECT lake_entities_json(space_id, 4), lake_parameters_json(space_id, 4) FROM lake_spaces"
    ).fetchone()
    assert told == ([msgspec.json.decode(whole) | {"tags": ["t"]}], {"a": {"x": 1}})
