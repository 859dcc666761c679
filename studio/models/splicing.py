"""A long array with a few entries taken out and a few put in: told once, done to several arrays.

The cost is that of copying what stays, run by run, into memory that is used again and again. Pure
numpy; knows no rows and no tree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
OLD, NEW = 0, 1


class Splice:
    """What leaves an array of `length`: [k] runs from `starts` to `stops`, apart and rising.

    Of what comes, `sizes` [m] entries each stand before the old entries at `points`, which rise.
    """

    def __init__(
        self, length: int, starts: Int64s, stops: Int64s, points: Int64s, sizes: Int64s
    ) -> None:
        self.length = length - int((stops - starts).sum()) + int(sizes.sum())
        self._runs = _runs(length, starts, stops, points, sizes)

    @classmethod
    def of_single(cls, length: int, cuts: Int64s, points: Int64s) -> Splice:
        """Where each cut and each that comes is one entry."""
        return cls(length, cuts, cuts + 1, points, np.ones(len(points), np.int64))

    def apply(self, old: NDArray[Any], new: NDArray[Any], out: NDArray[Any]) -> None:
        """Write the new array to `out` [self.length]; `new` holds all that comes, in order."""
        sources = (old, new)
        parts = [sources[source][start:stop] for source, start, stop in self._runs]
        if parts:
            np.concatenate(parts, out=out)


class Spliced:
    """An array that is spliced time and again; it lives in two buffers in turn.

    So `values` of the time before stay as they were, and those of two times before do not.
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self.put(values)

    def put(self, values: NDArray[Any]) -> None:
        """Hold other values; the array is this one's from now on."""
        self.values = self._held = values
        self._spare = values[:0]

    def splice(self, splice: Splice, new: NDArray[Any]) -> None:
        """Hold the outcome of a splice."""
        if len(self._spare) < splice.length:
            self._spare = np.empty(splice.length + splice.length // 8, self.values.dtype)
        out = self._spare[: splice.length]
        splice.apply(self.values, new, out)
        self.values, self._held, self._spare = out, self._spare, self._held


def _runs(
    length: int, starts: Int64s, stops: Int64s, points: Int64s, sizes: Int64s
) -> list[tuple[int, int, int]]:
    """Source, start and stop of each run of the outcome."""
    where = np.concatenate([starts, points])
    order = np.argsort(where, kind="stable")
    goes_on = np.concatenate([stops, points])[order].tolist()
    come = np.concatenate([np.zeros(len(starts), np.int64), sizes])[order].tolist()
    runs: list[tuple[int, int, int]] = []
    at = new = 0
    for until, resumes, size in zip(where[order].tolist(), goes_on, come, strict=True):
        if at < until:
            runs.append((OLD, at, until))
        at = max(at, resumes)
        if size:
            runs.append((NEW, new, new + size))
            new += size
    if at < length:
        runs.append((OLD, at, length))
    return runs
