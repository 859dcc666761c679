"""Benchmarks of the drawn scene: one frame of the scatter, and one pick.

Baselines are of the same run: for a frame, filling the same picture from a backdrop; for a pick,
projecting the same points, which every frame does anyway.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from studio.render.camera import Camera
from studio.render.pick import pick_nearest
from studio.render.points_cpu import Canvas, PointRenderer, Style
from studio.theme import FLUX_PALETTE

WIDTH, HEIGHT = 1000, 700
GROUND = (11, 13, 16)


def _milliseconds(deed: Callable[[], object], rounds: int = 7) -> float:
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
    positions = random.normal(size=(count, 3))
    flux = random.integers(0, 10, count).astype(np.uint8)
    shown = np.ones(10, np.bool_)
    backdrop = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    backdrop.fill(0xFF0B0D10)
    camera = Camera(width=WIDTH, height=HEIGHT).fitted(positions)
    canvas, renderer = Canvas(WIDTH, HEIGHT), PointRenderer(Style(FLUX_PALETTE, GROUND))

    def frame() -> None:
        canvas.lay(backdrop)
        renderer.draw(canvas, camera.project(positions), flux, shown)

    seen = camera.project(positions)
    blank = _milliseconds(lambda: canvas.lay(backdrop))
    yield _line("scatter_update", _milliseconds(frame), blank, entities=count)
    projecting = _milliseconds(lambda: camera.project(positions))
    picking = _milliseconds(lambda: pick_nearest(seen, WIDTH / 2, HEIGHT / 2, 9.0))
    yield _line("pick", picking, projecting, entities=count)


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
