"""What an update makes of an entity's document: the new text, and the patch between the two.

Most updates of a running scene move an entity and leave the rest as it was. Canonical JSON keeps
`position`, `rotation`, `scale` and `tags` side by side at the end of a *plain* document, one that
has the contract's eight fields and no other; there a move is an exchange of a few bytes, and its
patch is those bytes. Whatever does not fit that shape is decoded and compared field by field; both
ways give the same texts. Pure: knows texts and fields, no scene.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from lake_core.scene.change import Document, canonical, make_patch
from lake_core.scene.model import EntityUpdate

_decode: Final = msgspec.json.decode
_FIELDS: Final = tuple(EntityUpdate.__struct_fields__)
_COORDINATES: Final = ("position", "rotation", "scale")
_DEFAULTS: Final[Document] = {
    "class_type": "",
    "position": [0.0, 0.0, 0.0],
    "rotation": [0.0, 0.0, 0.0, 1.0],
    "scale": [1.0, 1.0, 1.0],
    "tags": [],
    "parameters": {},
}
"""What an entity is taken to be where its first sight does not say; its name is its id."""
_PLAIN: Final = msgspec.json.Decoder(EntityUpdate)
_POSITION, _ROTATION, _SCALE, _TAGS = (f',"{name}":['.encode() for name in (*_COORDINATES, "tags"))
_NEGATIVE_ZERO: Final = re.compile(rb"-0\.0[,\]}]").search


class Head(Struct, gc=False):
    """The fields of an entity that stand before its position."""

    name: str
    class_type: str
    parameters: dict[str, Any]


class Revision(Struct, gc=False):
    """An entity's next document, and what of it differs from the one before.

    `patch` is the document itself at first sight. `head` and `position` are None where they are
    as they were. `plain` says that the document has the contract's fields and no other.
    """

    document: bytes
    patch: bytes
    head: Head | None
    position: Sequence[float] | None
    plain: bool


def is_plain(document: bytes) -> bool:
    """Whether a document has the contract's fields and no other."""
    try:
        _PLAIN.decode(document)
    except msgspec.ValidationError:
        return False
    return True


def first_sight(update: EntityUpdate) -> Revision:
    """The document of an entity that is new; what the update leaves out is the default."""
    if type(update) is EntityUpdate:
        if not is_complete(update):
            _fill(update)
        text = canonical(update)
        if not _holds_negative_zero(text, text.rfind(_POSITION)):
            return Revision(text, text, _head_of(update), update.position, True)  # type: ignore[arg-type]
    entity = _DEFAULTS | {"name": update.id} | _sent(update)
    document = canonical(entity)
    return Revision(document, document, _head(entity), entity["position"], _has_no_more(entity))


def revise(before: bytes, plain: bool, update: EntityUpdate) -> Revision | None:
    """What an update makes of a document; None where all is as it was.

    `plain` says that `before` is known to be plain.
    """
    if type(update) is EntityUpdate and plain:
        if is_complete(update):
            text = canonical(update)
            if text == before:  # the common repeat
                return None
            at = text.rfind(_POSITION)
            same_head = before.startswith(text[: at + len(_POSITION)])
            if same_head and not _holds_negative_zero(text, at):
                return _exchange(before, at, text, at, update)
        elif update.name is UNSET and update.class_type is UNSET and update.parameters is UNSET:
            at = before.rfind(_POSITION)
            tail = _tail(before, at, update)
            if not _holds_negative_zero(tail, 0):
                return _exchange(before, at, tail, 0, update)
    return _compare(before, update)


def _fill(update: EntityUpdate) -> None:
    """Give an update of an entity that is new all that it leaves out."""
    if update.name is UNSET:
        update.name = str(update.id)
    for name, value in _DEFAULTS.items():
        if getattr(update, name) is UNSET:
            setattr(update, name, value)


def set_parameter(before: bytes, name: str, value: object) -> Revision | None:
    """What one parameter's new value makes of a document; None where it has it already."""
    old: Document = _decode(before)
    return _between(before, old, old | {"parameters": old["parameters"] | {name: value}})


def is_complete(update: EntityUpdate) -> bool:
    """Whether an update leaves nothing out, and adds nothing."""
    return type(update) is EntityUpdate and not (
        update.name is UNSET
        or update.class_type is UNSET
        or update.position is UNSET
        or update.rotation is UNSET
        or update.scale is UNSET
        or update.tags is UNSET
        or update.parameters is UNSET
    )


# -- plain documents, by their texts


def _tail(before: bytes, at: int, update: EntityUpdate) -> bytes:
    """`before` from its position on, with the fields that the update carries."""
    rotation = before.index(_ROTATION, at)
    scale = before.index(_SCALE, rotation)
    tags = before.index(_TAGS, scale)
    return b"".join(
        (
            _field(_POSITION, update.position) or before[at:rotation],
            _field(_ROTATION, update.rotation) or before[rotation:scale],
            _field(_SCALE, update.scale) or before[scale:tags],
            before[tags:] if update.tags is UNSET else _field(_TAGS, update.tags) + b"}",
        )
    )


def _field(name: bytes, value: object) -> bytes:
    return b"" if value is UNSET else name[:-1] + canonical(value)


def _exchange(
    before: bytes, at: int, text: bytes, start: int, update: EntityUpdate
) -> Revision | None:
    """`before` with its end, from `at`, exchanged for that of `text`, from `start`."""
    rotation = before.index(_ROTATION, at)
    new_rotation = text.index(_ROTATION, start)
    position = None
    if before.endswith(text[new_rotation:], rotation):  # a move and no more
        if start != at and before.startswith(text[:new_rotation], at):
            return None
        patch = text[start + 1 : new_rotation]
        position = update.position
    else:
        old = _fields(before, at, rotation)
        new = _fields(text, start, new_rotation)
        patch = b",".join([b for a, b in zip(old, new, strict=True) if a != b])
        if old[0] != new[0]:
            position = update.position
    document = before[:at] + text[start:] if start != at else text
    return Revision(document, b'{"set":{' + patch + b"}}", None, position or None, True)


def _fields(text: bytes, position: int, rotation: int) -> tuple[bytes, bytes, bytes, bytes]:
    """The last four fields of a plain document, without what stands between them."""
    scale = text.index(_SCALE, rotation)
    tags = text.index(_TAGS, scale)
    return (
        text[position + 1 : rotation],
        text[rotation + 1 : scale],
        text[scale + 1 : tags],
        text[tags + 1 : -1],
    )


def _holds_negative_zero(text: bytes, at: int) -> bool:
    """Whether a number from `at` on may be -0.0; coordinates tell it as 0.0."""
    return text.find(b"-0.0", at) >= 0 and _NEGATIVE_ZERO(text, at) is not None


# -- any documents, field by field


def _compare(before: bytes, update: EntityUpdate) -> Revision | None:
    old: Document = _decode(before)
    return _between(before, old, old | _sent(update))


def _between(before: bytes, old: Document, new: Document) -> Revision | None:
    document = canonical(new)
    if document == before:
        return None
    patch = make_patch(old, new)
    return Revision(document, patch, _head(new), new["position"], _has_no_more(new))


def _sent(update: EntityUpdate) -> Document:
    """The fields an update carries, coordinates with one zero: -0.0 is 0.0."""
    fields: Document = msgspec.structs.asdict(update)
    fields = {name: value for name, value in fields.items() if value is not UNSET}
    for name in _COORDINATES:
        if name in fields:
            fields[name] = [value + 0.0 for value in fields[name]]
    extra: Document = fields.pop("extra", {})
    return fields | extra


def _head(entity: Document) -> Head:
    return Head(entity["name"], entity["class_type"], entity["parameters"])


def _head_of(update: EntityUpdate) -> Head:
    return Head(update.name, update.class_type, update.parameters)  # type: ignore[arg-type]


def _has_no_more(entity: Document) -> bool:
    return len(entity) == len(_FIELDS)
