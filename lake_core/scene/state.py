"""One space's state: entities, connections and their tree, and what each update changes in it.

A Scene takes typed updates and says, as rows for the log, what they changed; the same rows,
replayed in order, make the same Scene. It is pure: no disk, no clock, no threads. One thread
owns it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from lake_core.errors import NotFound
from lake_core.scene.arrays import Int32s, SceneArrays, SceneDelta
from lake_core.scene.change import (
    STATE_HASH_MODULUS,
    Change,
    ChangeKind,
    Document,
    apply_patch,
    canonical,
    connection_key_text,
    parse_connection_key,
    state_term,
    sum_of_terms,
)
from lake_core.scene.edges import Edges
from lake_core.scene.flux import FLUX_RULES, RULE_POSITION, flux_of, flux_of_position
from lake_core.scene.hierarchy import HIERARCHY, HierarchyTree
from lake_core.scene.metadata import Figures, make_metadata
from lake_core.scene.model import (
    ConnectionKey,
    ConnectionUpdate,
    EntityUpdate,
    ExtendedConnectionUpdate,
    ParameterUpdate,
    SnapshotMetadata,
)
from lake_core.scene.revision import Revision, first_sight, is_plain, revise, set_parameter

_decode: Final = msgspec.json.decode
_CONNECTION_FIELDS: Final = tuple(ConnectionUpdate.__struct_fields__)


class Scene:
    """The state of one space at one sequence number."""

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
        self._changes: list[Change] = []

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

    def take_changes(self) -> list[Change]:
        """The rows since the last call; the last has this scene's `seq`."""
        changes, self._changes = self._changes, []
        return changes

    # -- updates: each returns whether it changed anything

    def update_entity(self, update: EntityUpdate) -> bool:
        """Add an entity or change one; what the update leaves out stays as it was."""
        if type(update.id) is int:
            update.id = str(update.id)
        entity_id: str = update.id  # type: ignore[assignment]
        slot = self.slot_of.get(entity_id)
        if slot is None:
            self._first_sight(entity_id, first_sight(update))
            return True
        return self._revise(slot, revise(self.arrays.documents[slot], self.is_plain(slot), update))

    def set_parameter(self, update: ParameterUpdate) -> bool:
        """Set one parameter of an entity that is there; raises NotFound."""
        slot = self.slot_of.get(str(update.entity_id))
        if slot is None:
            raise _unknown_entity(str(update.entity_id))
        before = self.arrays.documents[slot]
        return self._revise(slot, set_parameter(before, update.parameter_name, update.value))

    def delete_entity(self, entity_id: str) -> bool:
        """Remove an entity and its connections; false where it is not there."""
        slot = self.slot_of.get(entity_id)
        if slot is None:
            return False
        for key in self.edges.touching(entity_id):
            self._drop_connection(key)
        self._log(ChangeKind.ENTITY_GONE, entity_id, -1, b"")
        self.forget(slot)
        return True

    def update_connection(self, update: ConnectionUpdate) -> bool:
        """Add a connection or change one; a hierarchy edge moves the child."""
        key = ConnectionKey(str(update.source_id), str(update.target_id), update.connection_type)
        before = self.edges.documents.get(key)
        document = canonical(_whole_connection(key, update, _decode(before) if before else {}))
        if document == before:
            return False
        if before is None and key.connection_type == HIERARCHY:
            self._drop_edge_to(key.target_id)
        kind = ChangeKind.CONNECTION_PATCH if before else ChangeKind.CONNECTION
        self._log(kind, connection_key_text(key), -1, document)
        self._put_connection(key, document)
        return True

    def delete_connection(self, key: ConnectionKey) -> bool:
        """Remove a connection; false where it is not there."""
        if key not in self.edges.documents:
            return False
        self._drop_connection(key)
        return True

    # -- replay: rows of the log or of a keyframe, in order

    def replay(self, seq: int, kind: int, key: str, flux: int, patch: bytes) -> None:
        """Take over one row of the log; nothing is logged anew."""
        self.seq = seq
        if kind == ChangeKind.ENTITY:
            self.put_document(key, patch, flux)
        elif kind == ChangeKind.ENTITY_PATCH:
            slot = self.slot_of[key]
            old: Document = _decode(self.arrays.documents[slot])
            after = apply_patch(old, _decode(patch))
            self._show(slot, after)
            self._store(slot, canonical(after), flux)
        elif kind == ChangeKind.ENTITY_GONE:
            self.forget(self.slot_of[key])
        elif kind == ChangeKind.CONNECTION_GONE:
            self.remove_connection(parse_connection_key(key))
        else:
            self._put_connection(parse_connection_key(key), patch)

    def put_document(self, entity_id: str, document: bytes, flux: int) -> None:
        """Take over an entity whole. `flux` is its position plus ten times its rule."""
        known = self.slot_of.get(entity_id)
        slot = self.new_slot(entity_id) if known is None else known
        self._show(slot, _decode(document))
        self._store(slot, document, flux)
        if known is None:
            self.edges.entity_arrived(entity_id)

    def put_connection_document(self, document: bytes) -> None:
        """Take over a connection whole."""
        fields: Document = _decode(document)
        key = ConnectionKey(fields["source_id"], fields["target_id"], fields["connection_type"])
        self._put_connection(key, document)

    # -- the inside, and what bulk updates share with it

    def log_many(self, changes: Iterable[Change]) -> None:
        """Rows for the log, one place after another."""
        count = len(self._changes)
        self._changes.extend(changes)
        self.seq += len(self._changes) - count

    def _log(self, kind: int, key: str, flux: int, patch: bytes) -> None:
        self.seq += 1
        self._changes.append(Change(kind, key, flux, patch))

    def _first_sight(self, entity_id: str, revision: Revision) -> None:
        flux = self._flux_after(-1, revision)
        self._log(ChangeKind.ENTITY, entity_id, flux, revision.patch)
        self._take(self.new_slot(entity_id), revision, flux)
        for key in self.edges.entity_arrived(entity_id):
            self.warn_of_loop(key)

    def _revise(self, slot: int, revision: Revision | None) -> bool:
        if revision is None:
            return False
        flux = self._flux_after(slot, revision)
        self._log(ChangeKind.ENTITY_PATCH, self.arrays.ids[slot], flux, revision.patch)
        self._take(slot, revision, flux)
        return True

    def _flux_after(self, slot: int, revision: Revision) -> int:
        """Flux position plus ten times its rule."""
        head, position = revision.head, revision.position
        if head is not None and position is not None:
            flux, rule = flux_of(position, head.parameters)
            return flux + 10 * rule
        rule = int(self.flux_rules[slot])
        if position is None or rule != RULE_POSITION:  # the others do not look at it
            return int(self.arrays.flux[slot]) + 10 * rule
        return flux_of_position(*position) + 10 * rule

    def _take(self, slot: int, revision: Revision, flux: int) -> None:
        """Let a slot hold what a revision says."""
        arrays = self.arrays
        if revision.head is not None:
            arrays.names[slot] = revision.head.name
            arrays.class_types[slot] = revision.head.class_type
        if revision.position is not None:
            arrays.positions[slot] = revision.position
        self._store(slot, revision.document, flux)
        self.plain[slot] = revision.plain

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

    def _show(self, slot: int, entity: Document) -> None:
        """Let the arrays show an entity whose document is another now."""
        self.arrays.names[slot] = entity["name"]
        self.arrays.class_types[slot] = entity["class_type"]
        self.arrays.positions[slot] = entity["position"]
        self.plain[slot] = None

    def _store(self, slot: int, document: bytes, flux: int) -> None:
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

    def _put_connection(self, key: ConnectionKey, document: bytes) -> None:
        self._account(self.edges.documents.get(key, b""), document)
        if self.edges.put(key, document, self.seq):
            self.warn_of_loop(key)

    def _drop_connection(self, key: ConnectionKey) -> None:
        self._log(ChangeKind.CONNECTION_GONE, connection_key_text(key), -1, b"")
        self.remove_connection(key)

    def _drop_edge_to(self, child: str) -> None:
        if (earlier := self.edges.edge_to(child)) is not None:
            self._drop_connection(earlier)

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


def _whole_connection(key: ConnectionKey, update: ConnectionUpdate, before: Document) -> Document:
    fields = {
        name: value for name in _CONNECTION_FIELDS if (value := getattr(update, name)) is not UNSET
    }
    if isinstance(update, ExtendedConnectionUpdate):
        fields |= update.extra
    return {"strength": 1.0, "label": ""} | before | fields | key._asdict()


def _unknown_entity(entity_id: str) -> NotFound:
    return NotFound(f"no entity {entity_id!r} in this space")
