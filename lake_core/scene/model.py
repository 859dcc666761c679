"""The one schema: what travels on the wire, rests in the log and leaves in exports.

All structures are msgspec Structs. Field names are the contract's. This module owns shapes and
defaults; it knows nothing of how they are applied, stored or shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from lake_core.scene.hierarchy import HierarchyTree

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

_FLOAT32_MAX: Final = 3.4028234663852886e38
Coordinate = Annotated[float, Meta(ge=-_FLOAT32_MAX, le=_FLOAT32_MAX)]
"""A number that is finite as float32, in which renderers and trainers hold it."""
Floats3 = Annotated[list[Coordinate], Meta(min_length=3, max_length=3)]
Floats4 = Annotated[list[Coordinate], Meta(min_length=4, max_length=4)]
Text = Annotated[str, Meta(min_length=1)]
Id = Text | int
"""Ids may be JSON integers; they are kept as their decimal string."""

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


class EntityUpdate(Struct, kw_only=True, forbid_unknown_fields=True):
    """An entity as an engine sends it: what is missing stays as it was."""

    id: Id
    name: str | UnsetType = UNSET
    class_type: str | UnsetType = UNSET
    position: Floats3 | UnsetType = UNSET
    rotation: Floats4 | UnsetType = UNSET
    scale: Floats3 | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


class ExtendedEntityUpdate(EntityUpdate, kw_only=True):
    """An entity with fields the contract does not name; they are kept under their own names."""

    extra: dict[str, Any]


class Connection(Struct, kw_only=True):
    """A directed, typed edge between two entities."""

    source_id: str
    target_id: str
    connection_type: str
    strength: float = 1.0
    label: str = ""


class ConnectionUpdate(Struct, kw_only=True, forbid_unknown_fields=True):
    """A connection as an engine sends it; what is missing stays as it was."""

    source_id: Id
    target_id: Id
    connection_type: Text
    strength: float | UnsetType = UNSET
    label: str | UnsetType = UNSET


class ExtendedConnectionUpdate(ConnectionUpdate, kw_only=True):
    """A connection with fields the contract does not name."""

    extra: dict[str, Any]


class ParameterUpdate(Struct, kw_only=True, forbid_unknown_fields=True):
    """One parameter of one entity."""

    entity_id: Id
    parameter_name: Text
    value: Any


class ConnectionKey(NamedTuple):
    """What makes a connection the same connection."""

    source_id: str
    target_id: str
    connection_type: str


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
    seq: int = 0
    trigger: str = "manual"
    pinned: bool = False
    tags: list[str] = []
    note: str = ""
    rating: int | None = None


class SnapshotEdit(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person may say of a snapshot; what is missing stays as it was.

    `rating` is 0 to 5, or None for none given. `deleted` false undoes a deletion.
    """

    pinned: bool | UnsetType = UNSET
    tags: list[Text] | UnsetType = UNSET
    note: str | UnsetType = UNSET
    rating: Annotated[int, Meta(ge=0, le=5)] | UnsetType | None = UNSET
    deleted: bool | UnsetType = UNSET


class EpochStats(Struct, kw_only=True):
    """Figures of an epoch; see contract section 7."""

    total_entities: int
    total_connections: int
    unique_types: int
    avg_hierarchy_depth: float
    sacred_frequency: float
    spatial_coverage: float


class Bookmark(Struct, kw_only=True, frozen=True):
    """An instant of a space that someone wants to find again, and why."""

    id: UUID
    space_name: str
    at: datetime
    note: str = ""


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
    derived_from: list[UUID] = []
    """The epochs it was made of, if any; they may be gone."""


class EpochDraft(Struct, kw_only=True):
    """A choice of snapshots that is not frozen yet; None where it was never kept."""

    id: UUID
    snapshot_ids: list[UUID]
    name: str = ""
    note: str = ""
    updated_at: datetime | None = None


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
