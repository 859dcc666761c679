"""The specification's document, request by request: the answers are as they are printed there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

SPACE = "quantum_mechanics"
PHOTON: dict[str, Any] = {
    "id": "photon_1",
    "name": "Photon",
    "class_type": "Particle",
    "position": [1.0, 2.0, 3.0],
    "rotation": [0.0, 0.0, 0.0, 1.0],
    "scale": [1.0, 1.0, 1.0],
    "tags": ["particle", "light"],
    "parameters": {"wavelength": 550.0, "energy": 3.6},
}
EDGE = {
    "source_id": "atom_1",
    "target_id": "electron_1",
    "connection_type": "hierarchy",
    "strength": 0.9,
    "label": "contains",
}


def _entity(entity_id: str, **fields: Any) -> dict[str, Any]:
    return {"space_name": SPACE, "entity": {"id": entity_id, **fields}}


def _snapshots(served: Any) -> Any:
    return served.get(f"/eustress/ingest/snapshots/{SPACE}").json()


def test_that_an_entity_is_ingested_as_the_document_says(served: Any) -> None:
    answer = served.post("/eustress/ingest/entity", {"space_name": SPACE, "entity": PHOTON})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    printed = {"success": True, "message": "Entity ingested", "snapshot_id": None}
    assert {name: body[name] for name in printed} == printed
    assert (body["accepted"], body["unchanged"], body["seq"]) == (1, 0, 1)
    assert body["warnings"] == []


def test_that_a_repeat_is_counted_and_not_stored(served: Any) -> None:
    served.ingest("entity", {"space_name": SPACE, "entity": PHOTON})
    again = served.ingest("entity", {"space_name": SPACE, "entity": PHOTON})
    assert (again["accepted"], again["unchanged"], again["seq"]) == (0, 1, 1)


def test_that_connections_and_parameters_are_ingested(served: Any) -> None:
    served.ingest("entity", {"space_name": SPACE, "entity": PHOTON})
    connected = served.ingest("connection", {"space_name": SPACE, "connection": EDGE})
    assert connected["success"] is True
    assert connected["snapshot_id"] is None
    changed = {"entity_id": "photon_1", "parameter_name": "wavelength", "value": 600.0}
    assert served.ingest("parameter", {"space_name": SPACE, **changed})["success"] is True
    served.ingest(f"snapshot/{SPACE}")
    [snapshot] = _snapshots(served)
    assert snapshot["connections"] == [EDGE]
    assert snapshot["parameters"]["photon_1"] == {"wavelength": 600.0, "energy": 3.6}
    photon = next(entity for entity in snapshot["entities"] if entity["id"] == "photon_1")
    assert photon["parameters"]["wavelength"] == 600.0


def test_that_a_batch_goes_in_and_below_100_items_takes_no_snapshot(served: Any) -> None:
    entities = [{"id": "atom_1"}, {"id": "electron_1"}]
    body = {"space_name": SPACE, "entities": entities, "connections": [EDGE]}
    answer = served.ingest("batch", body)
    assert (answer["success"], answer["snapshot_id"], answer["accepted"]) == (True, None, 3)


def test_that_a_batch_of_100_items_answers_with_its_snapshot(served: Any) -> None:
    entities = [{"id": f"e{number}"} for number in range(100)]
    answer = served.ingest("batch", {"space_name": SPACE, "entities": entities, "connections": []})
    [snapshot] = _snapshots(served)
    assert answer["snapshot_id"] == snapshot["id"]
    assert snapshot["metadata"]["entity_count"] == 100


def test_that_a_snapshot_is_created_as_the_document_says(served: Any) -> None:
    served.ingest("entity", {"space_name": SPACE, "entity": PHOTON})
    answer = served.post(f"/eustress/ingest/snapshot/{SPACE}")
    assert answer.status == 200
    body = answer.json()
    assert (body["success"], body["message"]) == (True, "Snapshot created")
    assert str(UUID(body["snapshot_id"])) == body["snapshot_id"]


def test_that_snapshots_have_the_documents_fields(served: Any) -> None:
    served.ingest("batch", {"space_name": SPACE, "entities": [PHOTON, {"id": "atom_1"}]})
    edge = EDGE | {"target_id": "photon_1"}
    served.ingest("connection", {"space_name": SPACE, "connection": edge})
    snapshot_id = served.ingest(f"snapshot/{SPACE}")["snapshot_id"]
    [snapshot] = _snapshots(served)
    assert set(snapshot) >= {
        "id",
        "space_name",
        "timestamp",
        "entities",
        "connections",
        "hierarchy",
        "parameters",
        "metadata",
    }
    assert (snapshot["id"], snapshot["space_name"]) == (snapshot_id, SPACE)
    assert snapshot["timestamp"].endswith("Z")
    assert datetime.fromisoformat(snapshot["timestamp"]).tzinfo is not None
    assert snapshot["entities"][0] == PHOTON
    assert snapshot["connections"] == [edge]
    assert snapshot["hierarchy"] == {
        "roots": ["atom_1"],
        "parent_map": {"photon_1": "atom_1"},
        "children_map": {"atom_1": ["photon_1"]},
        "depth_map": {"atom_1": 0, "photon_1": 1},
    }
    assert snapshot["parameters"]["photon_1"] == PHOTON["parameters"]
    metadata = snapshot["metadata"]
    assert metadata["spatial_bounds"] == [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]
    # The photon lies at flux position 6 (1 + 2 + 3), so it is sacred; all four quarters are there.
    figures = {name: metadata[name] for name in metadata if name not in _NOT_FIGURES}
    assert figures == {
        "entity_count": 2,
        "connection_count": 1,
        "hierarchy_depth": 1,
        "sacred_entity_count": 1,
        "avg_flux_position": 3.0,
        "quality_score": 1.0,
    }


_NOT_FIGURES = ("spatial_bounds", "state_hash")


def test_that_statistics_have_the_documents_fields(served: Any) -> None:
    empty = served.get("/eustress/ingest/stats").json()
    assert (empty["total_snapshots"], empty["last_snapshot"]) == (0, None)
    served.ingest("entity", {"space_name": SPACE, "entity": PHOTON})
    served.ingest(f"snapshot/{SPACE}")
    body = served.get("/eustress/ingest/stats").json()
    assert (body["total_snapshots"], body["total_spaces"]) == (1, 1)
    assert (body["total_entities_seen"], body["total_epochs"]) == (1, 0)
    assert body["storage_size_bytes"] > 0
    assert body["last_snapshot"].endswith("Z")
    [space] = body["spaces"]
    assert (space["space_name"], space["entities"], space["changes"]) == (SPACE, 1, 1)


def test_that_a_snapshot_is_taken_by_itself_after_the_threshold(served_with: Any) -> None:
    with served_with(snapshot_threshold=10, snapshot_min_interval=0.0) as served:
        answers = [served.ingest("entity", _entity(f"e{number}")) for number in range(25)]
        snapshots = served.get(f"/eustress/ingest/snapshots/{SPACE}?view=summary").json()
    assert [snapshot["seq"] for snapshot in snapshots] == [10, 20]
    assert {snapshot["trigger"] for snapshot in snapshots} == {"threshold"}
    assert answers[0]["snapshot_id"] is None


def test_that_entities_and_connections_are_deleted(served: Any) -> None:
    served.ingest("batch", {"space_name": SPACE, "entities": [{"id": "a"}, {"id": "b"}]})
    for kind in ("hierarchy", "bond"):
        edge = {"source_id": "a", "target_id": "b", "connection_type": kind}
        served.ingest("connection", {"space_name": SPACE, "connection": edge})
    gone = {"source_id": "a", "target_id": "b", "connection_type": "bond"}
    assert served.ingest("connection/delete", {"space_name": SPACE, **gone})["accepted"] == 1
    deleted = served.ingest("entity/delete", {"space_name": SPACE, "entity_id": "b"})
    assert deleted["success"] is True
    served.ingest(f"snapshot/{SPACE}")
    [snapshot] = _snapshots(served)
    assert [entity["id"] for entity in snapshot["entities"]] == ["a"]
    assert snapshot["connections"] == []


def test_that_integer_ids_and_unknown_fields_are_kept(served: Any) -> None:
    served.ingest("entity", _entity("7", locked=True) | {})
    served.ingest("entity", {"space_name": SPACE, "entity": {"id": 7, "name": "Seven"}})
    served.ingest(f"snapshot/{SPACE}")
    [snapshot] = _snapshots(served)
    [entity] = snapshot["entities"]
    assert (entity["id"], entity["name"], entity["locked"]) == ("7", "Seven", True)


def test_that_a_space_may_have_any_name(served: Any) -> None:
    name = "räum/1 100%?#"
    served.ingest("entity", {"space_name": name, "entity": {"id": "a"}})
    quoted = "r%C3%A4um%2F1%20100%25%3F%23"
    served.ingest(f"snapshot/{quoted}")
    [snapshot] = served.get(f"/eustress/ingest/snapshots/{quoted}").json()
    assert snapshot["space_name"] == name
