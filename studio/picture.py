"""Takes a picture of the window once it shows what it is meant to show.

Owns the waiting: `--screenshot` and `--exit-after` of the command line.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from lake_core.errors import LakeError
from studio.models.scene_model import SceneModel

LOOK_SECONDS: Final = 0.05
SETTLE_SECONDS: Final = 0.7


async def wait_for_scene(scene: SceneModel, at_least: int) -> None:
    """Return when that many entities are in, and a frame has had time to be drawn."""
    while scene.entity_count < at_least:
        await asyncio.sleep(LOOK_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)


def save_picture(window: QWidget, path: Path) -> None:
    """Write the window as PNG. Raises LakeError where that cannot be."""
    if not window.grab().save(str(path), "PNG"):
        raise LakeError(f"cannot write a picture to {path}")
