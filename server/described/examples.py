"""One scene in many words: the photon of the specification, as each answer would tell of it."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

A_SPACE: Final = "quantum_mechanics"
AN_ID: Final = "550e8400-e29b-41d4-a716-446655440000"
ANOTHER_ID: Final = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
A_TIME: Final = "2025-12-30T20:15:00Z"
A_HASH: Final = "5f2b6c0f9d3e4a17b8c1d2e3f4a5b6c7"

ENTITY: Final[Json] = {
    "id": "photon_1",
    "name": "Photon",
    "class_type": "Particle",
    "position": [1.0, 2.0, 3.0],
    "rotation": [0.0, 0.0, 0.0, 1.0],
    "scale": [1.0, 1.0, 1.0],
    "tags": ["particle", "light"],
    "parameters": {"wavelength": 550.0, "energy": 3.6},
}
EDGE: Final[Json] = {
    "source_id": "atom_1",
    "target_id": "photon_1",
    "connection_type": "hierarchy",
    "strength": 0.9,
    "label": "contains",
}
LISTED: Final[Json] = ENTITY | {
    "space_name": A_SPACE,
    "flux_position": 6,
    "depth": 0,
    "parent_id": None,
}
RESULT: Final[Json] = {
    "success": True,
    "message": "Entity ingested",
    "snapshot_id": None,
    "accepted": 1,
    "unchanged": 0,
    "seq": 17,
    "warnings": [],
}
SPACE: Final[Json] = {
    "space_name": A_SPACE,
    "entities": 1,
    "connections": 1,
    "changes": 17,
    "snapshots": 1,
    "last_change": A_TIME,
    "rate_per_s": 0.4,
}
STATISTICS: Final[Json] = {
    "total_snapshots": 150,
    "total_spaces": 5,
    "total_entities_seen": 2500,
    "total_epochs": 10,
    "storage_size_bytes": 52428800,
    "last_snapshot": A_TIME,
    "spaces": [SPACE],
}
SUMMARY: Final[Json] = {
    "id": AN_ID,
    "space_name": A_SPACE,
    "timestamp": A_TIME,
    "seq": 17,
    "trigger": "manual",
    "pinned": True,
    "metadata": {
        "entity_count": 1,
        "connection_count": 1,
        "hierarchy_depth": 0,
        "sacred_entity_count": 1,
        "avg_flux_position": 6.0,
        "spatial_bounds": [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]],
        "quality_score": 1.0,
        "state_hash": A_HASH,
    },
    "tags": ["good"],
    "note": "After the fix.",
    "rating": 4,
}
SNAPSHOT: Final[Json] = SUMMARY | {
    "entities": [ENTITY],
    "connections": [EDGE],
    "hierarchy": {
        "roots": ["photon_1"],
        "parent_map": {},
        "children_map": {},
        "depth_map": {"photon_1": 0},
    },
    "parameters": {"photon_1": ENTITY["parameters"]},
}
EPOCH: Final[Json] = {
    "id": ANOTHER_ID,
    "space_name": A_SPACE,
    "snapshot_ids": [AN_ID],
    "start_time": A_TIME,
    "end_time": A_TIME,
    "sample_count": 1,
    "stats": {
        "total_entities": 1,
        "total_connections": 1,
        "unique_types": 1,
        "avg_hierarchy_depth": 0.0,
        "sacred_frequency": 1.0,
        "spatial_coverage": 0.001953125,
    },
    "name": "night run",
    "note": "",
    "space_names": [A_SPACE],
    "content_hash": A_HASH,
    "created_at": A_TIME,
    "derived_from": [],
}
MOMENT: Final[Json] = {
    "seq": 17,
    "recorded_at": A_TIME,
    "kind": "changed",
    "changed": {"parameters": {"wavelength": {"before": 550.0, "after": 600.0}}},
    "flux_position": 6,
    "flux_rule": "position",
}
DIFFERENCE: Final[Json] = {
    "space_name": A_SPACE,
    "from_seq": 12,
    "to_seq": 17,
    "added": [],
    "removed": [],
    "changed": {"photon_1": MOMENT["changed"]},
    "reparented": {"photon_1": {"before": None, "after": "atom_1"}},
    "flux_changed": {},
    "connections_added": [EDGE],
    "connections_removed": [],
    "connections_changed": [],
}
