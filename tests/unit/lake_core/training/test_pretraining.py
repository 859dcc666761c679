"""Samples added one by one, and drawn with the sacred ones first in line."""

from __future__ import annotations

from collections import Counter

import pytest

from lake_core.curate.beam import beam_tensor, coherence_metrics
from lake_core.errors import InvalidInput
from lake_core.training import ContinuousPretraining
from tests.unit.lake_core.training.made import sample


def _add(pretraining: ContinuousPretraining, flux: int) -> None:
    """As the specification's training loop does."""
    pretraining.add_sample(
        f"Entity at position {flux}",
        beam_tensor("e", flux, {}),
        coherence_metrics([flux]),
        flux,
        0,
        (1.0, 2.0, 3.0),
    )


def test_that_what_was_added_is_there_with_all_that_was_said() -> None:
    pretraining = ContinuousPretraining()
    _add(pretraining, 6)
    (only,) = pretraining
    assert (only.text, only.flux_position, only.depth) == ("Entity at position 6", 6, 0)
    assert (only.position, only.weight, only.beam_tensor.position) == ((1.0, 2.0, 3.0), 1.5, 6)


def test_that_sacred_samples_are_drawn_by_their_weight() -> None:
    pretraining = ContinuousPretraining(weight_sacred=3.0)
    for flux in (1, 3):
        _add(pretraining, flux)
    drawn = Counter(s.flux_position for s in pretraining.draw(100_000))
    assert drawn[3] / drawn[1] == pytest.approx(3.0, rel=0.01)


def test_that_draws_repeat_from_run_to_run_but_not_from_draw_to_draw() -> None:
    def run() -> list[list[str]]:
        pretraining = ContinuousPretraining(seed=4)
        pretraining.extend(sample(str(number)) for number in range(100))
        return [[s.entity_id for s in pretraining.draw(50)] for _ in range(2)]

    assert run() == run()
    assert run()[0] != run()[1]


def test_that_the_oldest_make_room() -> None:
    pretraining = ContinuousPretraining(capacity=3)
    pretraining.extend(sample(str(number)) for number in range(5))
    assert [s.entity_id for s in pretraining] == ["2", "3", "4"]
    assert len(pretraining) == 3


def test_that_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no sample"):
        ContinuousPretraining().draw(1)
    with pytest.raises(InvalidInput, match="0 to 9"):
        _add_unchecked(ContinuousPretraining(), 12)
    with pytest.raises(InvalidInput, match="room"):
        ContinuousPretraining(capacity=0)


def _add_unchecked(pretraining: ContinuousPretraining, flux: int) -> None:
    pretraining.add_sample("x", beam_tensor("e", 1, {}), coherence_metrics([1]), flux)
