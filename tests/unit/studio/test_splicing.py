"""Splices against plain lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.models.splicing import Splice, Spliced

Cut = tuple[int, int]


def by_hand(
    old: list[int], cuts: list[Cut], points: list[int], parts: list[list[int]]
) -> list[int]:
    found = []
    for at in range(len(old) + 1):
        for point, part in zip(points, parts, strict=True):
            if point == at:
                found += part
        if at < len(old) and not any(start <= at < stop for start, stop in cuts):
            found.append(old[at])
    return found


@st.composite
def splices(draw: st.DrawFn) -> tuple[int, list[Cut], list[int], list[int]]:
    """Length, cuts, points and sizes."""
    length = draw(st.integers(0, 30))
    edges = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    cuts = list(zip(edges[::2], edges[1::2], strict=False))
    points = sorted(draw(st.lists(st.integers(0, length), max_size=6)))
    return length, cuts, points, draw(st.lists(st.integers(1, 3), min_size=6, max_size=6))


@given(st.lists(splices(), min_size=1, max_size=4))
@settings(deadline=None)
def test_that_splices_in_turn_equal_lists_cut_by_hand(
    drawn: list[tuple[int, list[Cut], list[int], list[int]]],
) -> None:
    old = list(range(drawn[0][0]))
    held = Spliced(np.array(old, np.int64))
    for turn, (_, cuts, points, sizes) in enumerate(drawn):
        length = len(old)
        cuts = [(start, stop) for start, stop in cuts if stop <= length]
        points = [point for point in points if point <= length]
        sizes = sizes[: len(points)]
        fresh = iter(range(1000 * (turn + 1), 10**6))
        parts = [[next(fresh) for _ in range(size)] for size in sizes]
        edges = np.array(cuts, np.int64).reshape(-1, 2)
        splice = Splice(
            length, edges[:, 0], edges[:, 1], np.array(points, np.int64), np.array(sizes, np.int64)
        )
        before = held.values
        held.splice(splice, np.array([one for part in parts for one in part], np.int64))
        assert before.tolist() == old
        old = by_hand(old, cuts, points, parts)
        assert held.values.tolist() == old
