"""A scene told in dictionaries: what every cleverer telling of it must agree with."""

from __future__ import annotations

from typing import Any

from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.model import ConnectionKey


class Plain:
    """The same rules, told in dictionaries."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.connections: dict[ConnectionKey, None] = {}

    def run(self, operation: tuple[Any, ...]) -> None:
        getattr(self, operation[0])(*operation[1:])

    def entity(self, entity_id: str, position: Any, parameters: Any) -> None:
        new = {"position": [0.0] * 3, "parameters": {}}
        found = self.entities.setdefault(entity_id, new)
        if position is not None:
            found["position"] = [value + 0.0 for value in position]
        if parameters is not None:
            found["parameters"] = parameters

    def parameter(self, entity_id: str, name: str, value: Any) -> None:
        if entity_id in self.entities:
            found = self.entities[entity_id]
            found["parameters"] = found["parameters"] | {name: value}

    def delete(self, entity_id: str) -> None:
        if self.entities.pop(entity_id, None) is not None:
            for key in list(self.connections):
                if entity_id in key[:2]:
                    del self.connections[key]

    def connect(self, source: str, target: str, kind: str) -> None:
        key = ConnectionKey(source, target, kind)
        if key in self.connections:
            return
        if kind == HIERARCHY:
            for other in list(self.connections):
                if other.target_id == target and other.connection_type == HIERARCHY:
                    del self.connections[other]
        self.connections[key] = None

    def disconnect(self, source: str, target: str, kind: str) -> None:
        self.connections.pop(ConnectionKey(source, target, kind), None)
