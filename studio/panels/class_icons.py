"""Which icon stands for which class of entity, by the words in the class's name."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtGui import QIcon

from studio.theme import icon

_BY_WORD: Final = (
    ("workspace", "mdi6.earth"),
    ("spawn", "mdi6.map-marker-outline"),
    ("camera", "mdi6.camera-outline"),
    ("lighting", "mdi6.weather-partly-cloudy"),
    ("light", "mdi6.lightbulb-outline"),
    ("script", "mdi6.script-text-outline"),
    ("emitter", "mdi6.flare"),
    ("particle", "mdi6.atom"),
    ("atmosphere", "mdi6.weather-partly-cloudy"),
    ("sky", "mdi6.weather-partly-cloudy"),
    ("gui", "mdi6.application-outline"),
    ("starter", "mdi6.account-outline"),
    ("star", "mdi6.star-three-points-outline"),
    ("moon", "mdi6.star-three-points-outline"),
    ("material", "mdi6.texture-box"),
    ("team", "mdi6.account-group-outline"),
    ("player", "mdi6.account-outline"),
    ("humanoid", "mdi6.account-outline"),
    ("attachment", "mdi6.axis-arrow"),
    ("chat", "mdi6.message-outline"),
    ("bone", "mdi6.bone"),
    ("joint", "mdi6.bone"),
    ("sound", "mdi6.volume-high"),
    ("terrain", "mdi6.image-filter-hdr"),
    ("service", "mdi6.cog-outline"),
    ("storage", "mdi6.database-outline"),
    ("event", "mdi6.radio-tower"),
    ("drone", "mdi6.robot-outline"),
    ("station", "mdi6.satellite-variant"),
    ("sensor", "mdi6.gauge"),
    ("instrument", "mdi6.gauge"),
    ("lab", "mdi6.flask-outline"),
    ("wing", "mdi6.solar-panel"),
    ("reactor", "mdi6.hexagon-multiple-outline"),
    ("ring", "mdi6.circle-double"),
    ("space", "mdi6.earth"),
    ("folder", "mdi6.folder-outline"),
    ("model", "mdi6.shape-outline"),
    ("assembly", "mdi6.shape-outline"),
    ("module", "mdi6.layers-triple-outline"),
    ("sector", "mdi6.layers-triple-outline"),
    ("mesh", "mdi6.vector-triangle"),
    ("part", "mdi6.cube-outline"),
)


@lru_cache(maxsize=1024)
def icon_name(class_type: str) -> str:
    """The name of the icon; a small dot where no word is known."""
    lower = class_type.casefold()
    return next((name for word, name in _BY_WORD if word in lower), "mdi6.circle-small")


def class_icon(class_type: str, colour: str = "") -> QIcon:
    """The icon of a class; needs a QApplication."""
    return icon(icon_name(class_type), colour)
