"""The software renderer: the right colour at the right pixel, front over back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from studio.render.camera import Projection
from studio.render.points_cpu import DIMMEST, Canvas, PointRenderer, Style
from studio.render.points_look import Points
from studio.theme import FLUX_PALETTE

GROUND = (11, 13, 16)
ALL = np.ones(10, np.bool_)


def frame(
    points: list[tuple[float, float, float]], flux: list[int], shown: np.ndarray = ALL
) -> tuple[QImage, int]:
    canvas = Canvas(120, 80)
    backdrop = QImage(120, 80, QImage.Format.Format_RGB32)
    backdrop.fill(QColor(*GROUND))
    canvas.lay(backdrop)
    rows = np.array(points, np.float32).reshape(-1, 3)
    renderer = PointRenderer(Style(FLUX_PALETTE, GROUND))
    seen = Projection(*(rows[:, axis].copy() for axis in range(3)))
    drawn = renderer.draw(canvas, seen, Points.by_flux(np.array(flux, np.uint8), shown))
    return canvas.image().copy(), drawn


def colour(image: QImage, x: int, y: int) -> tuple[int, ...]:
    pixel = image.pixelColor(x, y)
    return pixel.red(), pixel.green(), pixel.blue()


@pytest.mark.parametrize("flux", range(10))
def test_that_a_point_has_the_palettes_colour(flux: int) -> None:
    image, drawn = frame([(60, 40, 1)], [flux])
    assert colour(image, 60, 40) == tuple(FLUX_PALETTE[flux].tolist())
    assert drawn == 1


def test_that_the_front_point_covers_the_back_one_whatever_their_order() -> None:
    for order in (1, -1):
        points, flux = [(60.0, 40.0, 1.0), (60.0, 40.0, 2.0)], [1, 7]
        image, _ = frame(points[::order], flux[::order])
        red, _, blue = colour(image, 60, 40)
        assert blue > red  # 1 is blue, 7 orange


def test_that_sacred_points_are_larger_and_wear_a_ring() -> None:
    plain, _ = frame([(60, 40, 1)], [1])
    sacred, _ = frame([(60, 40, 1)], [3])
    row_plain = [colour(plain, x, 40) != GROUND for x in range(120)]
    row_sacred = [colour(sacred, x, 40) != GROUND for x in range(120)]
    assert sum(row_sacred) > sum(row_plain)
    runs = np.count_nonzero(np.diff(np.array(row_sacred, int)) == 1)
    assert runs == 3  # ring, disc, ring


def test_that_a_filtered_point_stays_as_a_ghost_and_does_not_count() -> None:
    shown = ALL.copy()
    shown[1] = False
    image, drawn = frame([(60, 40, 1)], [1], shown)
    assert drawn == 0
    assert GROUND < colour(image, 60, 40) < (90, 90, 90)


def test_that_far_points_are_dimmer() -> None:
    image, _ = frame([(30, 40, 0.8), (90, 40, 4.0)], [9, 9])
    near, far = sum(colour(image, 30, 40)), sum(colour(image, 90, 40))
    assert far < near
    assert far > near * DIMMEST * 0.9


def test_that_points_at_and_beyond_the_edges_are_harmless() -> None:
    edge = [(-3, 40, 1), (119.9, 79.9, 1), (1e9, 5, 1), (60, -1e30, 1), (60, 40, -1)]
    image, _ = frame([*edge, (float("nan"), float("inf"), 1)], [3] * 6)
    assert colour(image, 119, 79) != GROUND


def test_that_many_points_are_drawn_too() -> None:
    rows = np.random.default_rng(3).uniform((0, 0, 0.5), (120, 80, 3), size=(80_000, 3))
    image, drawn = frame(rows.tolist(), [5] * len(rows))
    assert drawn > 79_000
    assert colour(image, 60, 40) != GROUND


def test_that_an_empty_scene_is_the_backdrop() -> None:
    image, drawn = frame([], [])
    assert drawn == 0
    assert colour(image, 60, 40) == GROUND


def test_that_rings_give_way_in_a_crowd() -> None:
    alone, _ = frame([(60, 40, 1)], [6])
    crowd, _ = frame([(60 + at % 3, 40 + at // 3, 1) for at in range(9)], [6] * 9)
    ring = next(x for x in range(120) if colour(alone, x, 40) != GROUND)
    assert colour(crowd, ring, 40) == GROUND
