"""What the lake thread keeps of a space."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lake_core.live import LiveSpace
from lake_core.scene.state import Scene


def test_that_moments_only_rise_when_the_clock_jumps_back() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)  # what was recorded before the jump
    space = LiveSpace(1, Scene("s"), ahead)
    first, second = space.moment(), space.moment(ahead - timedelta(days=1))
    assert ahead < first < second < ahead + timedelta(seconds=1)


def test_that_a_promised_moment_is_kept_where_nothing_later_was_recorded() -> None:
    promised = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    space = LiveSpace(1, Scene("s"), promised - timedelta(seconds=9))
    assert space.moment(promised) == promised
