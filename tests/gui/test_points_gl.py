"""The same picture from the processor and from OpenGL, each drawn for real.

OpenGL here may be Mesa's llvmpipe under Xvfb; where the platform has none, the test is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.scene.arrays import SceneArrays, SceneDelta
from studio.models.scene_model import SceneModel
from studio.models.scene_options import Option
from studio.panels.scene import ScenePanel
from studio.render.camera import Camera
from studio.render.frame import Look, SceneFrame
from studio.render.points_gl import GlMissing, GlPoints, graphics_card
from studio.render.ramp import ramp
from studio.session import Session

WIDTH, HEIGHT = 640, 420


@pytest.fixture(scope="module")
def gl(qapp: QApplication) -> GlPoints:
    try:
        return GlPoints()
    except GlMissing as error:
        pytest.skip(f"{error}; xvfb-run gives one")


def scene(count: int, offset: float = 0.0, size: float = 1.0) -> SceneArrays:
    random = np.random.default_rng(11)
    arrays = SceneArrays(count)
    arrays.positions[:] = random.normal(size=(count, 3)) * size + offset
    arrays.flux[:] = random.integers(0, 10, count)
    arrays.alive[:] = True
    return arrays


def framed(arrays: SceneArrays, scale: float = 1.0) -> SceneFrame:
    frame = SceneFrame()
    frame.scale, frame.show_links = scale, False
    frame.take(arrays)
    frame.camera = Camera(width=WIDTH, height=HEIGHT).fitted(arrays.positions)
    return frame


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return (
        rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[..., :3].astype(int)
    )


def both(frame: SceneFrame, arrays: SceneArrays, look: Look, gl: GlPoints) -> tuple[float, float]:
    """Share of pixels that differ clearly, and the mean difference where anything is drawn."""
    frame.gl = None
    by_processor = pixels(frame.render(arrays, look).copy())
    frame.gl = gl
    by_card = pixels(frame.render(arrays, look))
    away = np.abs(by_processor - by_card).max(axis=2)
    ground = np.array([16, 13, 11])
    drawn = (np.abs(by_processor - ground).max(axis=2) > 24).sum()
    return float((away > 48).sum() / max(drawn, 1)), float(np.abs(by_processor - by_card).mean())


ALL = np.ones(10, np.bool_)


@pytest.mark.parametrize(
    ("count", "offset", "size", "scale"),
    [(300, 0.0, 1.0, 1.0), (5_000, 0.0, 1.0, 1.0), (300, 1e11, 1e3, 1.0), (300, 0.0, 1e-3, 2.0)],
)
def test_that_both_renderers_draw_the_same_picture(
    gl: GlPoints, count: int, offset: float, size: float, scale: float
) -> None:
    arrays = scene(count, offset, size)
    clear, mean = both(framed(arrays, scale), arrays, Look(ALL), gl)
    assert clear < 0.08
    assert mean < 2.0


def test_that_both_agree_on_filters_hiding_colours_sizes_and_a_flat_view(gl: GlPoints) -> None:
    arrays = scene(2_000)
    frame = framed(arrays)
    frame.camera = replace(frame.camera, flat=True)
    half = np.arange(2_000) % 2 == 0
    tints = (np.arange(2_000) % 60).astype(np.uint8)
    sizes = (np.arange(2_000) % 5).astype(np.uint8)
    for look in (
        Look(np.isin(np.arange(10), (3, 6, 9))),
        Look(ALL, visible=half),
        Look(ALL, tints=tints, palette=ramp()),
        Look(ALL, sizes=sizes),
    ):
        clear, mean = both(frame, arrays, look, gl)
        assert clear < 0.08
        assert mean < 2.0


def test_that_the_card_is_told_what_changed(gl: GlPoints) -> None:
    arrays = scene(9_000)
    frame = framed(arrays)
    both(frame, arrays, Look(ALL), gl)
    moved = np.arange(0, 9_000, 7, dtype=np.int32)
    arrays.positions[moved] *= 0.2
    arrays.flux[moved] = 3
    arrays.alive[moved[::3]] = False
    frame.follow(moved)
    clear, mean = both(frame, arrays, Look(ALL), gl)
    assert clear < 0.08
    assert mean < 2.0


def test_that_a_lost_context_falls_back_to_the_processor(gl: GlPoints) -> None:
    arrays = scene(50)
    frame = framed(arrays)
    frame.use_card(True)
    if frame.gl is not None:
        frame.gl.close()
    drawn = pixels(frame.render(arrays, Look(ALL)))
    assert frame.renderer_name == "processor"
    assert drawn.max() > 200


def test_that_a_processor_in_disguise_is_not_taken_for_a_card(gl: GlPoints) -> None:
    assert gl.is_software == ("llvmpipe" in gl.name.lower())
    assert (graphics_card() == "") == gl.is_software


def test_that_a_card_can_be_left_alone(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    graphics_card.cache_clear()
    monkeypatch.setenv("LAKE_GRAPHICS", "off")
    assert graphics_card() == ""
    graphics_card.cache_clear()


def test_that_a_person_switches_between_processor_and_card(
    gl: GlPoints, qtbot: QtBot, delta_of: Callable[..., SceneDelta]
) -> None:
    session, model = Session(), SceneModel()
    panel = ScenePanel(session, model)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    panel.show()
    session.show_space("lab")
    model.apply(delta_of([(f"part{at}", -1) for at in range(40)]))

    def shows(name: str) -> bool:
        return name in panel.figures.text()

    options = panel.view.options
    assert options.is_on(Option.CARD) == (not gl.is_software)
    for on in (False, True, False):
        options.turn(Option.CARD, on)
        panel.grab()
        name = gl.name.split("(")[0].split("/")[0].strip() if on else "processor"
        assert panel.view.frame.renderer_name == name
        qtbot.waitUntil(partial(shows, name))
        place = panel.view.frame.place_of(9)
        assert place is not None
        QTest.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPointF(*place[:2]).toPoint())
        assert session.selection == "part9"
        session.select(None)
