"""Operations one after another: as the lines of a body, and as the frames of a socket."""

from __future__ import annotations

from typing import Final

from server.described.ingest import ROOM
from server.described.words import BODIED, KEY, TEXT, Content, Endpoint
from server.stream import TYPES, StreamAnswer

_LINES: Final = (
    '{"op": "entity", "space_name": "quantum_mechanics", "entity": {"id": "photon_1"}}\n'
    '{"op": "parameter", "space_name": "quantum_mechanics", "entity_id": "photon_1", '
    '"parameter_name": "wavelength", "value": 600.0, "t": 12.5}\n'
    '{"op": "delete_entity", "space_name": "quantum_mechanics", "entity_id": "photon_1"}\n'
)

ENDPOINTS: Final = (
    Endpoint(
        method="post",
        path="/eustress/ingest/stream",
        room=ROOM,
        summary="Stream operations",
        detail="One operation a line: `op` is `entity`, `connection`, `parameter`, `delete_entity` "
        "or `delete_connection`, beside the fields of the matching endpoint; `t` is the sender's "
        "time in seconds. Stored as it streams in. Where a line is refused the lines before it are "
        "stored, and the problem's `line` says from where to go on.",
        parameters=(KEY,),
        body=Content(TEXT, _LINES, TYPES[0]),
        answers={200: Content(StreamAnswer, meaning="All of it is committed.")},
        faults=(*BODIED, 404, 409),
    ),
)
