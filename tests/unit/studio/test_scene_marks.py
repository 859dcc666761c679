"""Lengths beside the scene, in the one unit there is."""

from __future__ import annotations

import pytest

from studio.models.detail_rows import UNITS
from studio.panels.scene_marks import entity_card, length_words


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


def test_that_a_card_tells_a_far_place_with_all_its_digits() -> None:
    far = entity_card("part", "Part", "p1", 5, "elp", [1e11 + 0.005, -1e11 - 0.25, 12.125])
    told = {row.label: row.value for row in far.rows}
    assert (told["X"], told["Y"], told["Z"]) == ("100000000000.005", "−100000000000.25", "12.125")
    near = entity_card("part", "Part", "p1", 5, "elp", [-81.6459503, -15.16880417, 23.51234])
    assert {row.label: row.value for row in near.rows}["Position"] == "−81.646, −15.169, 23.512"
