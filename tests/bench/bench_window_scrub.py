"""How many states a second the window shows while one steps between neighbouring snapshots.

100,000 entities, a snapshot after every batch of 1,000 moves, all panels open, an entity selected
that moves in each. As soon as a state has come to tree, scene and inspector the one beside it is
asked for; each that the scene has drawn counts. The baseline is what is asked: 15 states/s.
Usage: python tests/bench/bench_window_scrub.py [STEPS]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.window import Ticks, alone, open_window, run_window, until

ENTITIES: Final = 100_000
MOVES: Final = 1_000
SNAPSHOTS: Final = 40
STEPS: Final = 120
ASKED: Final = 15.0
CHOSEN: Final = 4_242
"""It moves in each batch."""


def bodies() -> Iterator[bytes]:
    """The scene, then what moves before each snapshot."""
    for start in range(0, ENTITIES, 5_000):
        yield body([entity(at, 0.0) for at in range(start, start + 5_000)], start)
    for number in range(SNAPSHOTS):
        moving = [CHOSEN, *((number * 7919 + 97 * at) % ENTITIES for at in range(MOVES - 1))]
        yield body([entity(at, 0.01 * (number + 1)) for at in dict.fromkeys(moving)])


def entity(at: int, shift: float) -> dict[str, Any]:
    """A part in a hall of a hundred by ten rows."""
    place = [at % 100 + shift, (at // 100) % 10, at // 1000]
    return {"id": f"e{at}", "class_type": "Part", "position": place}


def body(entities: list[dict[str, Any]], first: int | None = None) -> bytes:
    """A batch, with the tree of its entities where they are new."""
    edges = [
        {"source_id": f"e{at // 20}", "target_id": f"e{at}", "connection_type": "hierarchy"}
        for at in (range(max(first, 1), first + len(entities)) if first is not None else ())
    ]
    batch = {"space_name": "bench", "entities": entities, "connections": edges}
    return json.dumps(batch).encode()


async def measure(steps: int) -> list[dict[str, Any]]:
    """Back and forth over the snapshots, one step at a time."""
    async with open_window() as bench:
        desk, scene = bench.desk, bench.desk.scene
        for one in bodies():
            answer = desk.lake.ingest("batch", one)
            await until(answer.done)
        await until(lambda: scene.entity_count == ENTITIES)
        desk.session.select(f"e{CHOSEN}")
        snapshots = (await until_listed(bench.desk))[-SNAPSHOTS:]
        painted: list[int] = []  # each state that was drawn
        desk.window.scene.view.drawn.connect(lambda: note(painted, scene.seq))
        came = asyncio.Event()
        bench.feed.travel.reader.arrived.connect(lambda _: came.set())
        ticks: Ticks | None = None
        for step in range(steps + 5):
            if step == 5:
                painted.clear()
                ticks, began = Ticks(), time.perf_counter()
            away = step % (2 * SNAPSHOTS - 2)
            at = snapshots[min(away, 2 * SNAPSHOTS - 2 - away)]
            came.clear()
            desk.session.show_instant(at.timestamp)
            await came.wait()
        await until(lambda: painted[-1] == at.seq)
        seconds = time.perf_counter() - began
        assert ticks is not None
        gaps = ticks.figures("scrub")
    shown = len(painted) / seconds
    figures = {"value": round(shown, 1), "unit": "states/s", "baseline": ASKED}
    figures |= {"ratio": round(shown / ASKED, 3), "entities": ENTITIES, "moves": MOVES}
    figures |= {"asked_per_s": round(steps / seconds, 1)}
    figures |= {name: gaps[name] for name in ("p50_gap_ms", "p99_gap_ms", "window_cpu_ms")}
    return [{"bench": "scrub", **figures, "worst_gap_ms": gaps["value"]}]


def note(painted: list[int], seq: int) -> None:
    """One more frame, where it is of another state."""
    if not painted or painted[-1] != seq:
        painted.append(seq)


async def until_listed(desk: Any) -> list[Any]:
    """The snapshots, once the timeline has all of them."""
    timeline = desk.window.timeline.timeline
    await until(lambda: len(timeline) >= SNAPSHOTS + ENTITIES // 5_000)
    return list(timeline.summaries)


def run() -> Iterator[dict[str, Any]]:
    """One line."""
    yield from alone(__file__)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    run_window(lambda: measure(wanted))
