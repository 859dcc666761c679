"""What waits to be sent to a lake: operations gathered into batches that keep their meaning.

A batch is applied as entities, connections, parameters, deletions. `Outbox` gathers operations
into one as long as that order gives what the given order would; where it would not, a new batch
begins. Pure: it must not know of threads or of HTTP.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

Item = dict[str, Any]

ENTITIES: Final = "entities"
CONNECTIONS: Final = "connections"
PARAMETERS: Final = "parameters"
DELETED: Final = "deleted_entities"
CONNECTION_DELETE: Final = "connection/delete"
KINDS: Final = (ENTITIES, CONNECTIONS, PARAMETERS, DELETED)


class Parcel:
    """Operations that go in one request: a batch, or the deletion of one connection.

    `weight` is how many operations were given, coalesced ones included.
    """

    def __init__(self, endpoint: str = "batch") -> None:
        self.endpoint = endpoint
        self.items: list[tuple[str, Any]] = []  # (kind, item), in the order given
        self.weight = 0
        self._entity_at: dict[str, Item] = {}
        self._parameter_at: dict[tuple[str, str], Item] = {}
        self._with_parameters: set[str] = set()
        self._deleted: set[str] = set()

    def takes(self, kind: str, item: Any) -> bool:
        """Whether this operation may join, without a change of what all of them do."""
        if self.endpoint != "batch" or kind == CONNECTION_DELETE:
            return not self.items and (kind == CONNECTION_DELETE) == (self.endpoint == kind)
        if kind == ENTITIES:
            return item["id"] not in self._deleted and item["id"] not in self._with_parameters
        if kind == CONNECTIONS:
            return self._deleted.isdisjoint((item["source_id"], item["target_id"]))
        if kind == PARAMETERS:
            return item["entity_id"] not in self._deleted
        return item not in self._entity_at  # one batch may not send and delete an entity

    def add(self, kind: str, item: Any, *, coalesce: bool) -> bool:
        """Take an operation in; false where it only renewed one that was waiting."""
        self.weight += 1
        if kind == ENTITIES:
            return self._add_entity(item, coalesce)
        if kind == PARAMETERS:
            return self._add_parameter(item, coalesce)
        if kind == DELETED:
            self._deleted.add(item)
        self.items.append((kind, item))
        return True

    def body(self, space_name: str) -> dict[str, Any]:
        """The request's JSON."""
        if self.endpoint != "batch":
            return {"space_name": space_name, **self.items[0][1]}
        kinds = {kind: [i for of, i in self.items if of == kind] for kind in KINDS}
        filled = {kind: items for kind, items in kinds.items() if items}
        return {"space_name": space_name, ENTITIES: [], CONNECTIONS: [], **filled}

    def halves(self) -> tuple[Parcel, Parcel]:
        """Two parcels that do the same one after the other. Their weights add up to this one's."""
        ordered = sorted(self.items, key=lambda item: _ORDER[item[0]])
        middle = len(ordered) // 2
        first, second = Parcel(), Parcel()
        first.items, second.items = ordered[:middle], ordered[middle:]
        first.weight = len(first.items)
        second.weight = self.weight - first.weight
        return first, second

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


_ORDER: Final = {kind: place for place, kind in enumerate((*KINDS, CONNECTION_DELETE))}


class Outbox:
    """Parcels in the order they are to be sent. `waiting` counts their operations."""

    def __init__(self, max_batch: int, *, coalesce: bool) -> None:
        self.waiting = 0
        self._max_batch, self._coalesce = max_batch, coalesce
        self._parcels: deque[Parcel] = deque()

    def add(self, kind: str, item: Any) -> None:
        """Put an operation into the last parcel, or begin another."""
        last = self._parcels[-1] if self._parcels else None
        if last is None or len(last.items) >= self._max_batch or not last.takes(kind, item):
            last = Parcel(CONNECTION_DELETE if kind == CONNECTION_DELETE else "batch")
            self._parcels.append(last)
        self.waiting += last.add(kind, item, coalesce=self._coalesce)

    def take(self) -> Parcel | None:
        """The next parcel to send; nothing joins it any more."""
        if not self._parcels:
            return None
        parcel = self._parcels.popleft()
        self.waiting -= len(parcel.items)
        return parcel

    @property
    def full_parcel(self) -> bool:
        """Whether there is a reason to send at once: a parcel that nothing more will join."""
        parcels = self._parcels
        return len(parcels) > 1 or (bool(parcels) and len(parcels[0].items) >= self._max_batch)


def identified(entity_id: str | int) -> str:
    """An id as the lake keeps it."""
    return str(entity_id)


def normal_connection(connection: Mapping[str, Any]) -> Item:
    """A copy of a connection, its ends as the lake keeps them. Raises KeyError without them."""
    ends = {end: identified(connection[end]) for end in ("source_id", "target_id")}
    return {**connection, **ends}
