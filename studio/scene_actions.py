"""The commands of the scene by name: texts, icons, keys. What each does is wired elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QAction

from studio.models.colouring import CLASS, DEPTH, FLUX, RECENCY
from studio.models.scene_options import Option
from studio.panels.scene_hands import QUARTER

OPTIONS: Final = {
    Option.LINKS: ("mdi6.file-tree-outline", "Ctrl+Shift+L"),
    Option.CONNECTIONS: ("mdi6.transit-connection-variant", "Ctrl+Alt+K"),
    Option.NAMES: ("mdi6.label-outline", "Ctrl+L"),
    Option.TRAILS: ("mdi6.vector-polyline", "Ctrl+T"),
    Option.FLAT: ("mdi6.perspective-less", "Ctrl+5"),
    Option.BY_SCALE: ("mdi6.circle-expand", "Ctrl+Alt+5"),
    Option.CARD: ("mdi6.expansion-card-variant", ""),
}
COLOURS: Final = {
    FLUX: "Colour by flux",
    CLASS: "Colour by class",
    DEPTH: "Colour by depth",
    RECENCY: "Colour by last change",
}
SIDES: Final = {
    "Look from the front": ("Ctrl+1", 0.0, 0.0),
    "Look from the right": ("Ctrl+3", QUARTER, 0.0),
    "Look from the top": ("Ctrl+7", 0.0, QUARTER),
}


class SceneActions:
    """The commands; `make` makes one of a text, an icon and its keys."""

    def __init__(self, make: Callable[..., QAction]) -> None:
        self.hide = make("Hide the selection", "mdi6.eye-off-outline", "Ctrl+H")
        self.isolate = make("Show only the selection", "mdi6.target", "Ctrl+I")
        self.everything = make("Show everything", "mdi6.eye-outline", "Ctrl+Shift+H")
        self.box = make("Select with a box", "mdi6.select-drag", "Ctrl+Alt+B")
        self.options = {
            option: make(option.value, icon_name, *filter(None, [keys]))
            for option, (icon_name, keys) in OPTIONS.items()
        }
        self.colours = {what: make(text, "mdi6.palette-outline") for what, text in COLOURS.items()}
        self.sides = {
            text: make(text, "mdi6.axis-arrow", keys) for text, (keys, _, _) in SIDES.items()
        }
        for action in self.options.values():
            action.setCheckable(True)
        for action in self.colours.values():
            action.setCheckable(True)

    @property
    def all(self) -> list[QAction]:
        """In the order of the menu."""
        looks = [self.hide, self.isolate, self.everything, self.box]
        rest = [*self.options.values(), *self.colours.values(), *self.sides.values()]
        return [*looks, *rest]

    @property
    def first_of_parts(self) -> set[QAction]:
        """Those that begin a new part of the menu."""
        groups = (self.options, self.colours, self.sides)
        return {next(iter(group.values())) for group in groups}
