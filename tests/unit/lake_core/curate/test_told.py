"""What is made of parameters, kept for as long as they are the same."""

from __future__ import annotations

from lake_core.curate.beam import virtues_of
from lake_core.curate.told import ToldParameters


def test_that_equal_parameters_are_read_once_and_others_anew() -> None:
    told = ToldParameters()
    first = told.of("a", b'{"ethos":2,"mass":1.5}')
    assert (first.listed, first.virtues) == ("ethos = 2; mass = 1.5", virtues_of({"ethos": 2}))
    assert told.of("a", b'{"ethos":2,"mass":1.5}') is first
    changed = told.of("a", b'{"ethos":3}')
    assert (changed.listed, changed.virtues.ethos) == ("ethos = 3", 3.0)
    assert told.of("b", b"{}").listed == ""
    assert told.of("a", b'{"ethos":2,"mass":1.5}') == first
