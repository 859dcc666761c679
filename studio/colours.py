"""The colours of both themes, by what they are for. Pure: strings, no Qt.

Near-black or near-white ground, panels told apart by thin lines and a shade, one accent blue that
means "selected" or "the main deed". All other colour belongs to the data. Every text colour holds
4.5:1 or more on each ground it is written on; the tests compute it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final


@dataclass(slots=True)
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
    disabled: str = "#5d6673"
    """Of what cannot be used now; by WCAG it need not hold the contrast."""
    accent: str = "#4a86ff"
    """Lines, rings and marks of what is selected or chosen."""
    accent_fill: str = "#2a62d8"
    """Ground of the main button; `on_accent` on it."""
    on_accent: str = "#ffffff"
    selection: str = "#152a50"
    """Ground of a selected row; `text_selected` and `quiet_selected` on it."""
    text_selected: str = "#fdfeff"
    quiet_selected: str = "#b9c6dd"
    danger: str = "#ff7272"
    warning: str = "#f0ac40"
    good: str = "#3fc48b"
    past: str = "#c79bff"
    """Everything that says: this is not now."""
    band: str = "#202733"
    """An epoch on the timeline; `text` on it."""
    band_lit: str = "#2a3342"
    mark: str = "#667080"
    """A snapshot by threshold, and many of them."""
    mark_manual: str = "#f2f5fa"
    mark_batch: str = "#6fb6c9"
    mark_schedule: str = "#a598d8"


DARK: Final = Theme()
LIGHT: Final = Theme(
    ground="#fbfcfd",
    panel="#f4f5f8",
    raised="#fefefe",
    hover="#e8ebf1",
    line="#dbe0e8",
    line_strong="#b4bdca",
    text="#1c222b",
    text_quiet="#555f6d",
    disabled="#98a1ae",
    accent="#1c5bd0",
    accent_fill="#2a63d9",
    on_accent="#ffffff",
    selection="#d4e2fd",
    text_selected="#0a1a36",
    quiet_selected="#3c4a61",
    danger="#b3261e",
    warning="#825300",
    good="#0f6b45",
    past="#6b35b8",
    band="#e3e8f0",
    band_lit="#d3dbe7",
    mark="#7b8696",
    mark_manual="#161c25",
    mark_batch="#1d6f86",
    mark_schedule="#5d4ba6",
)
THEMES: Final = {"dark": DARK, "light": LIGHT}
ROLES: Final = tuple(one.name for one in fields(Theme))

DARK_FLUX: Final = (
    "#8b96a4",  # 0 grey: no direction
    "#5594ff",  # 1 blue
    "#22c7e6",  # 2 cyan
    "#ffc53d",  # 3 gold: Ethos
    "#2fc48d",  # 4 green
    "#a7d129",  # 5 lime
    "#ff7eb6",  # 6 rose: Pathos
    "#ff8a4c",  # 7 orange
    "#a98bff",  # 8 violet
    "#fff6e0",  # 9 near-white: Logos
)
LIGHT_FLUX: Final = (
    "#5a6470",  # the same hues, dark enough to be read on white
    "#1b57c6",
    "#006584",
    "#805500",
    "#136b36",
    "#4c6600",
    "#a82a68",
    "#9f430c",
    "#6340c4",
    "#221c10",
)
FLUX: Final = {"dark": DARK_FLUX, "light": LIGHT_FLUX}
