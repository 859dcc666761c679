"""Applying a whole request to a scene: in order, counted, refused before anything has changed.

Pure, like the scene itself. Everything that can be wrong with a request in the light of the
scene is found here before the first update is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from lake_core.errors import FieldError, InvalidInput, NotFound
from lake_core.scene.bodies import (
    BatchBody,
    Body,
    ConnectionBody,
    ConnectionDeleteBody,
    EntityBody,
    EntityDeleteBody,
    ParameterBody,
)
from lake_core.scene.bulk import update_entities
from lake_core.scene.model import ConnectionKey, ParameterUpdate
from lake_core.scene.state import Scene


@dataclass(slots=True)
class Tally:
    """How many operations of a request changed something, and how many were already so."""

    accepted: int = 0
    unchanged: int = 0

    def count(self, changed: bool) -> None:
        """Count one operation."""
        if changed:
            self.accepted += 1
        else:
            self.unchanged += 1


def apply_body(scene: Scene, body: Body) -> Tally:
    """Apply a request; raises InvalidInput or NotFound with the scene as it was."""
    tally = Tally()
    match body:
        case EntityBody():
            tally.count(scene.update_entity(body.entity))
        case ConnectionBody():
            tally.count(scene.update_connection(body.connection))
        case ParameterBody():
            update = ParameterUpdate(
                entity_id=body.entity_id, parameter_name=body.parameter_name, value=body.value
            )
            tally.count(scene.set_parameter(update))
        case EntityDeleteBody():
            if not scene.delete_entity(str(body.entity_id)):
                raise NotFound(f"no entity {body.entity_id!r} in space {body.space_name!r}")
            tally.count(True)
        case ConnectionDeleteBody():
            key = ConnectionKey(str(body.source_id), str(body.target_id), body.connection_type)
            if not scene.delete_connection(key):
                raise NotFound(f"no connection {tuple(key)!r} in space {body.space_name!r}")
            tally.count(True)
        case BatchBody():
            _apply_batch(scene, body, tally)
    return tally


def check_body(scene: Scene | None, body: Body) -> None:
    """Refuse what this scene (None: a space not seen before) cannot take, before applying it."""
    if isinstance(body, BatchBody):
        _check_batch(scene, body)
    elif scene is None and not isinstance(body, EntityBody | ConnectionBody):
        raise NotFound(f"no space {body.space_name!r}")


def _check_batch(scene: Scene | None, body: BatchBody) -> None:
    sent = {str(update.id) for update in body.entities} if body.parameters else set()
    for index, parameter in enumerate(body.parameters):
        entity_id = str(parameter.entity_id)
        if entity_id not in sent and (scene is None or entity_id not in scene.slot_of):
            raise NotFound(f"/parameters/{index}: no entity {entity_id!r} in {body.space_name!r}")
    if not body.deleted_entities:
        return
    deleted = {str(entity_id): i for i, entity_id in enumerate(body.deleted_entities)}
    for update in body.entities:
        if (at := deleted.get(str(update.id))) is not None:
            reason = f"entity {update.id!r} is both sent and deleted in one batch"
            raise InvalidInput(reason, (FieldError(f"/deleted_entities/{at}", reason),))


def _apply_batch(scene: Scene, body: BatchBody, tally: Tally) -> None:
    changed = update_entities(scene, body.entities)
    tally.accepted += changed
    tally.unchanged += len(body.entities) - changed
    for connection in body.connections:
        tally.count(scene.update_connection(connection))
    for parameter in body.parameters:
        tally.count(scene.set_parameter(parameter))
    for entity_id in body.deleted_entities:
        tally.count(scene.delete_entity(str(entity_id)))
    if body.replace:
        _drop_unnamed(scene, body, tally)


def _drop_unnamed(scene: Scene, body: BatchBody, tally: Tally) -> None:
    """A `replace` batch is the whole scene: what it does not name is gone."""
    named = {
        ConnectionKey(str(c.source_id), str(c.target_id), c.connection_type)
        for c in body.connections
    }
    for key in [key for key in scene.connections if key not in named]:
        tally.count(scene.delete_connection(key))
    kept = {str(update.id) for update in body.entities}
    for entity_id in [entity_id for entity_id in scene.slot_of if entity_id not in kept]:
        tally.count(scene.delete_entity(entity_id))
