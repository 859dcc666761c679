"""What a person chose to see in the scene: lines, names, trails, a flat view, and who draws it.

The one truth for buttons, commands and the view, which all listen. Knows none of them.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class Option(StrEnum):
    """Something that is on or off."""

    LINKS = "Lines of the hierarchy and of the selection"
    CONNECTIONS = "Connections of the whole scene, by type"
    NAMES = "Names of the nearest entities"
    TRAILS = "Trails of what moves"
    FLAT = "Flat view, without perspective"
    BY_SCALE = "Points as large as their entities"
    CARD = "Draw with the graphics card"


class SceneOptions(QObject):
    """Which options are on; `changed` tells one that was turned, and where to."""

    changed = Signal(object, bool)
    refused = Signal(str)  # why one cannot be turned on

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = {Option.LINKS}

    def is_on(self, option: Option) -> bool:
        """Whether it is on."""
        return option in self._on

    def turn(self, option: Option, on: bool) -> None:
        """Turn it on or off."""
        if on != self.is_on(option):
            self._on ^= {option}
            self.changed.emit(option, on)

    def toggle(self, option: Option) -> None:
        """Turn it round."""
        self.turn(option, not self.is_on(option))

    def refuse(self, option: Option, why: str) -> None:
        """It cannot be on here."""
        self.turn(option, False)
        self.refused.emit(why)
