"""Draws by weight: true shares, repeatable, resumable."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.training.sampler import Repeater, WeightedSampler

DRAWS = 100_000


@pytest.mark.parametrize("seed", range(5))
def test_that_shares_over_100_000_draws_are_within_one_percent_of_the_weights(seed: int) -> None:
    fluxes = [number % 10 for number in range(997)]
    sampler = WeightedSampler.of_flux(fluxes, weight_sacred=1.5, seed=seed)
    drawn = Counter(fluxes[number] for number in islice(sampler, DRAWS))
    weights = Counter[int]()
    for flux in fluxes:
        weights[flux] += 3 if flux in (3, 6, 9) else 2
    for flux, weight in weights.items():
        due = DRAWS * weight / weights.total()
        assert drawn[flux] == pytest.approx(due, rel=0.01)


def test_that_few_samples_of_very_different_weights_are_drawn_by_them() -> None:
    weights = [0.0, 1.0, 1000.0, 0.0, 9.0]
    drawn = Counter(islice(WeightedSampler(weights, seed=3), DRAWS))
    assert drawn[0] == drawn[3] == 0
    for number in (1, 2, 4):
        assert drawn[number] == pytest.approx(DRAWS * weights[number] / 1010.0, rel=0.01, abs=30)


def test_that_the_seed_decides_the_draws() -> None:
    def draw(seed: int) -> list[int]:
        return list(islice(WeightedSampler([1.0] * 50, seed), 6_000))

    assert draw(1) == draw(1) != draw(2)


@pytest.mark.parametrize("before", [0, 1, 4_095, 4_096, 5_000])
def test_that_a_resumed_sampler_goes_on_where_it_stopped(before: int) -> None:
    whole = list(islice(WeightedSampler([1.0, 2.0, 3.0], 5), before + 5_000))
    first = WeightedSampler([1.0, 2.0, 3.0], 5)
    assert list(islice(first, before)) == whole[:before]
    second = WeightedSampler([1.0, 2.0, 3.0], 5)
    second.resume(first.state())
    assert list(islice(second, 5_000)) == whole[before:]


@pytest.mark.parametrize("weights", [[], [0.0], [float("nan")], [float("inf")], [1.0, -1.0]])
def test_that_weights_nothing_can_be_drawn_by_are_refused(weights: list[float]) -> None:
    with pytest.raises(InvalidInput):
        WeightedSampler(weights)


@given(st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.5, 2.75]), max_size=400))
def test_that_a_passing_stream_is_repeated_by_weight(weights: list[float]) -> None:
    repeater = Repeater()
    times = [repeater.times(weight) for weight in weights]
    for weight in set(weights):
        mine = [n for n, of in zip(times, weights, strict=True) if of == weight]
        assert abs(sum(mine) - weight * len(mine)) < 1.0
        assert set(mine) <= {int(weight), int(weight) + 1}
