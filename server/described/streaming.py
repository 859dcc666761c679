"""Operations one after another: as the lines of a body, and as the frames of a socket."""

from __future__ import annotations

from typing import Final

from server.described import examples
from server.described.ingest import ROOM
from server.described.reading import ROOM as READING_ROOM
from server.described.words import (
    BODIED,
    KEY,
    NOTHING,
    READING,
    SPACE,
    TEXT,
    Content,
    Endpoint,
    Parameter,
)
from server.stream import TYPES, StreamAnswer

_SESSION: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
_ANSWER: Final = examples.RESULT | {"message": "Stream ingested", "accepted": 3, "lines": 3}
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
        answers={200: Content(StreamAnswer, _ANSWER, meaning="All of it is committed.")},
        faults=(*BODIED, 404, 409),
    ),
    Endpoint(
        method="get",
        path="/eustress/ingest/ws",
        room=ROOM,
        summary="Send operations down a WebSocket",
        detail='The server begins: `{"type": "hello", "protocol": 1, "session": …, "n": …, '
        '"limits": …}`. '
        "Each frame is an operation as in a stream, with an `n` that rises by one from 1. "
        '`{"type": "ack", "n": …, "seq": …}` tells how far all is committed, '
        '`{"type": "error", "n": …, "error": …}` which operation was refused. Who comes back with '
        "`session` learns the last `n` acknowledged. Close codes: 1001 going away, 1008 not "
        "allowed, 1009 too big.",
        parameters=(Parameter("session", "A session to take up again.", _SESSION),),
        answers={101: NOTHING},
    ),
    Endpoint(
        method="get",
        path="/eustress/live",
        room=READING_ROOM,
        summary="Watch a space over a WebSocket",
        detail='First the state: `{"type": "state", "seq": …, "entities": […], "more": …}`, in '
        "several messages where it is large; then, as they are committed and up to 30 times a "
        'second, `{"type": "changes", "seq": …, "entities": […], "removed": […], "more": …}`, '
        'coalesced. Who lags gets `{"type": "resync"}` and begins anew from the current state. '
        "`snapshot_created`, `epoch_created` and their like are told too. A space that is not "
        "there yet is waited for.",
        parameters=(
            Parameter(
                "space", "The space's name; it need not be there yet.", SPACE.schema
            ).required(),
        ),
        answers={101: NOTHING},
        faults=(*READING, 413, 422),
    ),
)
