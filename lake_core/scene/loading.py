"""A scene made of whole documents: all entities, then all connections, as a keyframe has them.

Documents come in parts, each a JSON array of them. A part is read twice, once for the documents'
own texts and once for what the arrays show: two calls a part, where two a document would take
half as long again. Pure, as the scene is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import msgspec
import numpy as np

from lake_core.scene.contents import Shown
from lake_core.scene.model import ConnectionKey
from lake_core.scene.state import Scene

Part = str | bytes
"""A JSON array of documents."""


class _Named(Shown, gc=False):
    """What the arrays show of an entity, with its id."""

    id: str


class _Ends(msgspec.Struct, gc=False):
    """What makes a connection's document that connection."""

    source_id: str
    target_id: str
    connection_type: str


_texts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_entities = msgspec.json.Decoder(list[_Named]).decode
_connections = msgspec.json.Decoder(list[_Ends]).decode
_key: Final = partial(tuple.__new__, ConnectionKey)


def load_entities(scene: Scene, parts: Iterable[tuple[Part, Sequence[int]]]) -> None:
    """Add whole entities, in order, to a scene from which none was ever removed.

    Beside each part the fluxes of its entities: the position plus ten times its rule.
    """
    documents: list[bytes] = []
    shown: list[_Named] = []
    fluxes: list[int] = []
    for part, part_fluxes in parts:
        documents += map(bytes, _texts(part))
        shown += _entities(part)
        fluxes += part_fluxes
    orders = np.arange(len(documents)) + scene.seq + 1
    slots = scene.new_slots([entity.id for entity in shown], orders)
    scene.seq += len(documents)
    scene.show_many(slots, shown)
    scene.store_many(slots, documents, np.array(fluxes, np.int64))


def load_connections(scene: Scene, parts: Iterable[Part]) -> None:
    """Add whole connections, none of which is there, in order."""
    documents: list[bytes] = []
    keys: list[ConnectionKey] = []
    for part in parts:
        documents += map(bytes, _texts(part))
        keys += [
            _key((ends.source_id, ends.target_id, ends.connection_type))
            for ends in _connections(part)
        ]
    scene.edges.put_many(keys, documents, range(scene.seq + 1, scene.seq + 1 + len(keys)))
    scene.account_many((), documents)
    scene.seq += len(documents)
