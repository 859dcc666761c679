"""What a scene holds: entities in slots, connections and their tree, and the figures of them all.

Keeps arrays, tree, figures and state hash in step, whoever puts something in. It must not know of
updates or of the log: what is put in is documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Int32s, SceneArrays, SceneDelta
from lake_core.scene.change import STATE_HASH_MODULUS, Document, state_term, sum_of_terms
from lake_core.scene.edges import Edges
from lake_core.scene.flux import FLUX_RULES
from lake_core.scene.hierarchy import HierarchyTree
from lake_core.scene.metadata import Figures, make_metadata
from lake_core.scene.model import ConnectionKey, SnapshotMetadata, Vector3
from lake_core.scene.revision import is_plain


class Shown(msgspec.Struct, gc=False):
    """What the arrays show of an entity's document beside its flux."""

    name: str
    class_type: str
    position: Vector3


class Contents:
    """Entities and connections of one space, as documents."""

    def __init__(self, space_name: str) -> None:
        self.space_name = space_name
        self.seq = 0
        self.arrays = SceneArrays()
        self.slot_of: dict[str, int] = {}
        self.flux_rules = np.zeros(self.arrays.capacity, np.uint8)
        self.plain: list[bool | None] = [None] * self.arrays.capacity  # None: not looked at yet
        self._state_hash: int | None = 0  # None until someone asks
        self.document_bytes = 0  # of all documents: what a keyframe of this scene would weigh
        self.touched: set[int] = set()  # slots changed since the owner last cleared it
        self.warnings: list[str] = []
        self.edges = Edges(self.arrays, self.slot_of)
        self.figures = Figures()
        self._free: list[int] = []

    # -- what it holds

    @property
    def connections(self) -> dict[ConnectionKey, bytes]:
        """Canonical JSON of every connection, in order of assertion."""
        return self.edges.documents

    @property
    def entity_count(self) -> int:
        """How many entities there are."""
        return len(self.slot_of)

    @property
    def connection_count(self) -> int:
        """How many connections there are, hierarchy edges included."""
        return len(self.edges.documents)

    @property
    def state_hash(self) -> int:
        """The sum of all documents' terms: equal states have equal hashes."""
        if self._state_hash is None:
            terms = sum_of_terms(self.documents()) + sum_of_terms(self.connections.values())
            self._state_hash = terms % STATE_HASH_MODULUS
        return self._state_hash

    def put_off_state_hash(self) -> None:
        """Reckon the state hash when it is next asked for, not row by row until then."""
        self._state_hash = None

    def live_slots(self) -> Int32s:
        """Slots of all entities, in order of first sight."""
        return np.fromiter(self.slot_of.values(), np.int32, len(self.slot_of))

    def documents(self) -> Iterator[bytes]:
        """Canonical JSON of every entity, in order of first sight."""
        documents = self.arrays.documents
        return (documents[slot] for slot in self.slot_of.values())

    def flux(self, slot: int) -> tuple[int, str]:
        """Flux position of a slot, and the name of its rule."""
        return int(self.arrays.flux[slot]), FLUX_RULES[self.flux_rules[slot]]

    def is_plain(self, slot: int) -> bool:
        """Whether a slot's document has the contract's fields and no other."""
        plain = self.plain[slot]
        if plain is None:
            plain = self.plain[slot] = is_plain(self.arrays.documents[slot])
        return plain

    def hierarchy(self) -> HierarchyTree:
        """The tree, as ids."""
        return self.edges.tree()

    def metadata(self) -> SnapshotMetadata:
        """The figures of the scene as it is; independent of its size but for rare re-measuring."""
        return make_metadata(
            self.figures,
            self.arrays,
            connection_count=self.connection_count,
            has_hierarchy=self.edges.has_hierarchy,
            hierarchy_depth=self.edges.forest.max_depth(),
            state_hash=self.state_hash,
        )

    def delta(self, slots: set[int] | None = None) -> SceneDelta:
        """The present values of `slots`, or of every live slot as a whole delta."""
        self.settle()
        if slots is None:
            return self.arrays.delta(self.space_name, self.seq, self.live_slots(), whole=True)
        chosen = np.fromiter(slots, np.int32, len(slots))
        return self.arrays.delta(self.space_name, self.seq, chosen, whole=False)

    def settle(self) -> None:
        """Bring depths up to date, and count slots whose place in the tree changed as touched."""
        forest = self.edges.forest
        forest.refresh()
        self.touched |= forest.moved
        forest.moved.clear()

    # -- slots

    def new_slot(self, entity_id: str) -> int:
        """A slot for an entity that is new; what it holds is to be stored next."""
        if self._free:
            slot = self._free.pop()
        else:
            slot = len(self.slot_of)
            self._make_room(slot + 1)
        self.slot_of[entity_id] = slot
        self.arrays.ids[slot] = entity_id
        self.arrays.orders[slot] = self.seq
        self.edges.forest.add(slot)
        return slot

    def new_slots(self, entity_ids: list[str], orders: NDArray[np.int64]) -> Int32s:
        """Slots for many new entities, first seen at these places in the log."""
        reused = [self._free.pop() for _ in range(min(len(self._free), len(entity_ids)))]
        used = len(self.slot_of) + len(reused) + len(self._free)
        never_used = range(used, used + len(entity_ids) - len(reused))
        if never_used:
            self._make_room(never_used.stop)
        numbers = [*reused, *never_used]
        self.slot_of.update(zip(entity_ids, numbers, strict=True))
        for slot, entity_id in zip(numbers, entity_ids, strict=True):
            self.arrays.ids[slot] = entity_id
        slots = np.array(numbers, np.int32)
        self.arrays.orders[slots] = orders
        self.edges.forest.add_many(slots)
        return slots

    def _make_room(self, slots: int) -> None:
        if slots > self.arrays.capacity:
            self.arrays.grow(slots)
            grown = np.zeros(self.arrays.capacity, np.uint8)
            grown[: len(self.flux_rules)] = self.flux_rules
            self.flux_rules = grown
            self.plain.extend([None] * (self.arrays.capacity - len(self.plain)))

    # -- documents

    def show(self, slot: int, entity: Document) -> None:
        """Let the arrays show an entity whose document is another now."""
        self.arrays.names[slot] = entity["name"]
        self.arrays.class_types[slot] = entity["class_type"]
        self.arrays.positions[slot] = entity["position"]
        self.plain[slot] = None

    def show_many(self, slots: Int32s, entities: Sequence[Shown]) -> None:
        """As `show` of each; no slot is named twice."""
        names, class_types, plain = self.arrays.names, self.arrays.class_types, self.plain
        for slot, entity in zip(slots.tolist(), entities, strict=True):
            names[slot] = entity.name
            class_types[slot] = entity.class_type
            plain[slot] = None
        positions = np.array([entity.position for entity in entities])
        self.arrays.positions[slots] = positions.reshape(-1, 3)

    def store(self, slot: int, document: bytes, flux: int) -> None:
        """Put a document with its flux into a slot; what the arrays show beside is not touched."""
        arrays, figures = self.arrays, self.figures
        before = arrays.documents[slot]
        self._account(before, document)
        if before:
            figures.flux_counts[arrays.flux[slot]] -= 1
        rule, position = divmod(flux, 10)
        arrays.alive[slot] = True
        arrays.documents[slot] = document
        arrays.flux[slot] = position
        self.flux_rules[slot] = rule
        figures.flux_counts[position] += 1
        figures.moved(slot)
        self.touched.add(slot)

    def store_many(
        self, slots: Int32s, documents: Sequence[bytes], fluxes: NDArray[np.int64]
    ) -> None:
        """Put documents, each with its flux, into slots, none of which is named twice.

        What the arrays show of them beside is the caller's to write.
        """
        arrays = self.arrays
        numbers = slots.tolist()
        self.account_many([arrays.documents[slot] for slot in numbers], documents)
        for slot, document in zip(numbers, documents, strict=True):
            arrays.documents[slot] = document
        rules, positions = np.divmod(fluxes, 10)
        self.figures.stored(arrays, slots, positions)
        arrays.flux[slots] = positions
        self.flux_rules[slots] = rules
        arrays.alive[slots] = True
        self.touched.update(numbers)

    def forget(self, slot: int) -> None:
        """Remove an entity that no connection touches; nothing is logged."""
        arrays = self.arrays
        self._account(arrays.documents[slot], b"")
        self.figures.flux_counts[arrays.flux[slot]] -= 1
        self.figures.moved(slot)
        del self.slot_of[arrays.ids[slot]]
        self.edges.forest.remove(slot)
        arrays.alive[slot] = False
        arrays.ids[slot] = arrays.names[slot] = arrays.class_types[slot] = ""
        arrays.documents[slot] = b""
        self.plain[slot] = None
        self._free.append(slot)
        self.touched.add(slot)

    # -- connections

    def put_connection(self, key: ConnectionKey, document: bytes) -> None:
        """Add a connection, or exchange its document; nothing is logged."""
        self._account(self.edges.documents.get(key, b""), document)
        if self.edges.put(key, document, self.seq):
            self.warn_of_loop(key)

    def remove_connection(self, key: ConnectionKey) -> None:
        """End a connection that is there; nothing is logged."""
        self._account(self.edges.documents[key], b"")
        self.edges.drop(key)

    def _account(self, before: bytes, after: bytes) -> None:
        """Let the state hash and the weight follow one document; empty where there is none."""
        if self._state_hash is not None:
            change = (state_term(after) if after else 0) - (state_term(before) if before else 0)
            self._state_hash = (self._state_hash + change) % STATE_HASH_MODULUS
        self.document_bytes += len(after) - len(before)

    def account_many(self, before: Collection[bytes], after: Collection[bytes]) -> None:
        """Let the state hash and the weight follow documents; empty where there is none."""
        if self._state_hash is not None:
            change = sum_of_terms(after) - sum_of_terms(before)
            self._state_hash = (self._state_hash + change) % STATE_HASH_MODULUS
        self.document_bytes += sum(map(len, after)) - sum(map(len, before))

    def warn_of_loop(self, key: ConnectionKey) -> None:
        """Tell the request under way that an edge of it closes a loop."""
        self.warnings.append(
            f"hierarchy edge {key.source_id} -> {key.target_id} closes a loop: "
            "it is stored, and the tree ignores the loop's latest edge while it lasts"
        )
