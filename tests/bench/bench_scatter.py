"""Benchmarks of the drawn scene: one frame of the scatter, and one pick.

A frame takes in 1,000 changes and is seen from a camera that moved; a pick projects anew, which
one after a frame need not. Baselines are of the same run: for a frame, filling the same picture
from a backdrop; for a pick, the projection alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from lake_core.scene.arrays import SceneArrays
from studio.render.camera import Camera
from studio.render.cloud import Cloud
from studio.render.pick import pick_nearest
from studio.render.points_cpu import Canvas, PointRenderer, Style
from studio.render.points_look import Points
from studio.theme import FLUX_PALETTE

WIDTH, HEIGHT = 1000, 700
GROUND = (11, 13, 16)
CHANGES = 1_000


def _milliseconds(deed: Callable[[], object], rounds: int = 9) -> float:
    deed()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        deed()
        took.append(time.perf_counter() - start)
    return median(took) * 1000


def _line(bench: str, value: float, baseline: float, **more: Any) -> dict[str, Any]:
    ratio = round(value / baseline, 3)
    figures = {"value": round(value, 3), "unit": "ms", "baseline": round(baseline, 3)}
    return {"bench": bench, **figures, "ratio": ratio, **more}


def run() -> Iterator[dict[str, Any]]:
    """One line for each number of entities and each deed."""
    for count in (10_000, 100_000, 1_000_000):
        yield from _measured(count)


def _measured(count: int) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(5)
    arrays = SceneArrays(count)
    arrays.positions[:] = random.normal(size=(count, 3))
    arrays.flux[:] = random.integers(0, 10, count)
    arrays.alive[:] = True
    cloud, points = Cloud(), Points.by_flux(arrays.flux, np.ones(10, np.bool_))
    cloud.take(arrays)
    backdrop = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    backdrop.fill(0xFF0B0D10)
    fitted = Camera(width=WIDTH, height=HEIGHT).fitted(arrays.positions)
    cameras = cycle([fitted, fitted.orbited(4, 1)])
    canvas, renderer = Canvas(WIDTH, HEIGHT), PointRenderer(Style(FLUX_PALETTE, GROUND))

    def frame() -> None:
        """After a tick of changes, from a camera that moved."""
        moved = random.integers(0, count, CHANGES).astype(np.int32)
        arrays.positions[moved] += 0.001
        cloud.follow(moved)
        canvas.lay(backdrop)
        renderer.draw(canvas, cloud.seen_by(next(cameras)), points)

    blank = _milliseconds(lambda: canvas.lay(backdrop))
    figures = {"entities": count, "changes": CHANGES}
    yield _line("scatter_update", _milliseconds(frame), blank, **figures)

    def pick() -> None:
        """The first after the camera moved: what was drawn is not there to be used."""
        pick_nearest(cloud.seen_by(next(cameras)), WIDTH / 2, HEIGHT / 2, 9.0)

    projecting = _milliseconds(lambda: cloud.seen_by(next(cameras)))
    yield _line("pick", _milliseconds(pick), projecting, entities=count)


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
