from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lake_core.errors import FieldError, InvalidInput, LakeError, NotFound, TooLarge, Unstorable
from lake_core.scene.model import ExtendedEntityUpdate
from lake_core.scene.operations import (
    Operation,
    Part,
    Refusal,
    decode_all,
    decode_operation,
    digest_after,
    digest_at,
    endpoint_of,
    pack,
    unpack,
)
from lake_core.scene.storable import MAX_DEPTH

CONNECTION = {"source_id": "a", "target_id": "b", "connection_type": "hierarchy"}
OPERATIONS: list[tuple[dict[str, Any], str]] = [
    ({"op": "entity", "entity": {"id": "a"}}, "entity"),
    ({"op": "entity", "entity": {"id": "a", "colour": "red"}}, "entity"),
    ({"op": "connection", "connection": CONNECTION}, "connection"),
    ({"op": "parameter", "entity_id": "a", "parameter_name": "x", "value": 1}, "parameter"),
    ({"op": "delete_entity", "entity_id": 7}, "entity/delete"),
    ({"op": "delete_connection", **CONNECTION}, "connection/delete"),
]


def _text(operation: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"space_name": "s", **operation})


@pytest.mark.parametrize(("operation", "endpoint"), OPERATIONS)
def test_that_each_operation_is_the_body_of_its_endpoint(
    operation: dict[str, Any], endpoint: str
) -> None:
    found = decode_operation(_text({"n": 4, "t": 1.5, **operation}))
    assert (endpoint_of(found.body), found.time, found.body.space_name) == (endpoint, 1.5, "s")
    assert decode_operation(_text(operation)).time is None


def test_that_fields_no_one_knows_are_kept() -> None:
    found = decode_operation(
        _text({"op": "entity", "t": 2, "entity": {"id": "a", "colour": "red"}})
    )
    update = found.body.entity  # type: ignore[union-attr]
    assert isinstance(update, ExtendedEntityUpdate)
    assert (update.extra, found.time) == ({"colour": "red"}, 2.0)


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"op": "move"}, "/op"),
        ({"op": "entity", "entity": {"id": "a", "position": [0, "x", 0]}}, "/entity/position/1"),
        ({"op": "entity", "entity": {"id": " "}}, "/entity/id"),
        ({"op": "entity", "t": "soon", "entity": {"id": "a"}}, "/t"),
        ({"op": "entity", "t": "soon", "entity": {"id": "a", "colour": "red"}}, "/t"),
        ({"op": "entity", "space_name": " ", "entity": {"id": "a"}}, "/space_name"),
        ({"op": "parameter", "entity_id": 1.5, "parameter_name": "x", "value": 0}, "/entity_id"),
    ],
)
def test_that_the_field_at_fault_is_named(operation: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_operation(_text(operation))
    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize("text", [b"{bad", b"", b"[]", b"7", b'{"op":"entity"', b"\xff\xfe"])
def test_that_what_is_no_operation_is_invalid(text: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_operation(text)


def test_that_what_cannot_be_stored_is_refused_also_among_others() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    lines = [
        _text({"op": "entity", "entity": {"id": "a"}}),
        b'{"op":"parameter","space_name":"s","entity_id":"a","parameter_name":"x","value":%s}'
        % deep,
        _text({"op": "entity", "entity": {"id": "a\0"}}),
        b"  \r",
        _text({"op": "entity", "entity": {"id": "b"}}),
    ]
    found = decode_all(Part(session="x", first=5, after=4), lines)
    assert [type(one) for one in found] == [Operation, Refusal, Refusal, type(None), Operation]
    refused = [one for one in found if isinstance(one, Refusal)]
    assert [(one.number, type(one.error())) for one in refused] == [(6, TooLarge), (7, Unstorable)]
    strict = decode_all(Part(session="x", first=5, after=4, strict=True), lines)
    assert [type(one) for one in strict] == [Operation, Refusal]


@pytest.mark.parametrize(
    "error",
    [NotFound("no space"), TooLarge("over"), InvalidInput("bad", (FieldError("/t", "is bad"),))],
)
def test_that_a_refusal_brings_its_error_back(error: LakeError) -> None:
    kept = msgspec.json.decode(msgspec.json.encode(Refusal.of(3, error)), type=Refusal)
    again = kept.error()
    assert (type(again), str(again)) == (type(error), str(error))
    assert getattr(again, "errors", ()) == getattr(error, "errors", ())


def test_that_a_part_travels_as_bytes() -> None:
    part = Part(session="a\nb", first=3, after=2, strict=True, before="00", ends=True)
    lines = [b'{"op": 1}', b"", b"x\r"]
    assert unpack(pack(part, lines)) == (part, lines)
    assert unpack(pack(part, [])) == (part, [])


def test_that_a_digest_is_of_the_lines_and_not_of_how_they_came() -> None:
    lines = [b"a", b"", b"bc", b"d"]
    whole = digest_after("", lines)
    assert digest_after(digest_after("", lines[:2]), lines[2:]) == whole
    assert (
        len({whole, digest_after("", [b"a", b"b", b"c", b"d"]), digest_after("", lines[:3])}) == 3
    )
    before = digest_after("", lines[:1])
    part = Part(session="s", first=2, after=1, before=before, digest=whole)
    assert digest_at(part, lines[1:], 4) == whole
    assert digest_at(part, lines[1:], 3) == digest_after("", lines[:3])
    assert digest_at(part, lines[1:], 1) == before
