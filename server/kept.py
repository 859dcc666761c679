"""Scenes of which a page was told: the next page is of the same instant, and soon asked for.

To build the state of an instant takes longer the larger it is, and a list in a hundred pages would
take it a hundred times. The loop's own; knows nothing of what scenes hold.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from lake_core.scene.arrays import SceneDelta

MOST: Final = 2
SECONDS: Final = 60.0


class KeptScenes:
    """A few whole scenes by space and sequence number, each for a while after it was asked for."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._scenes: OrderedDict[tuple[str, int], SceneDelta] = OrderedDict()
        self._ends: dict[tuple[str, int], asyncio.TimerHandle] = {}

    def find(self, space_name: str, seq: int) -> SceneDelta | None:
        """The scene of an instant, if it is kept."""
        return self._scenes.get((space_name, seq))

    def keep(self, scene: SceneDelta) -> None:
        """Keep a scene for a while, in the place of the one not asked for longest."""
        key = scene.space_name, scene.seq
        self._forget(key)
        self._scenes[key] = scene
        loop = asyncio.get_running_loop()
        self._ends[key] = loop.call_later(self._seconds, self._forget, key)
        while len(self._scenes) > self._most:
            self._forget(next(iter(self._scenes)))

    def _forget(self, key: tuple[str, int]) -> None:
        if self._scenes.pop(key, None) is not None:
            self._ends.pop(key).cancel()
