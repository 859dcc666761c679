"""Flux positions: the recorded vectors, and what holds for any entity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.scene.flux import (
    FLUX_RULES,
    flux_of_position,
    flux_of_positions,
    flux_position,
)

FLOAT32_MAX = float(np.finfo(np.float32).max)
COORDINATES = st.floats(-FLOAT32_MAX, FLOAT32_MAX)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
JUNK = st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.lists(st.integers(), max_size=2))


def test_that_every_recorded_vector_gets_its_flux_and_rule(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "flux_vectors.json").read_text())
    assert len(vectors) > 100
    for vector in vectors:
        entity = vector["entity"]
        told = flux_position(entity["position"], entity["parameters"])
        assert told == (vector["flux_position"], vector["flux_rule"]), entity


@pytest.mark.parametrize(
    ("position", "flux"),
    [
        ((0.9, 0.0, 0.0), 0),
        ((1.0, 2.0, 3.0), 6),
        ((-9.0, 0.0, 0.0), 9),
        ((10.0, 0.0, 0.0), 1),
        ((1e30, 0.0, 0.0), 6),  # the engine's integer ends at 2**64 - 1
        ((FLOAT32_MAX, FLOAT32_MAX, 0.0), 6),
    ],
)
def test_that_a_position_gets_the_digital_root_of_its_sum(position: Any, flux: int) -> None:
    assert flux_position(position, {}) == (flux, "position")


@given(st.lists(COORDINATES, min_size=3, max_size=3))
def test_that_the_sum_is_that_of_float32(position: list[float]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        x, y, z = (np.float32(value) for value in position)
        total = abs(float((x + y) + z))
    whole = 2**64 - 1 if total >= 2**64 else int(total)
    assert flux_position(position, {}) == (1 + (whole - 1) % 9 if whole else 0, "position")


@given(
    st.lists(COORDINATES, min_size=3, max_size=3),
    st.dictionaries(
        st.sampled_from(["digital_root_flux", "ethos", "logos", "pathos", "confidence"]),
        st.one_of(NUMBERS, JUNK),
    ),
)
def test_that_any_entity_has_a_flux_and_a_rule(
    position: list[float], parameters: dict[str, Any]
) -> None:
    flux, rule = flux_position(position, parameters)
    assert 0 <= flux <= 9
    assert rule in FLUX_RULES


@given(st.lists(st.lists(COORDINATES, min_size=3, max_size=3)))
def test_that_many_positions_at_once_get_what_each_gets(positions: list[list[float]]) -> None:
    expected = [flux_of_position(*position) for position in positions]
    assert flux_of_positions(np.array(positions).reshape(-1, 3)).tolist() == expected
