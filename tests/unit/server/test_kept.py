from __future__ import annotations

import asyncio

import numpy as np

from lake_core.scene.arrays import SceneArrays, SceneDelta
from server.kept import KeptScenes


def _scene(space_name: str, seq: int) -> SceneDelta:
    return SceneArrays().delta(space_name, seq, np.arange(0, dtype=np.int32), whole=True)


def test_that_the_scenes_asked_for_last_are_kept() -> None:
    async def run() -> None:
        kept = KeptScenes(most=2)
        first, second, third = _scene("a", 1), _scene("a", 2), _scene("b", 1)
        for scene in (first, second, first, third):
            kept.keep(scene)
        assert kept.find("a", 1) is first
        assert kept.find("a", 2) is None
        assert kept.find("b", 1) is third
        assert kept.find("b", 2) is None

    asyncio.run(run())


def test_that_a_scene_is_let_go_after_a_while_and_not_sooner_than_it_was_asked_for_last() -> None:
    async def run() -> None:
        kept = KeptScenes(seconds=0.2)
        scene = _scene("a", 1)
        kept.keep(scene)
        await asyncio.sleep(0.15)
        kept.keep(scene)
        await asyncio.sleep(0.1)
        assert kept.find("a", 1) is scene
        await asyncio.sleep(0.2)
        assert kept.find("a", 1) is None

    asyncio.run(run())
