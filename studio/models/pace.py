"""How fast a long deed goes and how long it will take, told from its steps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.render.time_axis import span_words

SETTLED: Final = 1.0
"""Seconds before anything is foretold."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One deed: what it counts, such as "changes", and when it began, in seconds of any clock."""

    noun: str
    began: float

    def words(self, done: int, total: int, now: float) -> str:
        """`41 %, 98,000 changes/s, 12 s left`; what is not known yet is left out."""
        elapsed = now - self.began
        if done >= total > 0:
            return "finishing"
        share = done / total if total else 0.0
        percent = f"{share * 100:.0f} %"
        if elapsed < SETTLED or done <= 0:
            return percent if done else ""
        left = span_words(float(max(round(elapsed * (1.0 - share) / share), 1)))
        return f"{percent}, {rounded(done / elapsed):,} {self.noun}/s, {left} left"


def rounded(rate: float) -> int:
    """To two digits, so that it can be read while it changes."""
    return int(float(f"{rate:.1e}"))
