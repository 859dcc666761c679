from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.lines import LineCutter

LIMIT = 8


def cut(pieces: list[bytes], limit: int = LIMIT) -> tuple[list[bytes], bool]:
    """The lines of pieces, and whether the next was too long."""
    cutter = LineCutter(limit)
    lines: list[bytes] = []
    for piece in pieces:
        lines += cutter.feed(piece)
        if cutter.is_too_long:
            return lines, True
    return lines + cutter.end(), False


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_that_lines_are_the_same_however_they_are_cut_into_pieces(
    data: bytes, cuts: list[int]
) -> None:
    data = data.replace(b"\x00", b"\n").replace(b"\x01", b"\r\n")
    edges = [0, *sorted(min(at, len(data)) for at in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert cut(pieces, limit=100) == (expected, False)


def test_that_the_lines_before_one_that_is_too_long_are_had() -> None:
    long = b"x" * (LIMIT + 1)
    assert cut([b"a\nb\n" + long + b"\nc\n"]) == ([b"a", b"b"], True)
    assert cut([b"a\n" + long[:5], long[5:]]) == ([b"a"], True)
    assert cut([b"a\n" + long[:-1] + b"\nc"]) == ([b"a", long[:-1], b"c"], False)
    assert cut([long]) == ([], True)
