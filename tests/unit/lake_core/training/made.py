"""Training samples made by hand, for tests."""

from __future__ import annotations

from lake_core.curate.beam import beam_tensor, coherence_metrics
from lake_core.training import TrainingSample


def sample(
    entity_id: str, parent_id: str | None = None, flux: int = 1, weight: float = 1.0
) -> TrainingSample:
    """A sample of an entity that is `flux` now, and was always."""
    return TrainingSample(
        text=f"Entity at position {flux}",
        beam_tensor=beam_tensor(entity_id, flux, {}),
        coherence=coherence_metrics([flux]),
        flux_position=flux,
        weight=weight,
        entity_id=entity_id,
        parent_id=parent_id,
    )
