"""Samples by tree: parents before children, siblings together, every sample once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.training import TrainingSample, parents_first, subtrees
from tests.unit.lake_core.training.made import sample


@st.composite
def forests(draw: st.DrawFn) -> list[TrainingSample]:
    """Entities under random earlier ones, in random order; some parents are not among them."""
    count = draw(st.integers(0, 40))
    parents = [draw(st.integers(-2, number - 1)) for number in range(count)]
    names = {-2: None, -1: "elsewhere"}
    made = [
        sample(str(number), names.get(parent, str(parent))) for number, parent in enumerate(parents)
    ]
    return draw(st.permutations(made))


@given(forests())
def test_that_parents_come_before_children_and_siblings_side_by_side(
    samples: list[TrainingSample],
) -> None:
    ordered = parents_first(samples)
    assert sorted(s.entity_id for s in ordered) == sorted(s.entity_id for s in samples)
    places = {s.entity_id: place for place, s in enumerate(ordered)}
    for place, each in enumerate(ordered):
        assert places.get(each.parent_id or "", -1) < place
    inner = [s.parent_id for s in ordered if s.parent_id in places]
    changes = sum(before != after for before, after in pairwise(inner))
    assert changes == max(len(set(inner)) - 1, 0)


@given(forests(), st.integers(1, 12))
def test_that_every_sample_is_in_one_subtree_with_its_parent_where_there_is_room(
    samples: list[TrainingSample], most: int
) -> None:
    seen: list[str] = []
    for subtree in subtrees(samples, most):
        assert 0 < len(subtree.samples) == len(subtree.parents) <= most
        for place, parent in enumerate(subtree.parents):
            assert parent < place
            if parent >= 0:
                assert subtree.samples[place].parent_id == subtree.samples[parent].entity_id
        seen += [s.entity_id for s in subtree.samples]
    assert sorted(seen) == sorted(s.entity_id for s in samples)


def test_that_a_branch_is_one_sample() -> None:
    scene = [sample("root"), sample("a", "root"), sample("b", "root"), sample("c", "a")]
    (whole,) = subtrees([*reversed(scene)], most=4)
    assert [s.entity_id for s in whole.samples] == ["root", "b", "a", "c"]
    assert whole.parents == (-1, 0, 0, 2)


def test_that_siblings_that_do_not_fit_begin_a_subtree_together() -> None:
    scene = [sample("root"), *(sample(str(n), "root") for n in range(5))]
    cut = list(subtrees(scene, most=5))
    assert [[s.entity_id for s in each.samples] for each in cut] == [["root"], [*"01234"]]
    parted = list(subtrees(scene, most=3))
    assert [len(each.samples) for each in parted] == [1, 3, 2]


def test_that_a_subtree_of_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        list(subtrees([], most=0))
