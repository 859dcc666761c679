"""The life of one entity, from the rows of the log that speak of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lake_core.scene.change import ChangeKind, Document, apply_patch
from lake_core.scene.diff import EntityChange, entity_change
from lake_core.scene.flux import FLUX_RULES

EntityRow = tuple[int, datetime, int, int, bytes]
"""A row of one entity's: seq, recorded_at, kind, flux, patch."""

_document = msgspec.json.Decoder(dict).decode
_NOTHING: Final[Document] = {"parameters": {}}


class EntityMoment(Struct, kw_only=True):
    """One change of an entity: what it did to it, and where that left it.

    `changed` is told as in SceneDiff: by field, under `parameters` by parameter. Flux position
    and rule are those after the change; None where the entity is gone.
    """

    seq: int
    recorded_at: datetime
    kind: Literal["created", "changed", "deleted"]
    changed: EntityChange
    flux_position: int | None
    flux_rule: str | None


def tell_life(rows: Iterable[EntityRow], before: bytes | None = None) -> Iterator[EntityMoment]:
    """Every change of one entity, oldest first, from its rows in order.

    `before` is its document where the rows begin, if it was there already.
    """
    document: Document = _document(before) if before else _NOTHING
    is_there = before is not None
    for seq, recorded_at, kind, flux, patch in rows:
        after = _after(document, kind, patch)
        gone = kind == ChangeKind.ENTITY_GONE
        created = kind == ChangeKind.ENTITY and not is_there
        rule, position = (None, None) if gone else divmod(flux, 10)
        yield EntityMoment(
            seq=seq,
            recorded_at=recorded_at,
            kind="deleted" if gone else "created" if created else "changed",
            changed={} if gone else entity_change(document, after),
            flux_position=position,
            flux_rule=None if rule is None else FLUX_RULES[rule],
        )
        document, is_there = after, not gone


def _after(document: Document, kind: int, patch: bytes) -> Document:
    if kind == ChangeKind.ENTITY:
        whole: Document = _document(patch)
        return whole
    return apply_patch(document, _document(patch)) if patch else _NOTHING
