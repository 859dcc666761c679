"""What a sample is (contract, section 8), and which samples may be asked for.

How a scene becomes samples is not known here, nor are files or formats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import Raw, Struct

from lake_core.curate.beam import BeamTensor, CoherenceMetrics
from lake_core.errors import InvalidInput
from lake_core.scene.model import Quaternion, Vector3


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """Which samples are wanted, and how they are weighed.

    Args:
        sacred_only: Keep entities at flux positions 3, 6 and 9 alone.
        weight_sacred: The `weight` of those; all others weigh 1.0.
        dedupe: Drop a sample that equals the same entity's one before.
        require_consent: Keep entities whose parameter `ai` is true.
        max_depth: Keep entities at most this deep in the tree.
        class_types: Keep entities of these classes; empty keeps all.
    """

    sacred_only: bool = False
    weight_sacred: float = 1.5
    dedupe: bool = False
    require_consent: bool = False
    max_depth: int | None = None
    class_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight_sacred) and self.weight_sacred >= 0.0):
            raise InvalidInput("the weight of sacred samples must be a number of 0 or more")
        if self.max_depth is not None and self.max_depth < 0:
            raise InvalidInput("the greatest depth must be 0 or more")

    @property
    def filters(self) -> bool:
        """Whether any entity may be left out because of what it is."""
        narrowed = self.max_depth is not None or bool(self.class_types)
        return self.sacred_only or self.require_consent or narrowed


class Subject(Struct, frozen=True, kw_only=True):
    """A sample but for the snapshot it was seen in; equal subjects are one object.

    `parameters` and `entity` are JSON; `entity` is the entity whole, fields unknown to the
    contract included.
    """

    text: str
    prompt: str
    response: str
    flux_position: int
    flux_rule: str
    weight: float
    beam_tensor: BeamTensor
    coherence: CoherenceMetrics
    position: Vector3
    entity_id: str
    depth: int
    parent_id: str | None
    name: str
    class_type: str
    rotation: Quaternion
    scale: Vector3
    tags: list[str]
    parameters: Raw
    entity: Raw


class Seen(Struct, frozen=True, kw_only=True):
    """The snapshot a sample was seen in: what is added to a Subject to make a sample."""

    space_name: str
    snapshot_id: UUID
    timestamp: datetime


class Link(Struct, frozen=True, kw_only=True):
    """A connection of a snapshot; `connection` is it whole, as JSON."""

    source_id: str
    target_id: str
    connection_type: str
    strength: float
    label: str
    connection: Raw


@dataclass(frozen=True, slots=True)
class SnapshotSamples:
    """What an export holds of one snapshot."""

    seen: Seen
    subjects: list[Subject]
    links: list[Link]
