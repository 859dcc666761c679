"""What a trainer takes: one entity at one snapshot, whole, with its training signals.

Owns the shape, which is that of a line of an export; where samples come from is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Raw, Struct

from lake_core.curate.beam import BeamTensor, CoherenceMetrics
from lake_core.curate.sample import Seen, Subject
from lake_core.scene.model import Quaternion, Vector3


class TrainingSample(Struct, frozen=True, kw_only=True):
    """A sample; all beyond the specification's six fields is known where it came from a lake.

    `position` and `scale` in scene units, `rotation` a quaternion xyzw; `weight` says how often
    it is to be drawn beside others. `parameters` and `entity` are JSON, the entity whole.
    """

    text: str
    beam_tensor: BeamTensor
    coherence: CoherenceMetrics
    flux_position: int
    depth: int = 0
    position: Vector3 | None = None
    weight: float = 1.0
    prompt: str = ""
    response: str = ""
    flux_rule: str = ""
    entity_id: str = ""
    parent_id: str | None = None
    name: str = ""
    class_type: str = ""
    rotation: Quaternion = (0.0, 0.0, 0.0, 1.0)
    scale: Vector3 = (1.0, 1.0, 1.0)
    tags: list[str] = []
    parameters: Raw = Raw(b"{}")
    entity: Raw = Raw(b"{}")
    space_name: str = ""
    snapshot_id: UUID | None = None
    timestamp: datetime | None = None


def sample_of(subject: Subject, seen: Seen) -> TrainingSample:
    """A sample from what the lake says of an entity, and of the snapshot it was seen in."""
    return TrainingSample(
        text=subject.text,
        beam_tensor=subject.beam_tensor,
        coherence=subject.coherence,
        flux_position=subject.flux_position,
        depth=subject.depth,
        position=subject.position,
        weight=subject.weight,
        prompt=subject.prompt,
        response=subject.response,
        flux_rule=subject.flux_rule,
        entity_id=subject.entity_id,
        parent_id=subject.parent_id,
        name=subject.name,
        class_type=subject.class_type,
        rotation=subject.rotation,
        scale=subject.scale,
        tags=subject.tags,
        parameters=subject.parameters,
        entity=subject.entity,
        space_name=seen.space_name,
        snapshot_id=seen.snapshot_id,
        timestamp=seen.timestamp,
    )
