"""One change of a scene, as the log keeps it: canonical JSON, patches, and the state hash.

A change is a row: what kind, of which key, and what differs from the state before. Patches are
computed and applied here; where rows are stored, and by whom, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final, NamedTuple

import msgspec
from xxhash import xxh3_128_intdigest

from lake_core.scene.model import ConnectionKey, EntityUpdate

STATE_HASH_MODULUS: Final = 1 << 128

_TYPED: Final = frozenset(EntityUpdate.__struct_fields__) - {"parameters"}
"""Fields whose type the model fixes: equal as Python values is equal as JSON."""

_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.decode

Document = dict[str, Any]
"""An entity or a connection as JSON: the contract's fields and any others that were sent."""


class ChangeKind(IntEnum):
    """What a row of the change log does."""

    ENTITY = 1
    """First sight, or the whole entity anew: the patch is the document."""
    ENTITY_PATCH = 2
    """`{"set": {field: value}, "parameters": {name: value}, "removed": [name]}`, each optional."""
    ENTITY_GONE = 3
    CONNECTION = 4
    """A new connection: the patch is the document, the row's place is its order."""
    CONNECTION_PATCH = 5
    """The same connection with other contents: the patch is the whole document."""
    CONNECTION_GONE = 6


class Change(NamedTuple):
    """One row of the log, before it has a place there.

    `key` is the entity's id, or the connection's key as a JSON array. `flux` is the entity's flux
    position plus ten times the index of its rule; -1 for what has none. `patch` is JSON, empty
    where the kind says all.
    """

    kind: int
    key: str
    flux: int
    patch: bytes


def canonical(document: object) -> bytes:
    """The one JSON text of a document: keys sorted, numbers in their shortest form."""
    return _encode_sorted(document)


def connection_key_text(key: ConnectionKey) -> str:
    """A connection's key as the log keeps it: a JSON array of its three parts."""
    return canonical(list(key)).decode()


def parse_connection_key(text: str) -> ConnectionKey:
    """The inverse of `connection_key_text`."""
    return ConnectionKey(*_decode(text))


def state_term(document: bytes) -> int:
    """What one document adds to the state hash, a sum modulo 2**128: its XXH3 of 128 bits."""
    return xxh3_128_intdigest(document)


def sum_of_terms(documents: Iterable[bytes]) -> int:
    """What documents add to the state hash together; an empty one adds nothing."""
    return sum(map(xxh3_128_intdigest, filter(None, documents)))


def make_patch(before: Document, after: Document) -> bytes:
    """What turns `before` into `after`; no field of `before` may be missing in `after`."""
    patch: Document = {}
    changed = {
        name: value
        for name, value in after.items()
        if name != "parameters"
        and not (
            before[name] == value
            if name in _TYPED
            else name in before and same_value(before[name], value)
        )
    }
    if changed:
        patch["set"] = changed
    old, new = before["parameters"], after["parameters"]
    if old != new or not same_value(old, new):
        changed = {k: v for k, v in new.items() if not (k in old and same_value(old[k], v))}
        if changed:
            patch["parameters"] = changed
        if removed := sorted(old.keys() - new.keys()):
            patch["removed"] = removed
    return canonical(patch)


def apply_patch(document: Document, patch: Document) -> Document:
    """`document` after `patch`; the document itself is left as it was."""
    after: Document = document | patch.get("set", {})
    if "parameters" in patch or "removed" in patch:
        parameters = document["parameters"] | patch.get("parameters", {})
        for name in patch.get("removed", ()):
            parameters.pop(name, None)
        after["parameters"] = parameters
    return after


def same_value(a: object, b: object) -> bool:
    """Equal as JSON texts: 1, 1.0 and true are three different values, as the flux rules ask."""
    kind = type(a)
    if kind is not type(b):
        return False
    if kind is str or kind is int or kind is bool or a is None:
        return a == b
    return canonical(a) == canonical(b)
