"""What glows: news, and for a moment."""

from __future__ import annotations

import numpy as np
import pytest

from studio.models.glow import BRANCH_SHARE, FADE, Glow, risen


def slots(*those: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(those, np.int32)


def test_that_a_change_glows_and_fades() -> None:
    glow = Glow()
    glow.touch(slots(3), 100.0)
    levels = [glow.level(3, 100.0 + FADE * share) for share in (0.0, 0.3, 0.6, 1.0)]
    assert levels[0] == 1.0
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == 0.0
    assert glow.level(4, 100.0) == 0.0
    assert not glow.is_lit(100.0 + FADE)


def test_that_what_changes_all_the_time_glows_no_more() -> None:
    glow = Glow()
    for tick in range(300):
        glow.touch(slots(0), tick / 30)
    assert glow.level(0, 10.0) == 0.0
    glow.touch(slots(1), 10.0)
    assert glow.brightest(10.0, 10)[0].tolist() == [1]


def test_that_the_busy_glow_again_after_a_rest() -> None:
    glow = Glow()
    for tick in range(300):
        glow.touch(slots(0), tick / 30)
    glow.touch(slots(0), 60.0)
    assert glow.level(0, 60.0) == pytest.approx(1.0, abs=0.05)


def test_that_only_the_brightest_are_told_where_there_are_many() -> None:
    glow = Glow()
    glow.touch(slots(*range(1000)), 5.0)
    glow.touch(slots(7), 20.0)
    glow.touch(slots(*range(500, 600)), 20.5)
    found, levels = glow.brightest(21.0, 20)
    assert len(found) == 20
    assert levels.tolist() == sorted(levels.tolist())
    assert 7 not in found.tolist()


def test_that_a_scene_new_to_the_viewer_shows_first_who_is_busy() -> None:
    glow = Glow()
    glow.forget(100.0)
    for tick in range(60):
        glow.touch(slots(0), 100.0 + tick / 30)
        assert glow.level(0, 100.0 + tick / 30) < 0.2
    glow.touch(slots(1), 102.0)
    assert glow.level(1, 102.0) == 1.0


def test_that_a_new_scene_does_not_glow() -> None:
    glow = Glow()
    glow.touch(slots(200), 5.0)
    glow.forget()
    assert glow.level(200, 5.0) == 0.0
    assert glow.brightest(5.0, 10)[0].tolist() == []


def test_that_a_change_in_a_shut_branch_lights_the_branch() -> None:
    parents = slots(-1, 0, 1, 2, 0)
    shown = {0, 1, 4}
    lit = risen(slots(3, 2, 4), np.array([0.8, 0.2, 0.6]), parents, shown.__contains__)
    assert lit == {1: 0.8 * BRANCH_SHARE, 4: 0.6}


def test_that_what_hangs_under_nothing_shown_lights_nothing() -> None:
    assert risen(slots(1), np.array([1.0]), slots(-1, 0), set[int]().__contains__) == {}
