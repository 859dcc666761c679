"""Operations: the lines of an NDJSON stream and the frames of a socket, as typed updates.

An operation is the body of an ingest endpoint with the endpoint's name in it (`op`) and, where
the sender tells, its time (`t`). A part is some operations that become durable together; it
travels as bytes with a head that says of which session they are and where in it. Pure, as the
rest of the scene; what a session has come to is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct

from lake_core import errors
from lake_core.errors import FieldError, InvalidInput, LakeError
from lake_core.scene.bodies import (
    Body,
    ConnectionBody,
    ConnectionDeleteBody,
    EntityBody,
    EntityDeleteBody,
    ParameterBody,
)
from lake_core.scene.decode import decode, invalid_from_msgspec
from lake_core.scene.model import IngestResult
from lake_core.scene.storable import check, is_plain

OPERATIONS: Final = "operations"
"""The endpoint whose body is a part."""

ENDPOINTS: Final = {
    "entity": "entity",
    "connection": "connection",
    "parameter": "parameter",
    "delete_entity": "entity/delete",
    "delete_connection": "connection/delete",
}
"""The endpoint that each `op` matches."""

MOST_WARNINGS: Final = 100
Seconds = Annotated[float, Meta(ge=-1e300, le=1e300)]


class _EntityLine(
    EntityBody, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="entity"
):
    t: Seconds | None = None
    n: int | None = None


class _ConnectionLine(
    ConnectionBody, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="connection"
):
    t: Seconds | None = None
    n: int | None = None


class _ParameterLine(ParameterBody, kw_only=True, tag_field="op", tag="parameter"):
    t: Seconds | None = None
    n: int | None = None


class _EntityDeleteLine(EntityDeleteBody, kw_only=True, tag_field="op", tag="delete_entity"):
    t: Seconds | None = None
    n: int | None = None


class _ConnectionDeleteLine(
    ConnectionDeleteBody, kw_only=True, tag_field="op", tag="delete_connection"
):
    t: Seconds | None = None
    n: int | None = None


class _Head(Struct):
    op: str
    t: Seconds | None = None


_Line = _EntityLine | _ConnectionLine | _ParameterLine | _EntityDeleteLine | _ConnectionDeleteLine
_decode_line: Final = msgspec.json.Decoder(_Line).decode
_decode_head: Final = msgspec.json.Decoder(_Head).decode


_ENDPOINT_OF: Final[dict[type[Struct], str]] = {
    EntityBody: "entity",
    ConnectionBody: "connection",
    ParameterBody: "parameter",
    EntityDeleteBody: "entity/delete",
    ConnectionDeleteBody: "connection/delete",
    _EntityLine: "entity",
    _ConnectionLine: "connection",
    _ParameterLine: "parameter",
    _EntityDeleteLine: "entity/delete",
    _ConnectionDeleteLine: "connection/delete",
}


def endpoint_of(body: Body) -> str:
    """The endpoint that takes such a body."""
    return _ENDPOINT_OF[type(body)]


class Operation(NamedTuple):
    """One operation, and the sender's time for it in seconds, if it told one."""

    body: Body
    time: float | None


def decode_operation(text: bytes, *, plain: bool = False) -> Operation:
    """The operation that a line or a frame holds; `plain` as `storable.is_plain` tells it.

    Raises what `decode.decode` raises, with pointers into the operation.
    """
    try:
        line: _Line = _decode_line(text)
    except msgspec.ValidationError as error:
        if "unknown field" not in str(error):
            raise invalid_from_msgspec(error) from None
        return _decode_extended(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"not JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("nested too deeply") from None
    check(line, text, plain=plain)
    return Operation(line, line.t)


def _decode_extended(text: bytes) -> Operation:
    """An operation in which a field has a name the contract does not know."""
    try:
        head = _decode_head(text)
    except msgspec.ValidationError as error:
        raise invalid_from_msgspec(error) from None
    return Operation(decode(ENDPOINTS[head.op], text), head.t)


class Part(Struct, kw_only=True):
    """The head of a part: operations numbered from `first` in their session.

    Args:
        session: What numbers them; a name that no other sender has.
        first: The number of the first operation, from 1.
        after: The number that the session must have come to before.
        strict: The first operation that is refused ends the part; else only itself is refused.
        before: The digest of all lines before this part, where the sender keeps one.
        digest: The same with this part's lines.
        ends: Nothing comes after this part.
        key: The idempotency key that the session is of, if any: no other request may have it.
    """

    session: str
    first: int
    after: int
    strict: bool = False
    before: str = ""
    digest: str = ""
    ends: bool = False
    key: str = ""


_decode_part: Final = msgspec.json.Decoder(Part).decode


def pack(part: Part, lines: Sequence[bytes]) -> bytes:
    """A part as the body of a request; no line may hold a line feed."""
    return b"\n".join((msgspec.json.encode(part), *lines))


def unpack(body: bytes) -> tuple[Part, list[bytes]]:
    """The inverse of `pack`."""
    head, *lines = body.split(b"\n")
    return _decode_part(head), lines


def digest_after(before: str, lines: Sequence[bytes]) -> str:
    """The digest of a stream after more lines; of two streams with one digest, all are equal."""
    digest = bytes.fromhex(before)
    for line in lines:
        digest = hashlib.blake2b(line, digest_size=16, key=digest).digest()
    return digest.hex()


def digest_at(part: Part, lines: Sequence[bytes], position: int) -> str:
    """The digest of a stream's lines up to `position`, the last one of which is in this part."""
    if not part.digest or position >= part.first + len(lines) - 1:
        return part.digest
    return digest_after(part.before, lines[: position + 1 - part.first])


class Refusal(Struct):
    """Why an operation was refused: the error's class, its message, the fields at fault."""

    number: int
    kind: str
    reason: str
    errors: list[FieldError] = []

    @classmethod
    def of(cls, number: int, error: LakeError) -> Refusal:
        """What is kept of an error."""
        fields = error.errors if isinstance(error, InvalidInput) else ()
        return cls(number, type(error).__name__, str(error), list(fields))

    def error(self) -> LakeError:
        """The error again."""
        kind = getattr(errors, self.kind, LakeError)
        if issubclass(kind, InvalidInput):
            return kind(self.reason, tuple(self.errors))
        error: LakeError = kind(self.reason)
        return error


class Standing(Struct, kw_only=True):
    """What a session has come to: the number of the last operation dealt with, and what came of
    all of them. `digest` and `ended` as the last part said.
    """

    position: int = 0
    digest: str = ""
    ended: bool = False
    accepted: int = 0
    unchanged: int = 0
    seq: int = 0
    warnings: list[str] = []


class PartResult(IngestResult, kw_only=True):
    """The answer to a part. The counts are the part's, `standing` is the whole session's."""

    session: str
    standing: Standing
    refused: list[Refusal] = msgspec.field(default_factory=list)


def decode_all(part: Part, lines: Sequence[bytes]) -> list[Operation | Refusal | None]:
    """Each line as an operation, as a refusal of what has not even its shape, None where blank.

    Of a strict part nothing after its first refusal.
    """
    found: list[Operation | Refusal | None] = []
    plain = is_plain(b"".join(lines))
    for number, line in enumerate(lines, part.first):
        try:
            found.append(decode_operation(line, plain=plain))
        except LakeError as error:
            if not line.strip():
                found.append(None)
                continue
            found.append(Refusal.of(number, error))
            if part.strict:
                break
    return found


def space_names(body: bytes) -> set[str]:
    """The spaces that the operations of a part are of."""
    found = decode_all(*unpack(body))
    return {one.body.space_name for one in found if isinstance(one, Operation)}
