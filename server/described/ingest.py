"""What engines send: entities, connections, parameters, batches, deletions; snapshots on demand."""

from __future__ import annotations

from typing import Any, Final

from lake_core.scene.decode import BODIES
from lake_core.scene.model import IngestResult
from server.described.words import A_SPACE, AN_ID, BODIED, KEY, READING, SPACE, Content, Endpoint

ROOM: Final = "Ingest"

_ENTITY: Final = {
    "id": "photon_1",
    "name": "Photon",
    "class_type": "Particle",
    "position": [1.0, 2.0, 3.0],
    "rotation": [0.0, 0.0, 0.0, 1.0],
    "scale": [1.0, 1.0, 1.0],
    "tags": ["particle", "light"],
    "parameters": {"wavelength": 550.0, "energy": 3.6},
}
_EDGE: Final = {"source_id": "atom_1", "target_id": "photon_1", "connection_type": "hierarchy"}
_PARAMETER: Final = {"entity_id": "photon_1", "parameter_name": "wavelength", "value": 600.0}

_SAID: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "entity": (
        "Ingest an entity",
        "What is missing stays as it was; on a first sight the defaults hold. Fields that are not "
        "named here are kept under their own names.",
        {"entity": _ENTITY},
    ),
    "connection": (
        "Ingest a connection",
        "`hierarchy` makes the source the target's parent; a later such edge moves the target. One "
        "that would close a loop is stored, answered with a warning, and ignored by the tree.",
        {"connection": _EDGE | {"strength": 0.9, "label": "contains"}},
    ),
    "parameter": (
        "Ingest a parameter",
        "One parameter of an entity that is there; 404 where it is not.",
        _PARAMETER,
    ),
    "batch": (
        "Ingest a batch",
        "One transaction: all or nothing. With `replace`, what is not named is gone. 100 items or "
        "more take a snapshot, whose id is in the answer.",
        {
            "entities": [_ENTITY],
            "connections": [_EDGE],
            "parameters": [_PARAMETER],
            "deleted_entities": ["electron_9"],
        },
    ),
    "entity/delete": (
        "Delete an entity",
        "Its connections go with it.",
        {"entity_id": "electron_9"},
    ),
    "connection/delete": ("Delete a connection", "", _EDGE),
}
_RESULT: Final = {
    "success": True,
    "message": "Entity ingested",
    "snapshot_id": None,
    "accepted": 1,
    "unchanged": 0,
    "seq": 17,
    "warnings": [],
}
_COMMITTED: Final = (
    "Committed: fsynced in PostgreSQL or, while PostgreSQL is away, in the spool on disk."
)


def _posts() -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(
            method="post",
            path=f"/eustress/ingest/{name}",
            room=ROOM,
            summary=summary,
            detail=detail,
            parameters=(KEY,),
            body=Content(BODIES[name], {"space_name": A_SPACE} | example),
            answers={200: Content(IngestResult, _RESULT, meaning=_COMMITTED)},
            faults=(*BODIED, 404),
        )
        for name, (summary, detail, example) in _SAID.items()
    )


ENDPOINTS: Final = (
    *_posts(),
    Endpoint(
        method="post",
        path="/eustress/ingest/snapshot/{space}",
        room=ROOM,
        summary="Create a snapshot",
        detail="Of the space as it is after all that was sent before. It costs the same whatever "
        "the scene's size. No body is read.",
        parameters=(SPACE, KEY),
        answers={
            200: Content(
                IngestResult,
                _RESULT | {"message": "Snapshot created", "snapshot_id": AN_ID, "accepted": 0},
                meaning=_COMMITTED,
            )
        },
        faults=(*READING, 404, 413, 422, 429),
    ),
)
