"""What has the right shape and cannot be stored: too deep, too long, blank, or with U+0000 in it.

Pure, and fast where there is nothing to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lake_core.errors import FieldError, InvalidInput, TooLarge, Unstorable
from lake_core.scene.bodies import (
    BatchBody,
    Body,
    ConnectionBody,
    ConnectionDeleteBody,
    EntityBody,
    EntityDeleteBody,
    ParameterBody,
)

MAX_ID_LENGTH: Final = 1024
MAX_SPACE_NAME_LENGTH: Final = 256
MAX_DEPTH: Final = 64
"""Far below what the decoder can take: what is stored must be readable ever after."""
_NOT_MARKS: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ID_DIGITS: Final = 100
_ID_INTEGER_LIMIT: Final = 10**_ID_DIGITS

Where = tuple[str | int, ...]
"""The steps of a JSON pointer, which is made only where something is at fault there."""


def is_plain(text: bytes) -> bool:
    """Whether JSON, or several of them, can hold nothing too deep and no U+0000; fast."""
    return b"\\u0000" not in text and _is_surely_shallow(text)


def check(decoded: Body, text: bytes, *, plain: bool = False) -> None:
    """Refuse what has the right shape and cannot be stored; `text` is what it was decoded from.

    Raises as `decode.decode` does.
    """
    if not plain and not is_plain(text):
        if _is_deep(decoded):
            raise TooLarge(f"JSON may be nested {MAX_DEPTH} levels deep")
        if _holds_nul(decoded):
            raise Unstorable("a text holds \\u0000, which PostgreSQL cannot store")
    check_space_name(decoded.space_name)
    for where, name in _ids(decoded):
        _check_id(where, name)


def check_space_name(space_name: str) -> None:
    """Refuse a space name that is blank or over its limit."""
    if not space_name.strip():
        raise invalid("/space_name", "must not be blank")
    if len(space_name) > MAX_SPACE_NAME_LENGTH:
        raise TooLarge(f"a space name may have {MAX_SPACE_NAME_LENGTH} characters")
    if "\0" in space_name:
        raise Unstorable("a space name holds \\u0000, which PostgreSQL cannot store")


def invalid(pointer: str, reason: str) -> InvalidInput:
    """One field at fault, or, where the pointer is empty, the body."""
    return InvalidInput(f"{pointer or 'the body'}: {reason}", (FieldError(pointer, reason),))


def _ids(body: Body) -> Iterator[tuple[Where, str | int]]:
    """Every id of a request, and where it stands."""
    match body:
        case EntityBody():
            yield ("entity", "id"), body.entity.id
        case ConnectionBody():
            yield ("connection", "source_id"), body.connection.source_id
            yield ("connection", "target_id"), body.connection.target_id
        case ParameterBody() | EntityDeleteBody():
            yield ("entity_id",), body.entity_id
        case ConnectionDeleteBody():
            yield ("source_id",), body.source_id
            yield ("target_id",), body.target_id
        case BatchBody():
            for i, entity in enumerate(body.entities):
                yield ("entities", i, "id"), entity.id
            for i, connection in enumerate(body.connections):
                yield ("connections", i, "source_id"), connection.source_id
                yield ("connections", i, "target_id"), connection.target_id
            for i, parameter in enumerate(body.parameters):
                yield ("parameters", i, "entity_id"), parameter.entity_id


def _check_id(where: Where, name: str | int) -> None:
    """Refuse an id that is blank or over its limit."""
    if type(name) is int:
        if abs(name) >= _ID_INTEGER_LIMIT:
            raise TooLarge(f"{_pointer(where)}: an integer id may have {_ID_DIGITS} digits")
    elif len(name) > MAX_ID_LENGTH:  # type: ignore[arg-type]
        raise TooLarge(f"{_pointer(where)}: an id may have {MAX_ID_LENGTH} characters")
    elif name.isspace():  # type: ignore[union-attr]
        raise invalid(_pointer(where), "must not be blank")


def _pointer(where: Where) -> str:
    return "".join(f"/{step}" for step in where)


def _is_surely_shallow(body: bytes) -> bool:
    """Whether the brackets alone show that a body is not too deep; fast, and mostly they do."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return True
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
