"""The one schema: what travels on the wire, rests in the log and leaves in exports.

All structures are msgspec Structs. Field names are the contract's. This module owns shapes and
defaults; it knows nothing of how they are applied, stored or shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

HIERARCHY: Final = "hierarchy"
"""The `connection_type` whose edges make the tree: parent `source_id`, child `target_id`."""

Trigger = Literal["manual", "threshold", "batch", "schedule"]
"""Why a snapshot was taken."""


class Entity(Struct, kw_only=True):
    """One entity, whole. `position` and `scale` in scene units, `rotation` a quaternion xyzw."""

    id: str
    name: str
    class_type: str = ""
    position: Vector3 = (0.0, 0.0, 0.0)
    rotation: Quaternion = (0.0, 0.0, 0.0, 1.0)
    scale: Vector3 = (1.0, 1.0, 1.0)
    tags: list[str] = []
    parameters: dict[str, Any] = {}


ENTITY_FIELDS: Final = tuple(Entity.__struct_fields__)


class EntityUpdate(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An entity as an engine sends it: what is missing stays as it was."""

    id: str | int
    name: str | UnsetType = UNSET
    class_type: str | UnsetType = UNSET
    position: Vector3 | UnsetType = UNSET
    rotation: Quaternion | UnsetType = UNSET
    scale: Vector3 | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


class Connection(Struct, kw_only=True):
    """A directed, typed edge between two entities."""

    source_id: str
    target_id: str
    connection_type: str
    strength: float = 1.0
    label: str = ""


class ConnectionUpdate(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A connection as an engine sends it."""

    source_id: str | int
    target_id: str | int
    connection_type: str
    strength: float | UnsetType = UNSET
    label: str | UnsetType = UNSET


class ConnectionKey(Struct, frozen=True, array_like=True):
    """What makes a connection the same connection."""

    source_id: str
    target_id: str
    connection_type: str


class HierarchyTree(Struct):
    """The tree of a scene: who is whose parent, and how deep. Roots have depth 0."""

    roots: list[str]
    parent_map: dict[str, str]
    children_map: dict[str, list[str]]
    depth_map: dict[str, int]

    def max_depth(self) -> int:
        """The greatest depth; 0 for a scene without edges or without entities."""
        return max(self.depth_map.values(), default=0)

    def entities_at_depth(self, depth: int) -> list[str]:
        """Ids of the entities at `depth`, in the order of the map."""
        return [entity_id for entity_id, at in self.depth_map.items() if at == depth]


class SnapshotMetadata(Struct, kw_only=True):
    """Figures of one snapshot. `spatial_bounds` is (low corner, high corner) in scene units."""

    entity_count: int
    connection_count: int
    hierarchy_depth: int
    sacred_entity_count: int
    avg_flux_position: float
    spatial_bounds: tuple[Vector3, Vector3]
    quality_score: float
    state_hash: str


class SnapshotSummary(Struct, kw_only=True):
    """A snapshot without its bulk: a pointer into the change log of its space."""

    id: UUID
    space_name: str
    timestamp: datetime
    seq: int
    trigger: str
    pinned: bool
    metadata: SnapshotMetadata
    tags: list[str] = []
    note: str = ""
    rating: int | None = None


class EustressSnapshot(Struct, kw_only=True):
    """A snapshot with the whole scene, as the specification shows it.

    `entities` and `connections` hold canonical JSON, so that unknown fields survive.
    """

    id: UUID
    space_name: str
    timestamp: datetime
    entities: list[msgspec.Raw]
    connections: list[msgspec.Raw]
    hierarchy: HierarchyTree
    parameters: dict[str, msgspec.Raw]
    metadata: SnapshotMetadata


class EpochStats(Struct, kw_only=True):
    """Figures of an epoch; see contract section 7."""

    total_entities: int
    total_connections: int
    unique_types: int
    avg_hierarchy_depth: float
    sacred_frequency: float
    spatial_coverage: float


class TrainingEpoch(Struct, kw_only=True):
    """A frozen choice of snapshots to train on."""

    id: UUID
    space_name: str
    snapshot_ids: list[UUID]
    start_time: datetime
    end_time: datetime
    sample_count: int
    stats: EpochStats
    name: str = ""
    note: str = ""
    space_names: list[str] = []
    content_hash: str = ""
    created_at: datetime | None = None


class IngestResult(Struct, kw_only=True):
    """The answer to an ingest request; it exists only once the data is committed."""

    success: bool = True
    message: str
    snapshot_id: UUID | None = None
    accepted: int = 0
    unchanged: int = 0
    seq: int = 0
    warnings: list[str] = []


class SpaceSummary(Struct, kw_only=True):
    """One space at a glance. `rate_per_s` is the rate of changes over the last seconds."""

    space_name: str
    entities: int
    connections: int
    changes: int
    snapshots: int
    last_change: datetime | None
    rate_per_s: float


class LakeStatistics(Struct, kw_only=True):
    """The whole lake at a glance; the specification's fields, then ours."""

    total_snapshots: int
    total_spaces: int
    total_entities_seen: int
    total_epochs: int
    storage_size_bytes: int
    last_snapshot: datetime | None
    spaces: list[SpaceSummary]
