"""How fast an export goes and how long it will take, told from its steps. Pure.

An export takes two steps for each snapshot and one for reading back: the first half reads the
epoch, the second writes its samples, which takes far longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.models.pace import SETTLED, rounded
from studio.render.time_axis import span_words

READING: Final = 0.2
"""Share of the time that the first half of the steps takes, about."""


@dataclass(frozen=True, slots=True)
class ExportPace:
    """One export: how many samples its epoch has, and when it began, in seconds of any clock."""

    samples: int
    began: float

    def words(self, done: int, total: int, now: float) -> str:
        """`98,000 samples/s, 12 s left`; what is not known yet is left out."""
        elapsed, share = now - self.began, _share(done, total)
        if done >= total > 0:
            return "finishing"
        if elapsed < SETTLED or share <= 0.0:
            return "reading the epoch" if share <= READING else ""
        left = f"{span_words(float(round(elapsed * (1.0 - share) / share)))} left"
        written = (share - READING) / (1.0 - READING) * self.samples
        if written <= 0.0:
            return f"reading the epoch, {left}"
        rate = written / (elapsed * (share - READING) / share)
        return f"{rounded(rate):,} samples/s, {left}"


def _share(done: int, total: int) -> float:
    """How much of the time has gone, 0 to 1."""
    half = (total - 1) / 2
    if half <= 0:
        return 0.0
    read, written = min(done, half) / half, max(done - half, 0.0) / (half + 1)
    return READING * read + (1.0 - READING) * written
