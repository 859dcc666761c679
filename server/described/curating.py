"""What people do with what was recorded: snapshots marked and deleted, epochs frozen."""

from __future__ import annotations

from typing import Final

from lake_core.scene.model import EustressSnapshot, SnapshotEdit, SnapshotSummary, TrainingEpoch
from server.answers import Done
from server.described import examples
from server.described.words import (
    BODIED,
    EPOCH_ID,
    FROM,
    LIMIT,
    READING,
    SNAPSHOT_ID,
    SPACE,
    TO,
    UUID,
    Content,
    Endpoint,
    Parameter,
    after,
)
from server.epochs import EpochRequest

SNAPSHOTS: Final = "Snapshots"
EPOCHS: Final = "Epochs"

_VIEW: Final = Parameter(
    "view", "`summary` leaves the bulk out.", {"type": "string", "enum": ["full", "summary"]}
)
_ONE: Final = "/eustress/snapshots/{id}"
_EPOCH: Final = "/eustress/epochs/{id}"

ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path="/eustress/ingest/snapshots/{space}",
        room=SNAPSHOTS,
        summary="List the snapshots of a space",
        detail="Oldest first, streamed.",
        parameters=(
            SPACE,
            FROM,
            TO,
            _VIEW,
            LIMIT,
            after("The id of the last snapshot already had.", UUID),
        ),
        answers={
            200: Content((list[EustressSnapshot], list[SnapshotSummary]), [examples.SNAPSHOT])
        },
        faults=(*READING, 404, 410),
        is_paged=True,
    ),
    Endpoint(
        method="get",
        path=_ONE,
        room=SNAPSHOTS,
        summary="Read a snapshot",
        parameters=(SNAPSHOT_ID,),
        answers={200: Content(EustressSnapshot, examples.SNAPSHOT)},
        faults=(*READING, 404, 410),
    ),
    Endpoint(
        method="patch",
        path=_ONE,
        room=SNAPSHOTS,
        summary="Mark a snapshot, or bring it back",
        detail="Each field is optional; what is missing stays. `rating` is 0 to 5, `null` for "
        "none. A snapshot has 64 tags at most, each of 256 characters, a note 10,000. "
        '`{"deleted": false}` undoes a deletion.',
        parameters=(SNAPSHOT_ID,),
        body=Content(
            SnapshotEdit,
            {"pinned": True, "tags": ["good"], "note": "After the fix.", "rating": 4},
        ),
        answers={200: Content(SnapshotSummary, examples.SUMMARY)},
        faults=(*BODIED, 404, 409, 410),
    ),
    Endpoint(
        method="delete",
        path=_ONE,
        room=SNAPSHOTS,
        summary="Delete a snapshot",
        detail="Out of every list and view, until it is brought back or purged. The change log is "
        "untouched. 409 while an epoch holds it.",
        parameters=(SNAPSHOT_ID,),
        answers={200: Content(Done, {"success": True, "message": "Snapshot deleted"})},
        faults=(*READING, 404, 409, 410),
    ),
    Endpoint(
        method="get",
        path="/eustress/epochs",
        room=EPOCHS,
        summary="List epochs",
        detail="Oldest first.",
        parameters=(LIMIT, after("The id of the last epoch already had.", UUID)),
        answers={200: Content(list[TrainingEpoch], [examples.EPOCH])},
        faults=(*READING, 404),
        is_paged=True,
    ),
    Endpoint(
        method="post",
        path="/eustress/epochs",
        room=EPOCHS,
        summary="Freeze an epoch",
        detail="Of the snapshots named, or of all that the spaces have between `from` and `to`.",
        body=Content(
            EpochRequest,
            {"space_name": examples.A_SPACE, "name": "night run", "from": examples.A_TIME},
        ),
        answers={
            201: Content(
                TrainingEpoch, examples.EPOCH, meaning="Frozen; `Location` says where it is."
            )
        },
        faults=(*BODIED, 404, 410),
    ),
    Endpoint(
        method="get",
        path=_EPOCH,
        room=EPOCHS,
        summary="Read an epoch",
        parameters=(EPOCH_ID,),
        answers={200: Content(TrainingEpoch, examples.EPOCH)},
        faults=(*READING, 404),
    ),
    Endpoint(
        method="delete",
        path=_EPOCH,
        room=EPOCHS,
        summary="Delete an epoch",
        detail="Its snapshots stay.",
        parameters=(EPOCH_ID,),
        answers={200: Content(Done, {"success": True, "message": "Epoch deleted"})},
        faults=(*READING, 404),
    ),
)
