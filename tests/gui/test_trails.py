"""Trails: what is kept of whom, and the lines it comes to on the screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lake_core.scene.arrays import SceneDelta
from studio.models import trails as trails_module
from studio.models.scene_model import SceneModel
from studio.models.trails import Trails
from studio.render.camera import Camera
from studio.render.trail_lines import STEPS, draw_lines, trail_strokes
from tests.gui.conftest import make_delta

CAMERA = Camera(width=800.0, height=600.0)


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> tuple[SceneModel, Trails]:
    """Eight entities, of which three may have a trail of at most five places."""
    monkeypatch.setattr(trails_module, "FOLLOWED", 3)
    monkeypatch.setattr(trails_module, "LENGTH", 5)
    model = SceneModel()
    trails = Trails(model)
    model.apply(make_delta([(f"part{at}", -1) for at in range(8)]))
    trails.want(True)
    return model, trails


def move(model: SceneModel, *slots: int, to: float, alive: bool = True) -> None:
    model.apply(moved(slots, to, alive))


def moved(slots: tuple[int, ...], to: float, alive: bool) -> SceneDelta:
    """These slots' entities at height `to`, or no more."""
    delta = make_delta([(f"part{slot}", -1) for slot in slots], whole=False)
    delta.slots[:] = slots
    delta.positions[:] = [[slot, to, 0.0] for slot in slots]
    delta.alive[:] = alive
    return delta


def heights(trails: Trails) -> dict[int, list[float]]:
    """The known heights of each slot that has a trail, oldest first."""
    found = trails.all()
    return {
        int(slot): places[len(places) - count :, 1].tolist()
        for slot, places, count in zip(found.slots, found.places, found.counts, strict=True)
    }


def test_that_the_last_places_of_who_moves_are_kept(followed: tuple[SceneModel, Trails]) -> None:
    model, trails = followed
    for step in range(7):
        move(model, 1, to=step)
        move(model, 2, to=step // 4)  # who stays leaves no trail
    assert heights(trails) == {1: [2.0, 3.0, 4.0, 5.0, 6.0], 2: [0.0, 1.0]}


def test_that_who_stood_still_for_longest_makes_room(followed: tuple[SceneModel, Trails]) -> None:
    model, trails = followed
    for step in (0, 1):
        move(model, 1, 2, 3, to=step)
    move(model, 4, 1, to=2)  # the first to move again stays, though it was the oldest
    move(model, 4, to=3)
    assert heights(trails) == {3: [0.0, 1.0], 1: [0.0, 1.0, 2.0], 4: [2.0, 3.0]}


def test_that_another_entity_in_the_slot_takes_over_no_trail(
    followed: tuple[SceneModel, Trails],
) -> None:
    model, trails = followed
    move(model, 1, to=0)
    move(model, 1, to=1)
    move(model, 1, to=1, alive=False)
    assert heights(trails) == {}
    move(model, 1, to=50)
    move(model, 1, to=51)
    assert heights(trails) == {1: [50.0, 51.0]}


def strokes(places: list[list[float]], counts: list[int]) -> list[tuple[int, int, int]]:
    """(colour, step, how many lines) of trails along x through these numbers, colours 7 and 9."""
    along = np.array(places, np.float64)
    points = np.stack([along, np.zeros_like(along), np.zeros_like(along)], axis=2)
    colours = np.array([7, 9][: len(places)], np.uint32)
    found = trail_strokes(CAMERA, points, np.array(counts, np.int32), colours)
    return [(colour, step, len(lines)) for colour, step, lines in found]


def test_that_a_trail_is_fainter_the_older_and_ends_where_it_is_known() -> None:
    eight_lines = [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]
    assert strokes(eight_lines, [9]) == [(7, 0, 2), (7, 1, 2), (7, 2, 2), (7, 3, 2)]
    assert strokes(eight_lines, [5]) == [(7, 0, 1), (7, 1, 1), (7, 2, 1), (7, 3, 1)]
    assert strokes(eight_lines, [2]) == [(7, STEPS - 1, 1)]


def test_that_all_of_a_colour_and_age_are_one_stroke() -> None:
    both = [[0.0, 1.0, 2.0, 3.0, 4.0]] * 2
    assert len(strokes(both, [5, 5])) == 2 * STEPS
    places, counts = np.zeros((100, 5, 3)), np.full(100, 5, np.int32)
    found = list(trail_strokes(CAMERA, places, counts, np.full(100, 7, np.uint32)))
    assert [len(lines) for _, _, lines in found] == [100] * STEPS


def test_that_no_line_goes_behind_the_camera() -> None:
    places = np.array([[[0.0, 0.0, 0.0], 1e4 * CAMERA.basis()[2] * -1.0]])
    found = list(trail_strokes(CAMERA, places, np.array([2], np.int32), np.array([7], np.uint32)))
    assert found == []
    none = np.zeros((0, 5, 3)), np.zeros(0, np.int32), np.zeros(0, np.uint32)
    assert list(trail_strokes(CAMERA, *none)) == []


def test_that_lines_are_drawn_where_their_numbers_say() -> None:
    rows = np.random.default_rng(3).uniform(0, 60, (40, 4))

    def picture(*, at_once: bool) -> QImage:
        image = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        painter.setPen(QPen(QColor(255, 80, 10), 1.0))
        if at_once:
            draw_lines(painter, rows[::2])
        else:
            painter.drawLines([QLineF(*row) for row in rows[::2].tolist()])
        painter.end()
        return image

    blank = QImage(picture(at_once=True).size(), QImage.Format.Format_ARGB32_Premultiplied)
    blank.fill(0)
    assert picture(at_once=True) == picture(at_once=False) != blank
