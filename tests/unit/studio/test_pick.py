"""Picking: nearest on screen, front-most on ties."""

from __future__ import annotations

import numpy as np

from studio.render.camera import Projection
from studio.render.pick import pick_box, pick_nearest


def projection(*points: tuple[float, float, float]) -> Projection:
    rows = np.array(points, np.float32)
    return Projection(*(rows[:, axis].copy() for axis in range(3)))


def test_that_the_nearest_within_the_radius_is_picked() -> None:
    seen = projection((10, 10, 1), (14, 10, 1), (90, 90, 1))
    assert pick_nearest(seen, 13, 10, 8) == 1
    assert pick_nearest(seen, 50, 50, 8) == -1


def test_that_the_front_most_wins_where_two_are_as_near() -> None:
    seen = projection((10, 10, 3.0), (10.2, 10, 1.5), (9.9, 10.1, 2.0))
    assert pick_nearest(seen, 10, 10, 8) == 1


def test_that_what_is_behind_the_camera_is_not_picked() -> None:
    seen = projection((10, 10, -1.0), (12, 10, float("nan")))
    assert pick_nearest(seen, 10, 10, 8) == -1
    assert not len(pick_box(seen, 0, 0, 99, 99))


def test_that_what_is_filtered_out_is_not_picked() -> None:
    seen = projection((10, 10, 1), (12, 10, 1))
    assert pick_nearest(seen, 10, 10, 8, np.array([False, True])) == 1


def test_that_a_box_holds_what_lies_inside_whatever_its_direction() -> None:
    seen = projection((5, 5, 1), (10, 10, 1), (20, 20, 1))
    assert pick_box(seen, 11, 11, 4, 4).tolist() == [0, 1]


def test_that_an_empty_scene_picks_nothing() -> None:
    empty = Projection(*(np.zeros(0, np.float32) for _ in range(3)))
    assert pick_nearest(empty, 1, 1, 9) == -1
