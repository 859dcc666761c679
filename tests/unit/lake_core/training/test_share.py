"""Shares: each sample is in one, and each reader knows how many it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.training.share import Dealer, Share


def _numbers(share: Share, chunks: list[int], skip: int = 0) -> list[int]:
    dealer, numbers, at = Dealer(share, skip), list[int](), 0
    for count in chunks:
        for wanted in dealer.deal(count):
            numbers += range(at + wanted.start, at + wanted.stop)
        at += count
    return numbers


@given(st.lists(st.integers(0, 1500), max_size=8), st.integers(1, 5))
def test_that_shares_hold_every_sample_once(chunks: list[int], of: int) -> None:
    shares = [_numbers(Share(index, of), chunks) for index in range(of)]
    assert sorted(number for share in shares for number in share) == list(range(sum(chunks)))
    counts = [Share(index, of).count(sum(chunks)) for index in range(of)]
    assert counts == [len(share) for share in shares]


@given(st.lists(st.integers(0, 900), max_size=8), st.integers(0, 2), st.integers(0, 3000))
def test_that_skipped_samples_are_a_shares_first(chunks: list[int], index: int, skip: int) -> None:
    share = Share(index, 3)
    assert _numbers(share, chunks, skip) == _numbers(share, chunks)[skip:]


def test_that_a_share_of_a_share_holds_every_sample_of_it_once() -> None:
    outer = Share(1, 3)
    parts = [_numbers(Share(index, 2).within(outer), [10_000]) for index in range(2)]
    assert sorted(parts[0] + parts[1]) == _numbers(outer, [10_000])


@pytest.mark.parametrize(("index", "of"), [(-1, 2), (2, 2), (0, 0)])
def test_that_a_share_there_is_not_is_refused(index: int, of: int) -> None:
    with pytest.raises(InvalidInput):
        Share(index, of)
