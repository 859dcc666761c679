"""From the bytes of a request to typed updates, with errors that name the field.

Bodies are decoded whole into the model's Structs. Only where a body holds a field that the
contract does not name is it decoded a second time, generically, so that the field can be kept.
This module checks shape and never looks at a scene.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from lake_core.errors import FieldError, InvalidInput, TooLarge, Unstorable
from lake_core.scene.model import (
    ConnectionUpdate,
    EntityUpdate,
    ExtendedConnectionUpdate,
    ExtendedEntityUpdate,
    Id,
    ParameterUpdate,
    Text,
)

MAX_ID_LENGTH: Final = 1024
MAX_SPACE_NAME_LENGTH: Final = 256
MAX_DEPTH: Final = 64
"""Far below what the decoder can take: what is stored must be readable ever after."""
_NOT_MARKS: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ID_DIGITS: Final = 100
_ID_INTEGER_LIMIT: Final = 10**_ID_DIGITS


class EntityBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/entity."""

    space_name: Text
    entity: EntityUpdate


class ConnectionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/connection."""

    space_name: Text
    connection: ConnectionUpdate


class ParameterBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/parameter."""

    space_name: Text
    entity_id: Id
    parameter_name: Text
    value: Any


class EntityDeleteBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/entity/delete."""

    space_name: Text
    entity_id: Id


class ConnectionDeleteBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/connection/delete."""

    space_name: Text
    source_id: Id
    target_id: Id
    connection_type: Text


class BatchBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/batch; one transaction, applied in the order of the fields."""

    space_name: Text
    entities: list[EntityUpdate] = []
    connections: list[ConnectionUpdate] = []
    parameters: list[ParameterUpdate] = []
    deleted_entities: list[Id] = []
    replace: bool = False

    def __len__(self) -> int:
        return (
            len(self.entities)
            + len(self.connections)
            + len(self.parameters)
            + len(self.deleted_entities)
        )


Body = (
    EntityBody
    | ConnectionBody
    | ParameterBody
    | EntityDeleteBody
    | ConnectionDeleteBody
    | BatchBody
)

BODIES: Final[dict[str, type[Body]]] = {
    "entity": EntityBody,
    "connection": ConnectionBody,
    "parameter": ParameterBody,
    "entity/delete": EntityDeleteBody,
    "connection/delete": ConnectionDeleteBody,
    "batch": BatchBody,
}
"""The body of each ingest endpoint, by the end of its path."""

_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    endpoint: msgspec.json.Decoder(body) for endpoint, body in BODIES.items()
}
_EXTENDED: Final[dict[type[Struct], type[Struct]]] = {
    EntityUpdate: ExtendedEntityUpdate,
    ConnectionUpdate: ExtendedConnectionUpdate,
}
_WHERE = re.compile(r"^(?P<reason>.*) - at `\$(?P<path>[^`]*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_Update = TypeVar("_Update", bound=Struct)


def decode(endpoint: str, body: bytes) -> Body:
    """The typed body of a request to `endpoint`.

    Raises InvalidInput with the field at fault, Unstorable for a text PostgreSQL cannot hold,
    and TooLarge for a name over its limit.
    """
    decoded = _decode(endpoint, body)
    check(decoded, body)
    return decoded


def is_plain(text: bytes) -> bool:
    """Whether JSON, or several of them, can hold nothing too deep and no U+0000; fast."""
    return b"\\u0000" not in text and _is_surely_shallow(text)


def check(decoded: Body, text: bytes, *, plain: bool = False) -> None:
    """Refuse what has the right shape and cannot be stored; `text` is what it was decoded from.

    Raises as `decode` does.
    """
    if not plain and not is_plain(text):
        if _is_deep(decoded):
            raise TooLarge(f"JSON may be nested {MAX_DEPTH} levels deep")
        if _holds_nul(decoded):
            raise Unstorable("a text holds \\u0000, which PostgreSQL cannot store")
    check_space_name(decoded.space_name)
    for pointer, name in _names(decoded):
        _check_name(pointer, name)


def check_space_name(space_name: str) -> None:
    """Refuse a space name that is blank or over its limit."""
    if not space_name.strip():
        raise _invalid("/space_name", "must not be blank")
    if len(space_name) > MAX_SPACE_NAME_LENGTH:
        raise TooLarge(f"a space name may have {MAX_SPACE_NAME_LENGTH} characters")
    if "\0" in space_name:
        raise Unstorable("a space name holds \\u0000, which PostgreSQL cannot store")


def _names(body: Body) -> Iterator[tuple[str, str | int]]:
    """Every id of a request, and where it stands."""
    match body:
        case EntityBody():
            yield "/entity/id", body.entity.id
        case ConnectionBody():
            yield "/connection/source_id", body.connection.source_id
            yield "/connection/target_id", body.connection.target_id
        case ParameterBody() | EntityDeleteBody():
            yield "/entity_id", body.entity_id
        case ConnectionDeleteBody():
            yield "/source_id", body.source_id
            yield "/target_id", body.target_id
        case BatchBody():
            for i, entity in enumerate(body.entities):
                yield f"/entities/{i}/id", entity.id
            for i, connection in enumerate(body.connections):
                yield f"/connections/{i}/source_id", connection.source_id
                yield f"/connections/{i}/target_id", connection.target_id
            for i, parameter in enumerate(body.parameters):
                yield f"/parameters/{i}/entity_id", parameter.entity_id


def _check_name(pointer: str, name: str | int) -> None:
    """Refuse an id that is blank or over its limit."""
    if type(name) is int:
        if abs(name) >= _ID_INTEGER_LIMIT:
            raise TooLarge(f"{pointer}: an integer id may have {_ID_DIGITS} digits")
    elif len(name) > MAX_ID_LENGTH:  # type: ignore[arg-type]
        raise TooLarge(f"{pointer}: an id may have {MAX_ID_LENGTH} characters")
    elif name.isspace():  # type: ignore[union-attr]
        raise _invalid(pointer, "must not be blank")


def _decode(endpoint: str, body: bytes) -> Body:
    try:
        return _decode_known(endpoint, body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("the body is nested too deeply") from None


def _decode_known(endpoint: str, body: bytes) -> Body:
    try:
        decoded: Body = _DECODERS[endpoint].decode(body)
    except msgspec.ValidationError as error:
        if "unknown field" not in str(error):
            raise invalid_from_msgspec(error) from None
        decoded = _decode_extended(endpoint, body)
    return decoded


def _decode_extended(endpoint: str, body: bytes) -> Body:
    """Decode a body in which somewhere a field has a name the contract does not know."""
    document = msgspec.json.decode(body)
    extended: dict[str, list[Struct]] = {}
    for field, kind in (("entity", EntityUpdate), ("connection", ConnectionUpdate)):
        if isinstance(document.get(field), dict):
            extended[field] = [_split(document[field], kind, f"/{field}")]
            document[field] = _known(document[field], kind)
    for field, kind in (("entities", EntityUpdate), ("connections", ConnectionUpdate)):
        if isinstance(items := document.get(field), list):
            extended[field] = [
                _split(item, kind, f"/{field}/{index}") for index, item in enumerate(items)
            ]
            document[field] = []
    named = {field.encode_name for field in msgspec.structs.fields(BODIES[endpoint])}
    try:
        decoded: Body = msgspec.convert(
            {name: value for name, value in document.items() if name in named}, BODIES[endpoint]
        )
    except msgspec.ValidationError as error:
        raise invalid_from_msgspec(error) from None
    for field, updates in extended.items():
        if field in named:
            setattr(decoded, field, updates if field.endswith("s") else updates[0])
    return decoded


def _known(item: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    return {name: item[name] for name in kind.__struct_fields__ if name in item}


def _split(item: object, kind: type[_Update], pointer: str) -> _Update:
    """One update of a list, with the fields the contract does not name set apart."""
    if not isinstance(item, dict):
        raise _invalid(pointer, f"expected `object`, got `{type(item).__name__}`")
    known = _known(item, kind)
    try:
        update = msgspec.convert(known, kind)
    except msgspec.ValidationError as error:
        raise invalid_from_msgspec(error, pointer) from None
    if len(known) == len(item):
        return update
    extra = {name: value for name, value in item.items() if name not in known}
    fields = {name: getattr(update, name) for name in kind.__struct_fields__}
    extended: _Update = _EXTENDED[kind](**fields, extra=extra)  # type: ignore[assignment]
    return extended


def invalid_from_msgspec(error: msgspec.ValidationError, prefix: str = "") -> InvalidInput:
    """msgspec's "… - at `$.entities[0].id`" as a JSON pointer and a reason."""
    text = str(error)
    found = _WHERE.match(text)
    reason, path = (found["reason"], found["path"]) if found else (text, "")
    pointer = prefix + "".join(f"/{name or index}" for name, index in _STEP.findall(path))
    return _invalid(pointer, reason)


def _invalid(pointer: str, reason: str) -> InvalidInput:
    return InvalidInput(f"{pointer or 'the body'}: {reason}", (FieldError(pointer, reason),))


def _is_surely_shallow(body: bytes) -> bool:
    """Whether the brackets alone show that a body is not too deep; fast, and mostly they do."""
    if b'\\"' in body:  # within a text, or its end after a backslash
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = body.translate(None, _NOT_MARKS).replace(b'""', b"")
    if b'"' in brackets:
        return False  # brackets within texts: they could make up for those that count
    for _ in range(MAX_DEPTH // 2):  # a pass takes away one level, or two
        inner = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if not inner:
            return True
        if len(inner) == len(brackets):
            return False  # no JSON
        brackets = inner
    return False


def _is_deep(value: object) -> bool:
    """Whether a decoded body is nested deeper than MAX_DEPTH."""
    try:
        level = [msgspec.to_builtins(value)]
    except RecursionError:
        return True
    for _ in range(MAX_DEPTH):
        inner: list[object] = []
        for item in level:
            inner.extend(item.values() if isinstance(item, dict) else item)
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _holds_nul(value: object) -> bool:
    """Whether any text or name within a decoded body holds U+0000."""
    waiting = [msgspec.to_builtins(value)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
