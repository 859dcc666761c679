"""Bodies of requests: what is taken, and how what is not is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lake_core.errors import InvalidInput, TooLarge, Unstorable
from lake_core.scene.bodies import BatchBody, EntityBody
from lake_core.scene.decode import decode
from lake_core.scene.model import ExtendedEntityUpdate
from lake_core.scene.storable import MAX_DEPTH, is_plain


def entity(**fields: Any) -> bytes:
    return msgspec.json.encode({"space_name": "s", "entity": {"id": "a", **fields}})


def batch(*entities: object, **more: Any) -> bytes:
    return msgspec.json.encode({"space_name": "s", "entities": entities, **more})


@pytest.mark.parametrize(
    ("endpoint", "body", "pointer"),
    [
        ("entity", entity(position=[1, 2]), "/entity/position"),
        ("entity", entity(position=[1, 2, "3"]), "/entity/position/2"),
        ("entity", entity(position=[1, 2, 1e39]), "/entity/position/2"),
        ("entity", entity(position=None), "/entity/position"),
        ("entity", entity(name=3), "/entity/name"),
        ("entity", entity(id=" \t"), "/entity/id"),
        ("entity", entity(id=""), "/entity/id"),
        ("entity", entity(id=True), "/entity/id"),
        ("entity", entity(tags=["x", 1], unknown=1), "/entity/tags/1"),
        ("entity", b'{"entity": {"id": "a"}}', ""),
        ("entity", b'{"space_name": " ", "entity": {"id": "a"}}', "/space_name"),
        ("batch", batch({"id": "a"}, {"id": "b", "scale": "big"}), "/entities/1/scale"),
        ("batch", batch({"id": "a", "new": 1}, {"id": "b", "scale": 1}), "/entities/1/scale"),
        ("batch", batch({"id": "a"}, 7), "/entities/1"),
        ("parameter", b'{"space_name": "s", "entity_id": "a", "parameter_name": "p"}', ""),
    ],
)
def test_that_the_field_at_fault_is_named(endpoint: str, body: bytes, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(endpoint, body)
    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1,]",
        b"NaN",
        b"\xff",
        b'{"space_name": "s"',
        b"[" * 100_000,
        b'{"new": 1, "space_name": "s"',
        b'{"new": ' + b"[" * 100_000,
        b'{"new": "\xff"}',
    ],
)
def test_that_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode("entity", body)


def test_that_a_text_postgresql_cannot_hold_is_refused_and_its_spelling_is_not() -> None:
    with pytest.raises(Unstorable):
        decode("entity", entity(parameters={"deep": [{"key\0": 1}]}))
    body = decode("entity", entity(name="a backslash, then u0000: \\u0000"))
    assert isinstance(body, EntityBody)


def test_that_names_over_their_limit_are_refused_with_the_limit() -> None:
    with pytest.raises(TooLarge, match="1024"):
        decode("entity", entity(id="x" * 1025))
    with pytest.raises(TooLarge, match="100 digits"):
        decode("batch", batch({"id": 10**100}))
    with pytest.raises(TooLarge, match="256"):
        decode("entity", msgspec.json.encode({"space_name": "s" * 257, "entity": {"id": "a"}}))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("text", ["", "a text with [ and {"])
def test_that_a_body_nested_too_deeply_is_refused_at_one_exact_depth(
    opening: str, closing: str, text: str
) -> None:
    def nested(levels: int) -> bytes:
        times = levels // len([mark for mark in opening if mark in "[{"])
        value = opening * times + f'"{text}"' + closing * times
        entity = f'{{"id": "a", "parameters": {{"x": {value}}}}}'
        return f'{{"space_name": "s", "entity": {entity}}}'.encode()

    around = 3  # the body, the entity, its parameters
    decode("entity", nested(MAX_DEPTH - around - 1))
    with pytest.raises(TooLarge, match=str(MAX_DEPTH)):
        decode("entity", nested(MAX_DEPTH - around + 2))
    with pytest.raises((TooLarge, InvalidInput)):
        decode("entity", nested(960))


@pytest.mark.parametrize("text", ["]", "}]", '\\"]', "\\\\]", "\\n]"])
def test_that_brackets_within_texts_do_not_hide_how_deep_a_body_is(text: str) -> None:
    back = text.replace("]", "[").replace("}", "{")
    value = f'["{text}",' * MAX_DEPTH + "1" + f',"{back}"]' * MAX_DEPTH
    body = f'{{"space_name": "s", "entity": {{"id": "a", "parameters": {{"x": {value}}}}}}}'
    msgspec.json.decode(body)
    with pytest.raises(TooLarge, match=str(MAX_DEPTH)):
        decode("entity", body.encode())
    assert not is_plain(body.encode())


def test_that_fields_the_contract_does_not_name_are_set_apart_not_dropped() -> None:
    body = decode("batch", batch({"id": "a", "mesh": {"lod": 1}}, {"id": "b"}, later=True))
    assert isinstance(body, BatchBody)
    extended, plain = body.entities
    assert isinstance(extended, ExtendedEntityUpdate)
    assert extended.extra == {"mesh": {"lod": 1}}
    assert not isinstance(plain, ExtendedEntityUpdate)
