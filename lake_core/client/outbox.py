"""What waits to be sent to a lake: operations gathered into batches that keep their meaning.

A batch is applied as entities, connections, parameters, deletions. `Outbox` gathers operations
into one as long as that order gives what the given order would; where it would not, a new batch
begins. Pure: it must not know of threads, of disk or of HTTP.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

Item = dict[str, Any]

ENTITIES: Final = "entities"
CONNECTIONS: Final = "connections"
PARAMETERS: Final = "parameters"
DELETED: Final = "deleted_entities"
CONNECTION_DELETE: Final = "connection/delete"
SCENE: Final = "scene"
"""A whole scene, `(entities, connections)`: what it does not name is gone."""
BATCH: Final = "batch"
KINDS: Final = (ENTITIES, CONNECTIONS, PARAMETERS, DELETED)
_ALONE: Final = (CONNECTION_DELETE, SCENE)
_ITEM: Final = re.compile(rf"/({'|'.join(KINDS)})/(\d+)")


class Parcel:
    """Operations that go in one request: a batch, a whole scene, or one connection's deletion.

    `weight` is how many operations were given, coalesced ones included.
    """

    def __init__(self, kind: str = BATCH) -> None:
        self.kind = kind
        self.items: list[tuple[str, Any]] = []  # (kind, item), in the order given
        self.weight = 0
        self._entity_at: dict[str, Item] = {}
        self._parameter_at: dict[tuple[str, str], Item] = {}
        self._with_parameters: set[str] = set()
        self._deleted: set[str] = set()

    @classmethod
    def begun_by(cls, kind: str) -> Parcel:
        """An empty parcel of the sort that an operation of this kind goes into."""
        return cls(kind if kind in _ALONE else BATCH)

    @property
    def endpoint(self) -> str:
        """Where it goes, below `/eustress/ingest/`."""
        return BATCH if self.kind == SCENE else self.kind

    def takes(self, kind: str, item: Any) -> bool:
        """Whether this operation may join, without a change of what all of them do."""
        if self.kind in _ALONE or kind in _ALONE:
            return not self.items and self.kind == kind
        if kind == ENTITIES:
            # A parameter set before is lost where the entity's parameters, whole, come first.
            parameters_first = "parameters" in item and item["id"] in self._with_parameters
            return item["id"] not in self._deleted and not parameters_first
        if kind == CONNECTIONS:
            return self._deleted.isdisjoint((item["source_id"], item["target_id"]))
        if kind == PARAMETERS:
            return item["entity_id"] not in self._deleted
        return item not in self._entity_at  # one batch may not send and delete an entity

    def add(self, kind: str, item: Any, *, coalesce: bool) -> bool:
        """Take an operation in; false where it only renewed one that was waiting."""
        self.weight += weight_of(kind, item)
        if kind == ENTITIES:
            return self._add_entity(item, coalesce)
        if kind == PARAMETERS:
            return self._add_parameter(item, coalesce)
        if kind == DELETED:
            self._deleted.add(item)
        self.items.append((kind, item))
        return True

    def lists(self) -> dict[str, list[Any]]:
        """The items of a batch or a scene by kind, in the order in which they are applied."""
        if self.kind == SCENE:
            entities, connections = self.items[0][1]
            return {ENTITIES: entities, CONNECTIONS: connections}
        kinds = {kind: [i for of, i in self.items if of == kind] for kind in KINDS}
        filled = {kind: items for kind, items in kinds.items() if items}
        return {ENTITIES: [], CONNECTIONS: [], **filled}

    def _add_entity(self, item: Item, coalesce: bool) -> bool:
        waiting = self._entity_at.get(item["id"])
        if coalesce and waiting is not None:
            waiting.update(item)
            return False
        self._entity_at[item["id"]] = item
        self.items.append((ENTITIES, item))
        return True

    def _add_parameter(self, item: Item, coalesce: bool) -> bool:
        key = (item["entity_id"], item["parameter_name"])
        self._with_parameters.add(item["entity_id"])
        waiting = self._parameter_at.get(key)
        if coalesce and waiting is not None:
            waiting.update(item)
            return False
        self._parameter_at[key] = item
        self.items.append((PARAMETERS, item))
        return True


class Outbox:
    """Parcels in the order they are to be sent; operations join the last."""

    def __init__(self, max_batch: int, *, coalesce: bool) -> None:
        self._max_batch, self._coalesce = max_batch, coalesce
        self._parcels: deque[Parcel] = deque()

    def __bool__(self) -> bool:
        return bool(self._parcels)

    def add(self, kind: str, item: Any) -> None:
        """Put an operation into the last parcel, or begin another."""
        last = self._parcels[-1] if self._parcels else None
        if last is None or len(last.items) >= self._max_batch or not last.takes(kind, item):
            last = Parcel.begun_by(kind)
            self._parcels.append(last)
        last.add(kind, item, coalesce=self._coalesce)

    def take(self) -> Parcel | None:
        """The next parcel to send; nothing joins it any more."""
        return self._parcels.popleft() if self._parcels else None

    def take_full(self) -> Parcel | None:
        """The next parcel, if nothing more will join it anyway."""
        parcels = self._parcels
        if len(parcels) > 1 or (parcels and len(parcels[0].items) >= self._max_batch):
            return parcels.popleft()
        return None


def divided(body: Mapping[str, Any]) -> tuple[Item, Item] | None:
    """Two bodies that do the same one after the other; None for what cannot be divided."""
    if body.get("replace") or not any(kind in body for kind in KINDS):
        return None
    items = [(kind, item) for kind in KINDS for item in body.get(kind, ())]
    if len(items) < 2:
        return None
    middle = len(items) // 2
    return _of(body, items[:middle]), _of(body, items[middle:])


def without(body: Mapping[str, Any], pointers: Sequence[str]) -> tuple[Item, list[Item]] | None:
    """A body without the items that JSON pointers lead to, and a body of each of these.

    None where they lead to no item, or to all there are, or where the body must stay whole.
    """
    named = {(match[1], int(match[2])) for each in pointers if (match := _ITEM.match(each))}
    items = [(kind, i, item) for kind in KINDS for i, item in enumerate(body.get(kind, ()))]
    faulty = [(kind, item) for kind, i, item in items if (kind, i) in named]
    if body.get("replace") or not faulty or len(faulty) == len(items):
        return None
    rest = [(kind, item) for kind, i, item in items if (kind, i) not in named]
    return _of(body, rest), [_of(body, [each]) for each in faulty]


def count_in(body: Mapping[str, Any]) -> int:
    """How many operations a request's body holds."""
    return sum(len(body.get(kind, ())) for kind in KINDS) or 1


def weight_of(kind: str, item: Any) -> int:
    """How many operations one item counts as: a scene, as many as it holds."""
    return max(len(item[0]) + len(item[1]), 1) if kind == SCENE else 1


def identified(entity_id: str | int) -> str:
    """An id as the lake keeps it."""
    return str(entity_id)


def _of(body: Mapping[str, Any], items: list[tuple[str, Any]]) -> Item:
    lists: Item = {kind: [] for kind in (ENTITIES, CONNECTIONS)}
    for kind, item in items:
        lists.setdefault(kind, []).append(item)
    return {"space_name": body["space_name"], **lists}
