"""What there is to say of one endpoint, in the words of OpenAPI; and the phrases many share.

Plain data: nothing here serves a request. The rooms beside it describe the endpoints, and
`server.openapi` makes the document of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from server.described.examples import A_SPACE, A_TIME, AN_ID, ANOTHER_ID
from server.paging import LONGEST_PAGE

JSON: Final = "application/json"

GUARDED: Final = (401, 403)
"""Whatever is asked: token, Host and Origin."""
READING: Final = (400, *GUARDED, 503)
BODIED: Final = (400, *GUARDED, 408, 413, 415, 422, 429, 503)
"""What a request with a body may meet."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `schema` is JSON Schema."""

    name: str
    meaning: str
    schema: Mapping[str, Any]
    where: str = "query"
    example: Any = None
    is_required: bool = False

    def required(self) -> Parameter:
        """The same, where it must be there."""
        return replace(self, is_required=True)


@dataclass(frozen=True, slots=True)
class Content:
    """A body: what it is made of, an example, its type on the wire.

    `kind` is a type of the schema, several of them (it is one of these), or JSON Schema itself.
    """

    kind: Any
    example: Any = None
    media_type: str = JSON
    meaning: str = ""

    def kinds(self) -> tuple[Any, ...]:
        """The types of the schema it is made of."""
        if isinstance(self.kind, Mapping):
            return ()
        return self.kind if isinstance(self.kind, tuple) else (self.kind,)


NOTHING: Final = Content({}, media_type="", meaning="It is a WebSocket from here on.")
"""The answer after which there is no HTTP any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path: what it takes, what it answers, and what it may refuse with.

    `faults` are statuses whose bodies are problems; which ones there are `server.errors` says.
    """

    method: str
    path: str
    room: str
    summary: str
    detail: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Content | None = None
    answers: Mapping[int, Content]
    faults: tuple[int, ...] = READING
    is_paged: bool = False


TEXT: Final = {"type": "string"}
UUID: Final = {"type": "string", "format": "uuid"}
TIME: Final = {"type": "string", "format": "date-time"}
WHOLE: Final = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}

SPACE: Final = Parameter(
    "space",
    "The space's name.",
    {"type": "string", "minLength": 1, "maxLength": 256},
    "path",
    A_SPACE,
)
SNAPSHOT_ID: Final = Parameter("id", "The snapshot's id.", UUID, "path", AN_ID)
EPOCH_ID: Final = Parameter("id", "The epoch's id.", UUID, "path", ANOTHER_ID)
ENTITY_ID: Final = Parameter(
    "id", "The entity's id; it may hold slashes.", TEXT | {"minLength": 1}, "path", "photon_1"
)
LIMIT: Final = Parameter(
    "limit",
    "At most so many, with a `Link` to the next page. Without it: all of them, streamed.",
    {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE},
)
KEY: Final = Parameter(
    "Idempotency-Key",
    "A repeat of the key with the same body answers as the first did and stores nothing. Kept for "
    "24 hours at least.",
    {"type": "string", "minLength": 1, "maxLength": 255},
    "header",
)
AT: Final = Parameter(
    "at",
    "An instant: a snapshot's id, a sequence number, or an ISO 8601 time (UTC where it names no "
    "zone). Without it: now.",
    {"anyOf": [UUID, WHOLE, TIME]},
)
FROM: Final = Parameter("from", "From this time on.", TIME, example=A_TIME)
TO: Final = Parameter("to", "Up to this time.", TIME)


def after(meaning: str, schema: Mapping[str, Any]) -> Parameter:
    """Where a page goes on: behind what was already had."""
    return Parameter("after", meaning, schema)
