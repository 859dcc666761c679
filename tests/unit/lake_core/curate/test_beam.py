"""BeamTensor and CoherenceMetrics against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.curate.beam import (
    DIGITS,
    VORTEX_CYCLE,
    beam_tensor,
    coherence_metrics,
    digital_root_coherence,
    sacred_share_score,
    vortex_cycle_coherence,
)

histories = st.lists(st.integers(0, 9), max_size=130)


def test_that_a_plain_position_is_one_hot() -> None:
    assert DIGITS[4] == (0, 0, 0, 1, 0, 0, 0, 0, 0)


def test_that_position_zero_is_spread_evenly() -> None:
    assert DIGITS[0] == (float(np.float32(1 / 9)),) * 9


def test_that_a_sacred_position_lifts_all_three_sacred_and_is_divided_by_its_sum() -> None:
    # 1.33 at the position, 0.33 at the other two: together 1.99.
    assert DIGITS[6] == pytest.approx((0, 0, 0.33 / 1.99, 0, 0, 1.33 / 1.99, 0, 0, 0.33 / 1.99))


@pytest.mark.parametrize("flux", range(10))
def test_that_digits_are_float32_and_sum_to_one(flux: int) -> None:
    assert sum(DIGITS[flux]) == pytest.approx(1.0, abs=1e-6)
    assert [float(np.float32(value)) for value in DIGITS[flux]] == list(DIGITS[flux])


def test_that_missing_parameters_take_their_defaults() -> None:
    beam = beam_tensor("Photon", 6, {})
    assert (beam.ethos, beam.logos, beam.pathos, beam.confidence) == (5.0, 5.0, 5.0, 0.5)
    assert (beam.word, beam.position, beam.digits) == ("Photon", 6, DIGITS[6])


def test_that_only_numbers_are_taken_from_the_parameters() -> None:
    parameters = {"ethos": 8, "logos": "much", "pathos": True, "confidence": 10**400}
    beam = beam_tensor("", 1, parameters)
    assert (beam.ethos, beam.logos, beam.pathos, beam.confidence) == (8.0, 5.0, 5.0, 0.5)


@pytest.mark.parametrize(
    ("history", "score"),
    [([3, 1, 1], 1.0), ([1, 1], 0.0), ([3, 6, 9], 0.0), ([3, 1, 1, 1, 1, 1], 0.5), ([3, 1], 0.5)],
)
def test_that_a_third_of_sacred_positions_scores_best(history: list[int], score: float) -> None:
    assert sacred_share_score(history) == pytest.approx(score)


@pytest.mark.parametrize(
    ("history", "coherence"),
    [
        ([4], 1.0),
        ([1, 2, 4, 8, 7, 5, 1], 1.0),
        ([3, 0, 3, 5], 2 / 3),  # both steps from 3 count, the one from 0 does not
        ([1, 1], 0.0),
        ([2, 1], 0.0),
    ],
)
def test_that_steps_count_from_the_sacred_and_along_the_cycle(
    history: list[int], coherence: float
) -> None:
    assert digital_root_coherence(history) == pytest.approx(coherence)


@pytest.mark.parametrize(
    ("history", "coherence"),
    [
        ([9] * 5, 1.0),
        (list(VORTEX_CYCLE), 1.0),
        ([1, 2, 4, 8, 0, 0], 1.0),
        ([1, 2, 4, 0, 0, 0], 0.0),
        ([1, 2, 4, 8, 7, 5, 1], 0.5),  # the second window is turned by one place
    ],
)
def test_that_windows_match_the_cycle_place_by_place(history: list[int], coherence: float) -> None:
    assert vortex_cycle_coherence(history) == pytest.approx(coherence)


def test_that_the_metrics_are_weighed_as_the_contract_says() -> None:
    metrics = coherence_metrics([1, 1, 1])  # no sacred: 0; no sound step: 0; no window: 1
    assert metrics.overall_coherence == pytest.approx(0.3)
    assert metrics.is_degrading
    assert metrics.degradation_severity == pytest.approx(0.4 / 0.7)


def test_that_a_sound_history_is_not_degrading() -> None:
    metrics = coherence_metrics([3, 1, 2])  # a third sacred; both steps sound; no window
    assert metrics.overall_coherence == pytest.approx(1.0)
    assert not metrics.is_degrading
    assert metrics.degradation_severity == 0.0


def test_that_only_the_last_hundred_positions_count() -> None:
    assert coherence_metrics([0] * 50 + [3] * 100) == coherence_metrics([3] * 100)


@given(histories)
def test_that_every_history_gives_metrics_within_their_ranges(history: list[int]) -> None:
    metrics = coherence_metrics(history)
    for value in (
        metrics.sacred_frequency,
        metrics.digital_root_coherence,
        metrics.vortex_cycle_coherence,
        metrics.overall_coherence,
        metrics.degradation_severity,
    ):
        assert -1e-12 <= value <= 1.0 + 1e-12
    assert metrics.is_degrading == (metrics.overall_coherence < 0.7)
