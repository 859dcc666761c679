"""The change of theme: at once, everywhere, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.colours import DARK, FLUX, LIGHT
from studio.panels.chrome import CheckBox
from studio.theme import FLUX_PALETTE, THEME, flux_colour, icon, styled, use
from tests.gui.wired import Wired


@pytest.fixture(autouse=True)
def _back_to_dark() -> Iterator[None]:
    yield
    use("dark")


def colour_of(made: str) -> QColor:
    """The colour an icon is drawn in: that of its most opaque pixel."""
    picture = icon(made).pixmap(QSize(32, 32)).toImage()
    pixels = (picture.pixelColor(x, y) for x in range(32) for y in range(32))
    return max(pixels, key=lambda pixel: pixel.alpha())


def test_that_an_icon_follows_the_theme(qtbot: QtBot) -> None:
    assert colour_of("mdi6.circle").name() == DARK.text_quiet
    use("light")
    assert colour_of("mdi6.circle").name() == LIGHT.text_quiet


def test_that_rules_of_ones_own_follow_as_long_as_there_is_a_widget(qtbot: QtBot) -> None:
    label = QLabel("x")
    qtbot.addWidget(label)
    styled(label, lambda: f"color: {THEME.past};")
    use("light")
    assert label.styleSheet() == f"color: {LIGHT.past};"
    gone = QLabel("y")
    styled(gone, lambda: f"color: {THEME.past};")
    gone.deleteLater()
    del gone
    qtbot.wait(1)
    use("dark")
    assert label.styleSheet() == f"color: {DARK.past};"


def test_that_a_tick_that_cannot_be_changed_does_not_look_as_if_it_could(qtbot: QtBot) -> None:
    box = CheckBox("by hand")
    qtbot.addWidget(box)
    box.setChecked(True)

    def ground() -> str:
        return box.grab().toImage().pixelColor(3, box.height() // 2).name()

    assert ground() == QColor(THEME.accent_fill).name()
    box.setEnabled(False)
    assert ground() == QColor(THEME.raised).name()


def test_that_an_unknown_theme_changes_nothing() -> None:
    use("mauve")
    assert THEME.panel == DARK.panel


def test_that_the_whole_window_changes_and_changes_back(wired: Wired, qtbot: QtBot) -> None:
    wired.send_scene()
    qtbot.waitUntil(lambda: wired.window.shows_scene)
    wired.window.actions_.light.trigger()
    assert THEME.panel == LIGHT.panel
    assert flux_colour(3).name() == FLUX["light"][3]
    assert QColor(*FLUX_PALETTE[3].tolist()).name() == FLUX["light"][3]
    picture = wired.window.grab().toImage()
    corner = wired.window.hierarchy.mapTo(wired.window, wired.window.hierarchy.rect().bottomLeft())
    assert picture.pixelColor(corner.x() + 3, corner.y() - 3).lightness() > 200
    scene = wired.window.scene
    middle = scene.mapTo(wired.window, scene.rect().center())
    assert picture.pixelColor(middle.x(), middle.y() - 40).lightness() > 120
    wired.window.actions_.dark.trigger()
    picture = wired.window.grab().toImage()
    assert picture.pixelColor(corner.x() + 3, corner.y() - 3).lightness() < 60


def test_that_the_theme_is_remembered(wired: Wired, qtbot: QtBot) -> None:
    wired.window.actions_.light.trigger()
    wired.window.remember()
    use("dark")
    wired.window._recall()
    assert THEME.panel == LIGHT.panel
