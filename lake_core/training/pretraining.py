"""The specification's `ContinuousPretraining`: samples are added as they come and drawn as needed.

Owns what is held between the two. Sacred samples are drawn more often; which ones were drawn is
decided by the seed and the order of adding, so that a run can be repeated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from lake_core.curate.beam import BeamTensor, CoherenceMetrics
from lake_core.errors import InvalidInput
from lake_core.scene.flux import SACRED
from lake_core.scene.model import Vector3
from lake_core.training.sample import TrainingSample
from lake_core.training.sampler import WeightedSampler


class ContinuousPretraining:
    """Holds the newest samples, and gives batches of them by weight.

    Args:
        weight_sacred: How much a sample at 3, 6 or 9 weighs where it is added field by field.
        capacity: How many samples are held; the oldest make room. None holds all.
        seed: Decides the draws.
    """

    def __init__(
        self, weight_sacred: float = 1.5, capacity: int | None = None, seed: int = 0
    ) -> None:
        if capacity is not None and capacity < 1:
            raise InvalidInput("there must be room for at least one sample")
        self._weight_sacred = weight_sacred
        self._samples: deque[TrainingSample] = deque(maxlen=capacity)
        self._seed = seed
        self._draws = 0

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[TrainingSample]:
        return iter(list(self._samples))

    def add_sample(
        self,
        text: str,
        beam_tensor: BeamTensor,
        coherence: CoherenceMetrics,
        flux_position: int,
        depth: int = 0,
        position: Vector3 | None = None,
    ) -> None:
        """Add one sample, as the specification's training loop does."""
        if not 0 <= flux_position <= 9:
            raise InvalidInput(f"a flux position is 0 to 9, not {flux_position}")
        weight = self._weight_sacred if flux_position in SACRED else 1.0
        self._samples.append(
            TrainingSample(
                text=text,
                beam_tensor=beam_tensor,
                coherence=coherence,
                flux_position=flux_position,
                depth=depth,
                position=position,
                weight=weight,
            )
        )

    def extend(self, samples: Iterable[TrainingSample]) -> None:
        """Add samples that are whole already, with the weights they have."""
        self._samples.extend(samples)

    def draw(self, count: int) -> list[TrainingSample]:
        """`count` samples by weight, with repeats; raises InvalidInput while there are none."""
        held = list(self._samples)
        if not held:
            raise InvalidInput("there is no sample to draw from yet")
        sampler = WeightedSampler([sample.weight for sample in held], self._seed + self._draws)
        self._draws += 1
        return [held[number] for _, number in zip(range(count), sampler, strict=False)]
