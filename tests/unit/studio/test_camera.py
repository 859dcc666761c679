"""The camera: what it shows where, at every scale an engine sends."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.render.camera import NEAR, Camera

SCALES = [1e-3, 1.0, 1e6, 1e11]


def cloud(scale: float, offset: float = 0.0, count: int = 200) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(count, 3)) * scale + offset


def test_that_the_target_is_in_the_middle_at_depth_one() -> None:
    camera = Camera(target=(5.0, -2.0, 9.0), distance=4.0, width=640, height=480)
    seen = camera.project(np.array([[5.0, -2.0, 9.0]]))
    assert seen.xy[0] == pytest.approx([320, 240])
    assert seen.depth[0] == pytest.approx(1.0)


def test_that_up_is_up_and_right_is_right_from_the_front() -> None:
    camera = Camera().turned(0.0, 0.0)
    middle, above, beside = camera.project(np.array([[0.0, 0, 0], [0, 1, 0], [1, 0, 0]])).xy
    assert above[1] < middle[1]
    assert beside[0] > middle[0]


@pytest.mark.parametrize("scale", SCALES)
def test_that_fit_shows_every_point_and_fills_the_window(scale: float) -> None:
    positions = cloud(scale, offset=3 * scale)
    camera = Camera(width=900, height=500).fitted(positions)
    seen = camera.project(positions)
    assert (seen.depth > NEAR).all()
    assert (seen.xy >= 0).all()
    assert (seen.xy <= [900, 500]).all()
    span = seen.xy.max(axis=0) - seen.xy.min(axis=0)
    assert max(span / [900, 500]) > 0.75


@given(
    points=st.lists(st.tuples(*[st.integers(-4, 4)] * 3), min_size=2, max_size=4, unique=True),
    inset=st.floats(0, 400),
    height=st.floats(300, 900),
    flat=st.booleans(),
)
def test_that_a_few_points_are_all_in_the_free_part_of_the_window(
    points: list[tuple[int, int, int]], inset: float, height: float, flat: bool
) -> None:
    """Two of them one behind the other, as seen from the first camera, were thrown out of it."""
    positions = np.array(points, np.float64)
    camera = replace(Camera(width=783, height=height), flat=flat).fitted(positions, inset)
    seen = camera.project(positions)
    assert (seen.depth > NEAR).all()
    assert ((seen.xy > [inset, 0]) & (seen.xy < [783, height])).all()


def test_that_neighbours_far_from_the_origin_do_not_jitter() -> None:
    """A metre apart at 1e9 units out: float32 alone would put them on one pixel or hop."""
    base = np.array([1e9, 2e9, -3e9])
    camera = Camera(width=800, height=800).turned(0, 0).fitted(base + cloud(1.0))
    steps = np.linspace(-1, 1, 50)[:, None] * [1.0, 0, 0]
    across = camera.project(base + steps).xy[:, 0]
    assert np.diff(across).min() > 0.8 * np.diff(across).mean()


def test_that_one_point_alone_gets_a_view() -> None:
    camera = Camera().fitted(np.array([[7.0, 7.0, 7.0]]))
    assert camera.distance > 0.1
    assert camera.project(np.array([[7.0, 7.0, 7.0]])).depth[0] == pytest.approx(1.0)


def test_that_an_empty_scene_leaves_the_camera_alone() -> None:
    camera = Camera()
    assert camera.fitted(np.zeros((0, 3))) is camera


@given(
    x=st.floats(0, 800),
    y=st.floats(0, 600),
    factor=st.floats(0.2, 5.0),
    depth=st.floats(0.2, 5.0),
    yaw=st.floats(-3, 3),
    pitch=st.floats(-1.5, 1.5),
)
def test_that_zooming_holds_the_point_under_the_cursor(
    x: float, y: float, factor: float, depth: float, yaw: float, pitch: float
) -> None:
    camera = Camera(target=(3, 4, 5)).turned(yaw, pitch)
    held = camera.unprojected(x, y, depth)
    after = camera.zoomed(factor, x, y, depth).project(held[None])
    assert after.xy[0] == pytest.approx([x, y], abs=0.1)
    assert after.depth[0] == pytest.approx(depth, rel=1e-3)


@pytest.mark.parametrize("scale", SCALES)
def test_that_a_flat_view_fits_and_shows_the_far_as_large_as_the_near(scale: float) -> None:
    positions = cloud(scale, offset=3 * scale)
    camera = replace(Camera(width=900, height=500), flat=True).fitted(positions)
    seen = camera.project(positions)
    assert (seen.depth > NEAR).all()
    assert ((seen.xy >= 0) & (seen.xy <= [900, 500])).all()
    forward, right = camera.basis()[2], camera.basis()[0]
    ends = np.array(camera.target) + np.outer([0, 3], forward * scale)
    wide = camera.project(np.concatenate([ends, ends + right * scale])).xy
    assert wide[2] - wide[0] == pytest.approx(wide[3] - wide[1], abs=0.1)


def test_that_zooming_a_flat_view_holds_the_point_under_the_cursor() -> None:
    camera = replace(Camera(target=(3, 4, 5)), flat=True)
    held = camera.unprojected(120.0, 430.0)
    after = camera.zoomed(0.5, 120.0, 430.0).project(held[None])
    assert after.xy[0] == pytest.approx([120.0, 430.0], abs=0.1)


def test_that_flying_ahead_moves_along_the_view() -> None:
    camera = Camera(distance=4.0)
    flown = np.subtract(camera.flown(0.0, 0.0, 0.5).target, camera.target)
    assert flown == pytest.approx(2.0 * camera.basis()[2])


def test_that_panning_moves_the_scene_with_the_cursor() -> None:
    camera = Camera().panned(40, -25)
    assert camera.project(np.zeros((1, 3))).xy[0] == pytest.approx([440, 275], abs=0.01)


def test_that_orbiting_stops_short_of_the_poles() -> None:
    camera = Camera().orbited(0, 1e6)
    assert camera.pitch < math.pi / 2
    assert np.isfinite(camera.basis()).all()


def test_that_extreme_numbers_never_raise() -> None:
    positions = np.array([[3e38, -3e38, 3e38], [0, 0, 0], [1e-30, 0, 0]])
    camera = Camera().fitted(positions)
    assert camera.project(positions).xy.shape == (3, 2)
    for _ in range(400):
        camera = camera.zoomed(0.5, 100, 100)
    camera.project(positions)


def test_that_gliding_ends_at_the_goal() -> None:
    start, goal = Camera(yaw=3.0), Camera(target=(1, 2, 3), distance=90, yaw=-3.0, pitch=0.1)
    end = start.blended(goal, 1.0)
    assert end.distance == pytest.approx(goal.distance)
    assert math.cos(end.yaw) == pytest.approx(math.cos(goal.yaw))
    halfway = start.blended(goal, 0.5)
    assert abs(math.remainder(halfway.yaw - math.pi, math.tau)) < 0.2  # the short way round


def test_that_a_crowd_is_fitted_by_its_outermost_points() -> None:
    positions = cloud(5.0, offset=2.0, count=60_000)
    camera = Camera(width=900, height=600).fitted(positions, inset=180)
    seen = camera.project(positions)
    inside = (seen.xy >= [180, 0]).all(axis=1) & (seen.xy <= [900, 600]).all(axis=1)
    assert inside.mean() > 0.999


def test_that_what_covers_the_left_is_kept_clear() -> None:
    positions = cloud(1.0)
    seen = Camera(width=900, height=600).fitted(positions, inset=200).project(positions)
    assert seen.xy[:, 0].min() > 200
    assert seen.xy.max() < 900
