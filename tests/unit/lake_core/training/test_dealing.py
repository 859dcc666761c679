"""How many batches each worker gave, told from how many were taken in all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lake_core.training.share import dealt_in_turn, whose_turn


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(0, 70))
def test_that_taking_in_turn_is_told_without_taking(left: list[int], count: int) -> None:
    taken = [0] * len(left)
    for _ in range(min(count, sum(left))):
        taken[whose_turn(left, taken)] += 1
    assert dealt_in_turn(left, count) == taken


def test_that_an_empty_stack_is_passed_over() -> None:
    turns, taken = [], [0, 0, 0]
    for _ in range(6):
        turns.append(whose_turn([3, 1, 2], taken))
        taken[turns[-1]] += 1
    assert turns == [0, 1, 2, 0, 2, 0]
