"""One space's state, and what each update changes in it.

A Scene takes typed updates and says, as rows for the log, what they changed; the same rows,
replayed in order, make the same Scene. It is pure: no disk, no clock, no threads. One thread
owns it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import UNSET

from lake_core.errors import NotFound
from lake_core.scene.change import (
    Change,
    ChangeKind,
    Document,
    apply_patch,
    canonical,
    connection_key_text,
    parse_connection_key,
)
from lake_core.scene.contents import Contents
from lake_core.scene.flux import RULE_POSITION, flux_of, flux_of_position
from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.model import (
    ConnectionKey,
    ConnectionUpdate,
    EntityUpdate,
    ExtendedConnectionUpdate,
    ParameterUpdate,
)
from lake_core.scene.revision import Revision, first_sight, revise, set_parameter

_decode: Final = msgspec.json.decode
_CONNECTION_FIELDS: Final = tuple(ConnectionUpdate.__struct_fields__)


class Scene(Contents):
    """The state of one space at one sequence number."""

    def __init__(self, space_name: str) -> None:
        super().__init__(space_name)
        self._changes: list[Change] = []

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
        document = _connection_document(key, update, before)
        if document == before:
            return False
        if before is None and key.connection_type == HIERARCHY:
            self._drop_edge_to(key.target_id)
        kind = ChangeKind.CONNECTION_PATCH if before else ChangeKind.CONNECTION
        self._log(kind, connection_key_text(key), -1, document)
        self.put_connection(key, document)
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
            self.show(slot, after)
            self.store(slot, canonical(after), flux)
        elif kind == ChangeKind.ENTITY_GONE:
            self.forget(self.slot_of[key])
        elif kind == ChangeKind.CONNECTION_GONE:
            self.remove_connection(parse_connection_key(key))
        else:
            self.put_connection(parse_connection_key(key), patch)

    def put_document(self, entity_id: str, document: bytes, flux: int) -> None:
        """Take over an entity whole. `flux` is its position plus ten times its rule."""
        known = self.slot_of.get(entity_id)
        slot = self.new_slot(entity_id) if known is None else known
        self.show(slot, _decode(document))
        self.store(slot, document, flux)
        if known is None:
            self.edges.entity_arrived(entity_id)

    def put_connection_document(self, document: bytes) -> None:
        """Take over a connection whole."""
        fields: Document = _decode(document)
        key = ConnectionKey(fields["source_id"], fields["target_id"], fields["connection_type"])
        self.put_connection(key, document)

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
        self.store(slot, revision.document, flux)
        self.plain[slot] = revision.plain

    def _drop_connection(self, key: ConnectionKey) -> None:
        self._log(ChangeKind.CONNECTION_GONE, connection_key_text(key), -1, b"")
        self.remove_connection(key)

    def _drop_edge_to(self, child: str) -> None:
        if (earlier := self.edges.edge_to(child)) is not None:
            self._drop_connection(earlier)


def _connection_document(
    key: ConnectionKey, update: ConnectionUpdate, before: bytes | None
) -> bytes:
    if before is not None or type(update) is not ConnectionUpdate:
        return canonical(_whole_connection(key, update, _decode(before) if before else {}))
    update.source_id, update.target_id, _ = key  # integers have become texts
    if update.strength is UNSET:
        update.strength = 1.0
    if update.label is UNSET:
        update.label = ""
    return canonical(update)


def _whole_connection(key: ConnectionKey, update: ConnectionUpdate, before: Document) -> Document:
    fields = {
        name: value for name in _CONNECTION_FIELDS if (value := getattr(update, name)) is not UNSET
    }
    if isinstance(update, ExtendedConnectionUpdate):
        fields |= update.extra
    return {"strength": 1.0, "label": ""} | before | fields | key._asdict()


def _unknown_entity(entity_id: str) -> NotFound:
    return NotFound(f"no entity {entity_id!r} in this space")
