"""Lengths beside the scene, in the one unit there is."""

from __future__ import annotations

import pytest

from studio.models.detail_rows import UNITS
from studio.panels.scene_marks import length_words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (1.0, "1 unit"),
        (10.0**-3, "0.001 units"),
        (1000.0, "1,000 units"),
        (1e13, "1e+13 units"),
        (10.0**-5, "1e-05 units"),
    ],
)
def test_that_the_grid_says_units_as_the_inspector_does(length: float, words: str) -> None:
    assert length_words(length) == words
    assert UNITS["position"] == "units"
