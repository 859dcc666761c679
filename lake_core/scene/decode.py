"""From the bytes of a request to typed updates, with errors that name the field.

Bodies are decoded whole into the model's Structs. Only where a body holds a field that the
contract does not name is it decoded a second time, generically, so that the field can be kept.
This module checks shape and never looks at a scene.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from lake_core.errors import InvalidInput
from lake_core.scene.bodies import BODIES, Body
from lake_core.scene.model import (
    ConnectionUpdate,
    EntityUpdate,
    ExtendedConnectionUpdate,
    ExtendedEntityUpdate,
)
from lake_core.scene.storable import check, invalid

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
        raise invalid(pointer, f"expected `object`, got `{type(item).__name__}`")
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
    return invalid(pointer, reason)
