"""The look: every colour, font and icon of the Studio is named here and nowhere else.

Near-black ground, panels told apart by thin lines and a shade, one accent blue that means
"selected" or "the main deed". All other colour belongs to the data: `FLUX_PALETTE`. All text
colours hold 4.5:1 or more on `ground`, `panel` and `raised`. This module knows Qt, but no panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import qtawesome
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget


@dataclass(frozen=True, slots=True)
class Theme:
    """The named colours, as `#rrggbb`; `QColor(THEME.panel)` where Qt wants a colour."""

    ground: str = "#0b0d10"
    """Behind the data: the scene, the timeline's lanes."""
    panel: str = "#111419"
    """Docks, bars, tables."""
    raised: str = "#191d24"
    """What lies on a panel: fields, buttons, cards, menus."""
    hover: str = "#1f242d"
    line: str = "#242a33"
    """Thin lines between panels and around fields."""
    line_strong: str = "#3a4350"
    text: str = "#dce1e9"
    text_quiet: str = "#8e98a8"
    accent: str = "#4a86ff"
    """Lines, rings and marks of what is selected or chosen."""
    accent_fill: str = "#2a62d8"
    """Ground of the main button; white text on it."""
    selection: str = "#1b3666"
    """Ground of a selected row; `text_selected` on it."""
    text_selected: str = "#ffffff"
    danger: str = "#ff7272"
    warning: str = "#f0ac40"
    good: str = "#3fc48b"
    past: str = "#c79bff"
    """Everything that says: this is not now."""


THEME: Final = Theme()

FLUX_COLOURS: Final = (
    "#7f8a97",  # 0 grey: no direction
    "#4c8dff",  # 1 blue
    "#22c7e6",  # 2 cyan
    "#ffc53d",  # 3 gold: Ethos
    "#2fc48d",  # 4 green
    "#a7d129",  # 5 lime
    "#ff7eb6",  # 6 rose: Pathos
    "#ff8a4c",  # 7 orange
    "#a98bff",  # 8 violet
    "#fff6e0",  # 9 near-white: Logos
)
FLUX_PALETTE: Final[NDArray[np.uint8]] = np.array(
    [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in FLUX_COLOURS], np.uint8
)
"""[10, 3] red, green, blue of each flux position; the same in tree, scene, legend, inspector."""

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


@lru_cache(maxsize=256)
def icon(name: str, colour: str = THEME.text_quiet) -> QIcon:
    """An icon of qtawesome, e.g. `mdi6.camera-outline`; needs a QApplication."""
    made: QIcon = qtawesome.icon(name, color=colour, color_disabled=THEME.line_strong)
    return made


ICON_SIZE: Final = QSize(16, 16)


def paint_icon(painter: QPainter, made: QIcon, left: float, middle: float, size: int = 15) -> None:
    """Paint an icon `size` wide from `left`, its middle at height `middle`."""
    made.paint(painter, QRect(round(left), round(middle - size / 2), size, size))


def install(app: QApplication) -> None:
    """Give the application its style, palette, font and rules; once, before any widget."""
    _load_fonts()
    app.setStyle("Fusion")
    app.setPalette(_palette())
    app.setFont(text_font())
    app.setStyleSheet(_rules(THEME))


def _load_fonts() -> None:
    """Roboto comes with the program, so that the window looks the same on every machine."""
    found = find_spec("font_roboto")
    if found is None or found.origin is None:
        return
    for style in ("Regular", "Medium", "Bold"):
        QFontDatabase.addApplicationFont(
            str(Path(found.origin).parent / "files" / f"Roboto-{style}.ttf")
        )


def _palette() -> QPalette:
    palette, role = QPalette(), QPalette.ColorRole
    colours = {
        role.Window: THEME.panel,
        role.WindowText: THEME.text,
        role.Base: THEME.panel,
        role.AlternateBase: THEME.panel,
        role.Text: THEME.text,
        role.PlaceholderText: THEME.text_quiet,
        role.Button: THEME.raised,
        role.ButtonText: THEME.text,
        role.BrightText: THEME.text_selected,
        role.Highlight: THEME.selection,
        role.HighlightedText: THEME.text_selected,
        role.ToolTipBase: THEME.raised,
        role.ToolTipText: THEME.text,
        role.Link: THEME.accent,
        role.LinkVisited: THEME.accent,
        role.Accent: THEME.accent,
        role.Light: THEME.line_strong,
        role.Midlight: THEME.line,
        role.Mid: THEME.line,
        role.Dark: THEME.ground,
        role.Shadow: THEME.ground,
    }
    for one, colour in colours.items():
        palette.setColor(one, QColor(colour))
    for one in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor("#5d6673"))
    return palette


def _rules(t: Theme) -> str:
    """What a palette cannot say. Widgets opt in by property: `main`, `quiet`, `flat`, `card`."""
    return f"""
    QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}
    QLabel[quiet="true"] {{ color: {t.text_quiet}; }}
    QLabel[danger="true"] {{ color: {t.danger}; }}
    QMenuBar {{ background: {t.panel}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.hover}; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line_strong}; padding: 5px; }}
    QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.selection}; color: {t.text_selected}; }}
    QMenu::item:disabled {{ color: #5d6673; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
    QMenu::icon {{ padding-left: 8px; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong};
        padding: 4px 6px; }}
    QLineEdit, QPlainTextEdit, QComboBox, QSpinBox {{ background: {t.raised};
        border: 1px solid {t.line}; border-radius: 5px; padding: 4px 8px;
        selection-background-color: {t.accent_fill}; }}
    QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover {{ border-color: {t.line_strong}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus {{ border-color: {t.accent}; }}
    QComboBox::drop-down {{ border: 0; width: 22px; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.line_strong};
        padding: 4px; outline: 0; }}
    QPushButton {{ background: {t.raised}; border: 1px solid {t.line_strong}; border-radius: 5px;
        padding: 5px 14px; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.line}; }}
    QPushButton:disabled {{ color: #5d6673; border-color: {t.line}; background: {t.panel}; }}
    QPushButton[main="true"] {{ background: {t.accent_fill}; border-color: {t.accent_fill};
        color: white; font-weight: 500; }}
    QPushButton[main="true"]:hover {{ background: #3069e0; }}
    QPushButton[main="true"]:focus {{ border-color: #9dbdff; }}
    QPushButton[main="true"]:disabled {{ background: {t.raised}; border-color: {t.line};
        color: #5d6673; }}
    QPushButton[danger="true"] {{ color: {t.danger}; }}
    QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px;
        padding: 4px; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:checked {{ background: {t.hover}; color: {t.text}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton[field="true"] {{ border-color: {t.line}; text-align: left; padding: 4px 10px; }}
    QPushButton[field="true"]:hover {{ border-color: {t.line_strong}; }}
    QPushButton::menu-indicator {{ image: none; }}
    QTabBar {{ background: {t.panel}; }}
    QTabBar::tab {{ background: transparent; color: {t.text_quiet}; border: 0;
        border-bottom: 2px solid transparent; padding: 7px 12px 5px 12px; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTableWidget::item {{ padding: 0 8px; }}
    QTableWidget QHeaderView::section {{ padding: 4px 8px; }}
    QTableView, QTreeView, QListView {{ background: {t.panel}; border: 0; outline: 0; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.text_quiet}; border: 0;
        border-bottom: 1px solid {t.line}; padding: 4px 10px; }}
    QScrollArea {{ border: 0; background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:hover {{ background: {t.line_strong}; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QProgressBar {{ background: {t.raised}; border: 0; border-radius: 3px; max-height: 6px;
        min-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QRadioButton {{ spacing: 8px; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border-radius: 8px;
        border: 1px solid {t.line_strong}; background: {t.raised}; }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {t.accent}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {t.accent_fill};
        background: white; }}
    QFrame[card="true"] {{ background: {t.raised}; border: 1px solid {t.line};
        border-radius: 7px; }}
    QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
    QStatusBar::item {{ border: 0; }}
    """
