"""The look: the colours of now, the one font, icons, and the change from one theme to the other.

All other colour than THEME's belongs to the data: `FLUX_PALETTE`. This module knows Qt, but no
panel; the colours themselves are in `colours`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple
from weakref import ref

import numpy as np
import qtawesome
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from studio.colours import DARK_FLUX, FLUX, ROLES, THEMES, Theme
from studio.painting import guarded
from studio.style_sheet import palette_of, style_sheet

THEME: Final = Theme()
"""The colours now. `use` changes them in place: read them when something is painted."""
FLUX_COLOURS: Final = list(DARK_FLUX)
FLUX_PALETTE: Final[NDArray[np.uint8]] = np.zeros((10, 3), np.uint8)
"""[10, 3] red, green, blue of each flux position; the same in tree, scene, legend, inspector."""


class ThemeSwitch(QObject):
    """Says when the colours are others."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = "dark"


SWITCH: Final = ThemeSwitch()

SACRED_NAMES: Final = {3: "Ethos", 6: "Pathos", 9: "Logos"}

FONT_FAMILIES: Final = ("Roboto", "Inter", "Segoe UI", "Noto Sans", "DejaVu Sans")
MONO_FAMILIES: Final = (
    "JetBrains Mono",
    "SF Mono",
    "Consolas",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
)
TEXT_PX: Final = 13
SMALL_PX: Final = 11


def flux_colour(position: int) -> QColor:
    """The colour of a flux position, 0-9."""
    return QColor(FLUX_COLOURS[position])


def text_font(pixels: int = TEXT_PX, *, medium: bool = False) -> QFont:
    """The one font, `pixels` high; its figures all have one width."""
    return QFont(_text_font(pixels, medium))


@lru_cache(maxsize=64)
def _text_font(pixels: int, medium: bool) -> QFont:
    """To be copied: a copy takes a tenth of the time, and every row painted asks for some."""
    font = QFont(list(FONT_FAMILIES))
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.Medium if medium else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def head_font() -> QFont:
    """Section heads: small, capitals, a little apart."""
    font = text_font(SMALL_PX, medium=True)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
    return font


def mono_font(pixels: int = 12) -> QFont:
    """For what is copied to a shell or a script."""
    font = QFont(list(MONO_FAMILIES))
    font.setPixelSize(pixels)
    return font


def section_head(text: str, parent: QWidget | None = None) -> QLabel:
    """A quiet heading in small capitals."""
    label = QLabel(text, parent)
    label.setFont(head_font())
    label.setProperty("quiet", True)
    return label


def icon(name: str, colour: str = "") -> QIcon:
    """An icon of qtawesome, e.g. `mdi6.camera-outline`; needs a QApplication.

    One in the colour of a role of THEME, quiet text where none is given, follows the theme.
    """
    return _icon(name, _role_of(colour) if colour else "text_quiet")


@lru_cache(maxsize=512)
def _icon(name: str, colour: str) -> QIcon:
    return QIcon(_IconEngine(name, colour))


@lru_cache(maxsize=1024)
def _plain_icon(name: str, colour: str, disabled: str) -> QIcon:
    made: QIcon = qtawesome.icon(name, color=colour, color_disabled=disabled)
    return made


def _role_of(colour: str) -> str:
    """The role that has this colour now; the colour itself where none has."""
    return next((role for role in ROLES if getattr(THEME, role) == colour), colour)


class _Ink(NamedTuple):
    """What an icon looks like but for its size."""

    name: str
    colour: str
    disabled: str
    mode: QIcon.Mode
    state: QIcon.State


@lru_cache(maxsize=2048)
def _drawn(ink: _Ink, width: int, height: int, scale: float) -> QPixmap:
    """The icon, `width` by `height` pixels of the widget, `scale` device pixels each."""
    picture = QPixmap(round(width * scale), round(height * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    whole = QRect(0, 0, width, height)
    made = _plain_icon(ink.name, ink.colour, ink.disabled)
    made.paint(painter, whole, Qt.AlignmentFlag.AlignCenter, ink.mode, ink.state)
    painter.end()
    return picture


class _IconEngine(QIconEngine):
    """Paints an icon in the colour its role has when it is painted."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    @guarded
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint it, as qtawesome would, which lays out a glyph each time: once is enough."""
        colour = getattr(THEME, self._colour, self._colour)
        ink = _Ink(self._name, colour, THEME.line_strong, mode, state)
        scale = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect.topLeft(), _drawn(ink, rect.width(), rect.height(), scale))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The same as a picture."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """Qt asks for one when a shared icon is changed."""
        return _IconEngine(self._name, self._colour)


ICON_SIZE: Final = QSize(16, 16)


def paint_icon(painter: QPainter, made: QIcon, left: float, middle: float, size: int = 15) -> None:
    """Paint an icon `size` wide from `left`, its middle at height `middle`."""
    made.paint(painter, QRect(round(left), round(middle - size / 2), size, size))


def install(app: QApplication) -> None:
    """Give the application its style, palette, font and rules; once, before any widget."""
    _load_fonts()
    app.setStyle("Fusion")
    app.setFont(text_font())
    _dress(app)


def use(name: str) -> None:
    """Change to the theme of that name, everywhere and at once."""
    if name == SWITCH.name or name not in THEMES:
        return
    SWITCH.name = name
    _take(name)
    app = QApplication.instance()
    if isinstance(app, QApplication):
        _dress(app)
    SWITCH.changed.emit()


def styled(widget: QWidget, rules: Callable[[], str]) -> None:
    """Give a widget rules of its own, now and whenever the theme changes."""
    _Dresser(widget, rules).dress()


class _Dresser(QObject):
    """Goes with its widget, and its connection with it."""

    def __init__(self, widget: QWidget, rules: Callable[[], str]) -> None:
        super().__init__(widget)
        self._widget, self._rules = ref(widget), rules
        SWITCH.changed.connect(self.dress)

    def dress(self) -> None:
        """Put the rules on."""
        widget = self._widget()
        if widget is not None:
            widget.setStyleSheet(self._rules())


def _take(name: str) -> None:
    """Put the colours of a theme where everyone reads them."""
    for role in ROLES:
        setattr(THEME, role, getattr(THEMES[name], role))
    FLUX_COLOURS[:] = FLUX[name]
    FLUX_PALETTE[:] = [[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in FLUX[name]]


_take("dark")


def _dress(app: QApplication) -> None:
    app.setPalette(palette_of(THEME))
    app.setStyleSheet(style_sheet(THEME))


def _load_fonts() -> None:
    """Roboto comes with the program, so that the window looks the same on every machine."""
    found = find_spec("font_roboto")
    if found is None or found.origin is None:
        return
    for style in ("Regular", "Medium", "Bold"):
        QFontDatabase.addApplicationFont(
            str(Path(found.origin).parent / "files" / f"Roboto-{style}.ttf")
        )
