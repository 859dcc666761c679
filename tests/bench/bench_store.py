"""What a snapshot costs as the scene grows, and what history weighs on disk beside full copies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lake_core.lake import Lake
from lake_core.scene.flux import flux_position
from lake_core.scene.model import EustressSnapshot
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.bench.served import scratch

_SNAPSHOTS, _ENTITIES, _UPDATES = 1000, 100, 100

_SPEC_TABLES = """
CREATE SCHEMA spec;
CREATE TABLE spec.eustress_snapshots (
    id UUID PRIMARY KEY, space_name TEXT NOT NULL, timestamp TIMESTAMPTZ NOT NULL,
    entities JSONB NOT NULL, connections JSONB NOT NULL, hierarchy JSONB NOT NULL,
    parameters JSONB NOT NULL, metadata JSONB NOT NULL, created_at TIMESTAMPTZ DEFAULT NOW());
CREATE INDEX ON spec.eustress_snapshots(space_name, timestamp DESC);
CREATE INDEX ON spec.eustress_snapshots USING GIN(metadata);
CREATE TABLE spec.eustress_entities (
    id TEXT NOT NULL, space_name TEXT NOT NULL, snapshot_id UUID NOT NULL,
    entity_data JSONB NOT NULL, flux_position INTEGER NOT NULL, position REAL[] NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL, PRIMARY KEY (id, space_name, snapshot_id));
CREATE INDEX ON spec.eustress_entities(space_name, flux_position);
CREATE TABLE spec.eustress_hierarchy (
    space_name TEXT NOT NULL, snapshot_id UUID NOT NULL, entity_id TEXT NOT NULL, parent_id TEXT,
    depth INTEGER NOT NULL, timestamp TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (space_name, snapshot_id, entity_id));
CREATE INDEX ON spec.eustress_hierarchy(space_name, snapshot_id, parent_id);
"""
_ADD_SNAPSHOT = "INSERT INTO spec.eustress_snapshots VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
_ADD_ENTITY = """
INSERT INTO spec.eustress_entities
(id, snapshot_id, space_name, timestamp, entity_data, flux_position, position)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_ADD_PLACE = """
INSERT INTO spec.eustress_hierarchy
(snapshot_id, space_name, timestamp, entity_id, parent_id, depth) VALUES (%s, %s, %s, %s, %s, %s)
"""
_WEIGHT = """
SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n
ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = %s
"""


def _ingest(lake: Lake, endpoint: str, **body: Any) -> None:
    lake.ingest(endpoint, msgspec.json.encode({"space_name": "bench", **body})).result(120)


def _entity(index: int) -> dict[str, Any]:
    """About 2 KB, the specification's estimate, of the kinds of values engines send."""
    random = Random(index)
    asset = str(UUID(int=random.getrandbits(128)))
    parameters: dict[str, Any] = {"energy": 3.6, "asset": asset}
    for number in range(22):
        parameters[f"body.{number}.velocity"] = [random.uniform(-9, 9) for _ in range(3)]
    for number in range(12):
        parameters[f"material.{number}"] = random.choice(["metal", "glass", "wood", "neon"])
    return {
        "id": f"entity/{index}",
        "name": f"Entity {index}",
        "class_type": "Part",
        "position": [random.uniform(-99, 99) for _ in range(3)],
        "tags": ["bench"],
        "parameters": parameters,
    }


def _snapshot_milliseconds(lake: Lake, count: int) -> float:
    """The median time of a snapshot of `count` entities, each after a small move."""
    entities = [{"id": str(i), "position": [i, 0, i % 7]} for i in range(count)]
    for start in range(0, count, 10_000):
        body = {"space_name": f"{count}", "entities": entities[start : start + 10_000]}
        lake.ingest("batch", msgspec.json.encode(body)).result(120)
    took = []
    for step in range(200):
        moved = {"id": str(step), "position": [step, 1, step % 7]}
        update = {"space_name": f"{count}", "entity": moved}
        lake.ingest("entity", msgspec.json.encode(update)).result(10)
        start_time = time.perf_counter()
        lake.create_snapshot(f"{count}").result(10)
        took.append(time.perf_counter() - start_time)
    return 1000 * median(took)


def _snapshot_create(lake: Lake) -> dict[str, Any]:
    small = _snapshot_milliseconds(lake, 1000)
    large = _snapshot_milliseconds(lake, 100_000)
    return {
        "bench": "snapshot_create",
        "value": round(large, 3),
        "unit": "ms",
        "baseline": round(small, 3),
        "ratio": round(large / small, 3),
        "entities": 100_000,
        "baseline_entities": 1000,
    }


def _storage(lake: Lake, database_url: str) -> dict[str, Any]:
    _ingest(
        lake,
        "batch",
        entities=[_entity(i) for i in range(_ENTITIES)],
        connections=[
            {
                "source_id": f"entity/{i // 5}",
                "target_id": f"entity/{i}",
                "connection_type": "hierarchy",
            }
            for i in range(1, _ENTITIES)
        ],
    )
    for step in range(_SNAPSHOTS - 1):
        parameters = [
            {
                "entity_id": f"entity/{update % _ENTITIES}",
                "parameter_name": "energy",
                "value": step + update / 128,
            }
            for update in range(_UPDATES)
        ]  # a batch of 100: each takes a snapshot of its own accord
        _ingest(lake, "batch", parameters=parameters)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_SPEC_TABLES)
        for snapshot in lake.full_snapshots("bench"):
            _store_full_copy(connection, snapshot)
        lake.close()
        ours, full = _weigh(connection, "public"), _weigh(connection, "spec")
    return {
        "bench": "storage",
        "value": ours,
        "unit": "bytes",
        "baseline": full,
        "ratio": round(ours / full, 4),
        "snapshots": _SNAPSHOTS,
    }


def _store_full_copy(connection: psycopg.Connection[Any], snapshot: EustressSnapshot) -> None:
    """A snapshot in the specification's own tables, as its document says to store it."""
    when = (snapshot.id, snapshot.space_name, snapshot.timestamp)
    tree = snapshot.hierarchy
    entities = [msgspec.json.decode(document) for document in snapshot.entities]
    bulk = ("entities", "connections", "hierarchy", "parameters", "metadata")
    texts = [msgspec.json.encode(getattr(snapshot, name)).decode() for name in bulk]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_ADD_SNAPSHOT, (*when, *texts))
        cursor.executemany(
            _ADD_ENTITY,
            [
                (
                    entity["id"], *when, bytes(text).decode(),
                    flux_position(entity["position"], entity["parameters"])[0],
                    entity["position"],
                )
                for entity, text in zip(entities, snapshot.entities, strict=True)
            ],
        )  # fmt: skip
        cursor.executemany(
            _ADD_PLACE,
            [
                (*when, entity["id"], tree.parent_map.get(entity["id"]), depth)
                for entity in entities
                for depth in (tree.depth_map[entity["id"]],)
            ],
        )


def _weigh(connection: psycopg.Connection[Any], schema: str) -> int:
    connection.execute("VACUUM ANALYZE")
    row = connection.execute(_WEIGHT, (schema,)).fetchone()
    assert row is not None
    return int(row[0])


def run() -> Iterator[dict[str, Any]]:
    """`snapshot_create` and `storage`."""
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        settings = Settings(data_dir=folder, database_url=database.url)
        try:
            lake = Lake.open(settings)
            yield _snapshot_create(lake)
            lake.close()
        finally:
            database.stop()
    with scratch() as folder:
        database = EmbeddedPostgres.start(folder)
        settings = Settings(data_dir=folder, database_url=database.url)
        try:
            yield _storage(Lake.open(settings), database.url)
        finally:
            database.stop()
