"""How far neighbours are from a place."""

from __future__ import annotations

import numpy as np
import pytest

from studio.render.spacing import spacing_about


def test_that_the_few_nearest_elsewhere_decide_how_far_neighbours_are() -> None:
    places = np.zeros((8, 3))
    places[:, 0] = [0.0, 0.0, 0.001, 0.002, 0.003, 4e10, 5e10, 9e10]
    every = np.arange(8)
    assert spacing_about(places[0], places, every) == 0.003
    assert spacing_about(places[7], places, every) == pytest.approx(9e10)
    assert spacing_about(places[0], places, every[:2]) == 0.0


def test_that_numbers_beyond_all_measure_have_no_neighbours() -> None:
    places = np.array([[0.0, 0.0, 0.0], [1e300, 0.0, 0.0]])
    assert spacing_about(places[0], places, np.arange(2)) == 0.0
