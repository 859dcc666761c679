"""What a request to each ingest endpoint holds (contract, section 2), typed."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from lake_core.scene.model import ConnectionUpdate, EntityUpdate, Id, ParameterUpdate, Text


class EntityBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/entity."""

    space_name: Text
    entity: EntityUpdate


class ConnectionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/connection."""

    space_name: Text
    connection: ConnectionUpdate


class ParameterBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/parameter."""

    space_name: Text
    entity_id: Id
    parameter_name: Text
    value: Any


class EntityDeleteBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/entity/delete."""

    space_name: Text
    entity_id: Id


class ConnectionDeleteBody(Struct, kw_only=True):
    """Body of POST /eustress/ingest/connection/delete."""

    space_name: Text
    source_id: Id
    target_id: Id
    connection_type: Text


class BatchBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /eustress/ingest/batch; one transaction, applied in the order of the fields."""

    space_name: Text
    entities: list[EntityUpdate] = []
    connections: list[ConnectionUpdate] = []
    parameters: list[ParameterUpdate] = []
    deleted_entities: list[Id] = []
    replace: bool = False

    def __len__(self) -> int:
        return (
            len(self.entities)
            + len(self.connections)
            + len(self.parameters)
            + len(self.deleted_entities)
        )


Body = (
    EntityBody
    | ConnectionBody
    | ParameterBody
    | EntityDeleteBody
    | ConnectionDeleteBody
    | BatchBody
)

BODIES: Final[dict[str, type[Body]]] = {
    "entity": EntityBody,
    "connection": ConnectionBody,
    "parameter": ParameterBody,
    "entity/delete": EntityDeleteBody,
    "connection/delete": ConnectionDeleteBody,
    "batch": BatchBody,
}
"""The body of each ingest endpoint, by the end of its path."""
