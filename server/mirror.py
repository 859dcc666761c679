"""A space as its viewers have been told of it, and what is to be told next.

Kept from the deltas of one subscription, so that viewers cost the lake thread nothing, however
many there are. Messages are JSON of a bounded size. Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
import numpy as np

from lake_core.scene.arrays import SceneArrays, SceneDelta
from server.entities import Match, told

MESSAGE_BYTES: Final = 256 * 1024
PAGE_SLOTS: Final = 1024
REMOVED_PER_MESSAGE: Final = 2000
_encode = msgspec.json.encode


class Mirror:
    """One space, from its first, whole delta on."""

    def __init__(self, whole: SceneDelta) -> None:
        self._arrays = SceneArrays()
        self._space_name = whole.space_name
        self._seq = whole.seq
        self._lock = threading.Lock()
        self._arrays.apply(whole)

    def take(self, delta: SceneDelta) -> list[bytes]:
        """Follow a delta that is not whole; the messages that tell it."""
        ids = self._arrays.ids
        with self._lock:
            before = [ids[slot] for slot in delta.slots.tolist() if slot < len(ids)]
            self._arrays.apply(delta)
            self._seq = delta.seq
            rows = np.flatnonzero(delta.alive)
            ordered = rows[np.argsort(delta.orders[rows], kind="stable")].tolist()
            found = [self._match(delta, row) for row in ordered]
        present = {match.id() for match in found}
        removed = [entity_id for entity_id in before if entity_id and entity_id not in present]
        return list(self._changes(delta.seq, told(found), removed))

    def page(self, slot: int) -> tuple[bytes, int | None]:
        """A message that tells entities from a slot on, and the slot to go on from, if any.

        Values are those of now: whoever is also told what `take` brings since before the first
        page has the space as it is.
        """
        with self._lock:
            live = np.flatnonzero(self._arrays.alive[slot:])[: PAGE_SLOTS + 1] + slot
            shown = self._arrays.delta(
                self._space_name, self._seq, live.astype(np.int32), whole=True
            )
            found = [self._match(shown, row) for row in range(len(live))]
        entities = list(_within_bounds(told(islice(found, PAGE_SLOTS))))
        following = int(live[len(entities)]) if len(entities) < len(live) else None
        return self._message(
            "state", shown.seq, entities, [], has_more=following is not None
        ), following

    def _match(self, delta: SceneDelta, row: int) -> Match:
        parent = int(delta.parents[row])
        return Match(delta, row, self._arrays.ids[parent] if parent >= 0 else None)

    def _changes(self, seq: int, entities: Iterator[bytes], removed: list[str]) -> Iterator[bytes]:
        for first in range(REMOVED_PER_MESSAGE, len(removed), REMOVED_PER_MESSAGE):
            some = removed[first : first + REMOVED_PER_MESSAGE]
            yield self._message("changes", seq, [], some, has_more=True)
        some = removed[:REMOVED_PER_MESSAGE]
        following = next(entities, None)
        while True:
            chunk = list(_within_bounds(entities, following))
            following = next(entities, None)
            yield self._message("changes", seq, chunk, some, has_more=following is not None)
            some = []
            if following is None:
                return

    def _message(
        self, kind: str, seq: int, entities: list[bytes], removed: list[str], *, has_more: bool
    ) -> bytes:
        head = {"type": kind, "space_name": self._space_name, "seq": seq, "more": has_more}
        if kind == "changes":
            head["removed"] = removed
        # Joined as text: each entity is JSON already.
        return _encode(head)[:-1] + b',"entities":[' + b",".join(entities) + b"]}"


def _within_bounds(entities: Iterable[bytes], first: bytes | None = None) -> Iterator[bytes]:
    """`first`, then entities until a message is full; at least one, where there is any."""
    size = 0
    if first is not None:
        size += len(first)
        yield first
        if size >= MESSAGE_BYTES:
            return
    for entity in entities:
        size += len(entity)
        yield entity
        if size >= MESSAGE_BYTES:
            return
