"""Benchmarks of the tree: a tick of changes and a search, at 1,000,000 entities.

Measured on what the panel uses, a FlatTreeModel under a real QTableView. Baselines are of the same
run: for a tick, laying all rows out anew, and for a search, one bare pass over the names.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final

import numpy as np
from PySide6.QtWidgets import QApplication, QTableView

from lake_core.scene.arrays import Int32s, SceneArrays
from lake_core.scene.query import parse_query
from studio.models.flat_tree import FlatTreeModel

ENTITIES: Final = 1_000_000
FLAT: Final = 110_000
"""Children of one folder."""
FOLDERS: Final = 110
CHANGES: Final = 1_000
EVERY_FLUX: Final = frozenset(range(10))
ROUNDS: Final = 9
CLASSES: Final = ("Part", "Folder", "Model", "PointLight")


def scene() -> SceneArrays:
    """Ten roots, a hundred folders, one of them with 110,000 parts, the rest in models of 20."""
    arrays, random = SceneArrays(ENTITIES + 4 * CHANGES), np.random.default_rng(7)
    slots = np.arange(ENTITIES)
    arrays.ids[:ENTITIES] = [f"e{slot}" for slot in range(ENTITIES)]
    arrays.names[:ENTITIES] = [f"Part {slot % 977}" for slot in range(ENTITIES)]
    arrays.class_types[:ENTITIES] = [CLASSES[slot % 4] for slot in range(ENTITIES)]
    arrays.documents[:ENTITIES] = [_document(slot) for slot in range(ENTITIES)]
    arrays.flux[:ENTITIES] = random.integers(0, 10, ENTITIES)
    loose = slots - FOLDERS - FLAT
    parents = np.where(loose % 20 == 0, 11 + loose // 20 % 99, slots - loose % 20)
    parents[FOLDERS : FOLDERS + FLAT] = 10
    parents[10:FOLDERS] = np.arange(FOLDERS - 10) % 10
    parents[:10] = -1
    arrays.parents[:ENTITIES], arrays.orders[:ENTITIES] = parents, slots
    arrays.alive[:ENTITIES] = True
    return arrays


def _document(slot: int) -> bytes:
    return (
        b'{"id":"e%d","name":"Part %d","parameters":{"energy":%d,"mass":2.5},'
        b'"position":[0,0,0],"scale":[1,1,1],"tags":["glow","t%d"]}'
    ) % (slot, slot % 977, slot % 9, slot % 50)


def change(arrays: SceneArrays, random: np.random.Generator) -> Int32s:
    """A third of a tick's entities come or go, a third move, a third only change."""
    slots = random.integers(FOLDERS + FLAT, ENTITIES, CHANGES).astype(np.int32)
    third = CHANGES // 3
    fickle, movers = slots[:third], slots[third : 2 * third]
    arrays.alive[fickle] ^= True
    arrays.parents[movers] = random.integers(10, FOLDERS, third)
    return slots


def _milliseconds(deed: Callable[[], object], rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        deed()
        took.append(time.perf_counter() - start)
    return median(took[1:]) * 1000


def _line(bench: str, value: float, baseline: float, **more: Any) -> dict[str, Any]:
    figures = {"value": round(value, 2), "unit": "ms", "baseline": round(baseline, 2)}
    return {"bench": bench, **figures, "ratio": round(value / baseline, 3), **more}


def run() -> Iterator[dict[str, Any]]:
    """A tick with folders shut and with all open; searches cold and warm."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    arrays = scene()
    model = FlatTreeModel(arrays)
    view = QTableView()
    view.verticalHeader().setSectionResizeMode(view.verticalHeader().ResizeMode.Fixed)
    view.setModel(model)
    view.resize(280, 700)
    view.show()
    app.processEvents()
    gc.collect()
    gc.freeze()
    yield from _ticks(model, arrays)
    yield from _searches(model, arrays)
    view.close()


def _ticks(model: FlatTreeModel, arrays: SceneArrays) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(1)

    def tick() -> float:
        touched = change(arrays, random)
        start = time.perf_counter()
        model.follow(touched)
        QApplication.processEvents()
        return (time.perf_counter() - start) * 1000

    anew = _milliseconds(model.refresh, 3)
    for is_open, name in ((False, "folder of 110,000 open"), (True, "all open")):
        model.set_all_open(is_open)
        if not is_open:
            model.set_open(0, True)
            model.reveal(FOLDERS)
        took = median([tick() for _ in range(ROUNDS + 2)][2:])
        more = {"entities": ENTITIES, "changes": CHANGES, "rows": model.rowCount(), "tree": name}
        yield _line("tree_update", took, anew, **more)
    model.set_all_open(False)


def _searches(model: FlatTreeModel, arrays: SceneArrays) -> Iterator[dict[str, Any]]:
    bare = _milliseconds(lambda: sum("part 97" in name for name in arrays.names), 3)

    def search(text: str) -> float:
        query = parse_query(text)
        start = time.perf_counter()
        model.set_filter(query, EVERY_FLUX)
        took = (time.perf_counter() - start) * 1000
        model.set_filter(parse_query(""), EVERY_FLUX)
        return took

    while model.rows.matcher.warm():  # as the panel does in idle moments
        pass
    for text in ("part 97", "e4242", "class:light", "flux:sacred", "tag:t49", "param:energy>7"):
        cold = search(text)
        warm = median([search(text) for _ in range(3)])
        model.set_filter(parse_query(text), EVERY_FLUX)
        found = int(np.count_nonzero(model.rows.matches))
        model.set_filter(parse_query(""), EVERY_FLUX)
        more = {"first_ms": round(cold, 1), "query": text, "found": found, "entities": ENTITIES}
        yield _line("tree_filter", warm, bare, **more)


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
