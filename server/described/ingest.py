"""What engines send: entities, connections, parameters, batches, deletions; snapshots on demand."""

from __future__ import annotations

from typing import Any, Final

from lake_core.scene.bodies import BODIES
from lake_core.scene.model import IngestResult
from server.described.examples import A_SPACE, AN_ID, EDGE, ENTITY, RESULT
from server.described.words import BODIED, KEY, READING, SPACE, Content, Endpoint

ROOM: Final = "Ingest"

_ENDS: Final = {name: EDGE[name] for name in ("source_id", "target_id", "connection_type")}
_PARAMETER: Final = {"entity_id": "photon_1", "parameter_name": "wavelength", "value": 600.0}

_SAID: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "entity": (
        "Ingest an entity",
        "What is missing stays as it was; on a first sight the defaults hold. Fields that are not "
        "named here are kept under their own names.",
        {"entity": ENTITY},
    ),
    "connection": (
        "Ingest a connection",
        "`hierarchy` makes the source the target's parent; a later such edge moves the target. One "
        "that would close a loop is stored, answered with a warning, and ignored by the tree.",
        {"connection": EDGE},
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
            "entities": [ENTITY],
            "connections": [EDGE],
            "parameters": [_PARAMETER],
            "deleted_entities": ["electron_9"],
        },
    ),
    "entity/delete": (
        "Delete an entity",
        "Its connections go with it.",
        {"entity_id": "electron_9"},
    ),
    "connection/delete": ("Delete a connection", "", _ENDS),
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
            answers={200: Content(IngestResult, RESULT, meaning=_COMMITTED)},
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
                RESULT | {"message": "Snapshot created", "snapshot_id": AN_ID, "accepted": 0},
                meaning=_COMMITTED,
            )
        },
        faults=(*READING, 404, 413, 422, 429),
    ),
)
