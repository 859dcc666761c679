"""A sample as the numbers and texts a model takes. Owns their names, order and types."""

from __future__ import annotations

from typing import Any

import numpy as np

from lake_core.training.sample import TrainingSample


def features(sample: TrainingSample) -> dict[str, Any]:
    """A sample as arrays of float32, integers and texts, which loaders stack into batches.

    `digits` [9], `virtues` [4] (ethos, logos, pathos, confidence), `coherence` [4] (sacred
    frequency, digital root, vortex cycle, overall), `position` [3] in scene units, the origin
    where there is none.
    """
    beam, coherence = sample.beam_tensor, sample.coherence
    return {
        "text": sample.text,
        "prompt": sample.prompt,
        "response": sample.response,
        "entity_id": sample.entity_id,
        "flux_position": sample.flux_position,
        "depth": sample.depth,
        "weight": np.float32(sample.weight),
        "digits": np.array(beam.digits, np.float32),
        "virtues": np.array([beam.ethos, beam.logos, beam.pathos, beam.confidence], np.float32),
        "coherence": np.array(
            [
                coherence.sacred_frequency,
                coherence.digital_root_coherence,
                coherence.vortex_cycle_coherence,
                coherence.overall_coherence,
            ],
            np.float32,
        ),
        "position": np.array(sample.position or (0.0, 0.0, 0.0), np.float32),
    }
