"""The recorded real scenes go in over HTTP and come back out, by HTTP and by SQL, as sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

SCENES = [
    "scene_small_demo_place.jsonl",
    "scene_medium_default_space.jsonl",
    "scene_medium_ybot_rig.jsonl",
    "stream_male_walking.jsonl",
]


class Expected:
    """The scene as it must come back: the last that was said of each entity and connection."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.connections: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.space_name = ""

    def take(self, operation: dict[str, Any]) -> None:
        self.space_name = operation["space_name"]
        if operation["op"] == "entity":
            entity = operation["entity"]
            self.entities.setdefault(entity["id"], {}).update(entity)
        else:
            edge = operation["connection"]
            key = (edge["source_id"], edge["target_id"], edge["connection_type"])
            self.connections[key] = edge


def _operations(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _batches(operations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Batches that name no entity twice, as an engine sends a frame."""
    batch: dict[str, Any] = {}
    named: set[str] = set()
    for operation in operations:
        entity_id = operation.get("entity", {}).get("id")
        if batch and entity_id in named:
            yield batch
            batch, named = {}, set()
        batch.setdefault("space_name", operation["space_name"])
        plural = {"entity": "entities", "connection": "connections"}[operation["op"]]
        batch.setdefault(plural, []).append(operation[operation["op"]])
        named.add(entity_id)
    yield batch


def _send_each(served: Any, operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        body = {name: value for name, value in operation.items() if name not in ("op", "t")}
        served.ingest(operation["op"], body)


def _assert_same(snapshot: dict[str, Any], expected: Expected) -> None:
    assert {entity["id"]: entity for entity in snapshot["entities"]} == expected.entities
    edges = {
        (edge["source_id"], edge["target_id"], edge["connection_type"]): edge
        for edge in snapshot["connections"]
    }
    assert edges == expected.connections
    assert snapshot["metadata"]["entity_count"] == len(expected.entities)
    assert snapshot["metadata"]["connection_count"] == len(expected.connections)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("way", ["each", "batch"])
def test_that_a_real_scene_comes_back_as_it_was_sent(
    served: Any, database_url: str, shared_data: Path, scene: str, way: str
) -> None:
    operations = _operations(shared_data / scene)
    expected = Expected()
    for operation in operations:
        expected.take(operation)
    if way == "each":
        _send_each(served, operations)
    else:
        for batch in _batches(operations):
            served.ingest("batch", batch)
    space_name = expected.space_name
    snapshot_id = served.ingest(f"snapshot/{space_name}")["snapshot_id"]

    snapshot = served.get(f"/eustress/snapshots/{snapshot_id}").json()
    _assert_same(snapshot, expected)
    assert served.get(f"/eustress/ingest/snapshots/{space_name}").json()[-1] == snapshot
    _assert_sql_same(database_url, snapshot)


def _assert_sql_same(database_url: str, snapshot: dict[str, Any]) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT entities, connections, hierarchy, parameters, metadata"
            " FROM eustress_snapshots WHERE id = %s",
            [snapshot["id"]],
        ).fetchone()
        assert row is not None
        entities = connection.execute(
            "SELECT id, entity_data FROM eustress_entities WHERE snapshot_id = %s",
            [snapshot["id"]],
        ).fetchall()
    names = ("entities", "connections", "hierarchy", "parameters")
    for name, value in zip(names, row, strict=False):
        assert value == snapshot[name], name
    assert dict(entities) == {entity["id"]: entity for entity in snapshot["entities"]}


def test_that_every_frame_of_a_walk_is_in_its_own_snapshot(served: Any, shared_data: Path) -> None:
    expected, frames = Expected(), []
    for batch in _batches(_operations(shared_data / "stream_male_walking.jsonl")):
        for entity in batch["entities"]:
            expected.take({"op": "entity", "space_name": batch["space_name"], "entity": entity})
        for edge in batch.get("connections", []):
            expected.take(
                {"op": "connection", "space_name": batch["space_name"], "connection": edge}
            )
        served.ingest("batch", batch)
        served.ingest(f"snapshot/{batch['space_name']}")
        frames.append({key: dict(entity) for key, entity in expected.entities.items()})
    snapshots = served.get(f"/eustress/ingest/snapshots/{expected.space_name}").json()
    assert len(frames) == 31
    kept = [{item["id"]: item for item in snapshot["entities"]} for snapshot in snapshots]
    # A batch of 100 items takes a snapshot of its own; the frames are among what is kept, in order.
    remaining = iter(kept)
    assert all(frame in remaining for frame in frames)


def test_that_a_walk_is_taken_at_its_own_pace(served: Any, shared_data: Path) -> None:
    operations = _operations(shared_data / "stream_male_walking.jsonl")
    frames: dict[float, list[dict[str, Any]]] = {}
    for operation in operations:
        frames.setdefault(operation["t"], []).append(operation)
    expected = Expected()
    changes = unchanged = 0
    began = time.monotonic()
    for moment, frame in frames.items():
        time.sleep(max(0.0, began + moment - time.monotonic()))
        for operation in frame:
            expected.take(operation)
        for batch in _batches(frame):
            answer = served.ingest("batch", batch)
            changes += answer["accepted"]
            unchanged += answer["unchanged"]
    lag = time.monotonic() - began - max(frames)
    assert changes + unchanged == len(operations) == 2046
    assert lag < 2.0  # seconds behind after a walk of one second, on a machine with other work
    served.ingest(f"snapshot/{expected.space_name}")
    snapshots = served.get(f"/eustress/ingest/snapshots/{expected.space_name}").json()
    _assert_same(snapshots[-1], expected)
