"""The cloud against the camera's own float64 projection, near the origin and far from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene.arrays import SceneArrays
from studio.render.camera import NEAR, Camera
from studio.render.cloud import Cloud


def scene(count: int, offset: float = 0.0, size: float = 1.0) -> SceneArrays:
    arrays = SceneArrays(count)
    arrays.positions[:] = np.random.default_rng(3).normal(size=(count, 3)) * size + offset
    arrays.alive[:] = True
    return arrays


def exact(camera: Camera, positions: np.ndarray) -> np.ndarray:
    """Pixels [n, 2] in float64 throughout."""
    right, up, forward = camera.basis()
    relative = positions - np.array(camera.target)
    depth = camera.distance + relative @ forward
    scale = camera.focal / (np.full_like(depth, camera.distance) if camera.flat else depth)
    x = relative @ right * scale + camera.width / 2
    y = camera.height / 2 - relative @ up * scale
    return np.stack([x, y], axis=1)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize(
    ("offset", "size"), [(0.0, 1.0), (0.0, 1e-3), (1e11, 1e3), (-1e11, 1.0), (0.0, 1e11)]
)
def test_that_places_are_exact_to_a_fraction_of_a_pixel(
    offset: float, size: float, flat: bool
) -> None:
    arrays, cloud = scene(500, offset, size), Cloud()
    cloud.take(arrays)
    camera = replace(Camera(width=900, height=700).fitted(arrays.positions), flat=flat)
    for step in range(6):  # in and aside, as a person goes to look at something
        seen = cloud.seen_by(camera)
        truth = exact(camera, arrays.positions)
        near = (seen.depth > NEAR) & (np.abs(truth) < 5_000).all(axis=1)
        assert near.sum() > (300 if step == 0 else 0)
        coarse = 2.0**-52 * abs(offset) / camera.units_per_pixel  # of the positions themselves
        assert np.abs(seen.xy[near] - truth[near]).max() < 0.1 + 4 * coarse
        camera = camera.zoomed(0.5, 460, 340).panned(20, -10).orbited(9, 3)


def test_that_neighbours_at_1e11_are_steady_while_the_camera_orbits() -> None:
    """A quarter of a metre apart; float64 itself holds steps of 15 micrometres there."""
    base = np.array([1e11, 0.0, 0.0])
    arrays = SceneArrays(2)
    arrays.positions[:] = base
    arrays.positions[1, 0] += 0.25
    arrays.alive[:] = True
    cloud = Cloud()
    cloud.take(arrays)
    camera = Camera(target=tuple(base.tolist()), distance=1.0, width=800, height=800)
    widths = []
    for _ in range(20):
        seen = cloud.seen_by(camera)
        widths.append(float(np.hypot(*(seen.xy[1] - seen.xy[0]))))
        assert seen.xy[0] == pytest.approx([400, 400], abs=0.01)
        camera = camera.orbited(0.5, 0.0)
    assert np.abs(np.diff(widths, 2)).max() < 0.05


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 15), st.sampled_from(["move", "die", "live"])), max_size=5
        ),
        max_size=6,
    )
)
@settings(deadline=None)
def test_that_following_changes_ends_where_taking_all_does(
    ticks: list[list[tuple[int, str]]],
) -> None:
    arrays, cloud, camera = scene(16), Cloud(), Camera()
    cloud.take(arrays)
    for number, tick in enumerate(ticks):
        for slot, deed in tick:
            arrays.alive[slot] = deed != "die"
            arrays.positions[slot] += number if deed == "move" else 0
        cloud.follow(np.array([slot for slot, _ in tick], np.int32))
        anew = Cloud()
        anew.take(arrays)
        followed, taken = cloud.seen_by(camera), anew.seen_by(camera)
        assert np.array_equal(followed.xy, taken.xy, equal_nan=True)
        assert cloud.slots.tolist() == anew.slots.tolist()
        low, high = anew.bounds()
        if len(anew.slots):
            assert (cloud.bounds()[0] <= low).all()
            assert (cloud.bounds()[1] >= high).all()


def test_that_nothing_is_projected_twice() -> None:
    arrays, cloud = scene(10), Cloud()
    cloud.take(arrays)
    seen = cloud.seen_by(Camera())
    assert cloud.seen_by(Camera()) is seen
    cloud.follow(np.array([3], np.int32))
    assert cloud.seen_by(Camera()) is not seen


def test_that_the_outline_of_a_crowd_follows_what_comes_and_moves_out_of_it() -> None:
    arrays, cloud = scene(30_000), Cloud()
    arrays.alive[29_900:] = False
    cloud.take(arrays)
    camera = Camera(width=900, height=700).fitted(cloud.outline())
    assert len(cloud.outline()) <= 32
    away = np.array([12, 29_950], np.int32)
    arrays.positions[away] = [[40.0, 0.0, 0.0], [0.0, -30.0, 5.0]]
    arrays.alive[29_950] = True
    cloud.follow(away)
    held = camera.fitted(cloud.outline()).project(arrays.positions[arrays.alive])
    assert (held.depth > NEAR).all()
    assert held.xy.min() > -0.02 * 700
    assert (held.xy.max(axis=0) < [1.02 * 900, 1.02 * 700]).all()
    assert (np.abs(cloud.outline() - arrays.positions[12]).sum(axis=1) == 0).any()
