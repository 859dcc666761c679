"""Changes that go on for hours leave the window as heavy as it was; see also bench_window_memory.

What Python and numpy hold is counted to the byte: the weight of the process tells only of leaks so
large that they take minutes to show.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lake_core.subscription import Subscription
from tests.gui.wired import Wired

ENTITIES = 300
BATCHES = 120
PER_BATCH = 5
AGAIN = 10
"""So often each is shown: news of the same is news."""
LARGE, EVERY = 100, 10
"""So many changes at once, in each tenth batch, take a snapshot."""
SNAPSHOT_BYTES = 2_500
"""What the timeline keeps of each, with its figures."""
SLACK_BYTES = 70_000
"""Caches that fill, lists that double: 60 bytes a delta, less than a note of one takes."""


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def replay(wired: Wired, news: Subscription, first: int) -> None:
    """Parts that move and parameters that change, shown one batch at a time."""
    for number in range(first, first + BATCHES):
        many = LARGE if number % EVERY == 0 else PER_BATCH
        entities = [
            {
                "id": f"e{at % ENTITIES}",
                "position": [at % 97 + number / 89, at % 13, at % 31],
                "parameters": {"energy": (at * 7 + number) % 1000 / 10},
            }
            for at in range(number * PER_BATCH, number * PER_BATCH + many)
        ]
        wired.send("batch", space_name="lab", entities=entities)
        delta = news.poll().result(10)
        assert delta is not None
        for _ in range(AGAIN):
            wired.scene.apply(delta)
        if number % 6 == 0:
            QApplication.processEvents()


def held(wired: Wired, qtbot: QtBot) -> int:
    """Bytes, once what changed has faded."""
    qtbot.waitUntil(lambda: not wired.scene.glow.is_lit(time.monotonic()))
    QApplication.processEvents()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_that_changes_without_end_leave_memory_as_it_was(wired: Wired, qtbot: QtBot) -> None:
    for panel in ("Hierarchy", "Inspector", "Epochs", "Timeline"):
        wired.window.show_panel(panel)
    wired.send_scene(count=ENTITIES)
    qtbot.waitUntil(lambda: wired.scene.entity_count == ENTITIES)
    wired.session.select("e7")
    wired.desk.bridge.watch("")
    news, timeline = wired.lake.subscribe("lab"), wired.window.timeline.timeline
    replay(wired, news, 0)
    with traced():
        replay(wired, news, BATCHES)  # all that was there before is exchanged for what is traced
        before, snapshots = held(wired, qtbot), len(timeline)
        replay(wired, news, 2 * BATCHES)
        grown, snapshots = held(wired, qtbot) - before, len(timeline) - snapshots
    news.close()
    assert snapshots > BATCHES // EVERY // 2
    assert grown < snapshots * SNAPSHOT_BYTES + SLACK_BYTES, f"{grown:,} bytes more"
