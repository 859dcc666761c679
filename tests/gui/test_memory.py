"""Changes that go on for hours leave the window as heavy as it was; see also bench_window_memory.

What Python and numpy hold is counted to the byte: the weight of the process tells only of leaks so
large that they take minutes to show.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.wired import Wired

ENTITIES = 300
PER_BATCH = 100
"""So many take a snapshot."""
BATCHES = 24
SNAPSHOT_BYTES = 2_500
"""What the timeline keeps of each, with its figures."""
SLACK_BYTES = 72_000
"""Caches that fill, lists that double: 30 bytes a change."""


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def replay(wired: Wired, qtbot: QtBot, first: int) -> None:
    """Parts that move and parameters that change, taken in as they come."""
    for number in range(first, first + BATCHES):
        entities = [
            {
                "id": f"e{at % ENTITIES}",
                "position": [at % 97 + number / 89, at % 13, at % 31],
                "parameters": {"energy": (at * 7 + number) % 1000 / 10},
            }
            for at in range(number * PER_BATCH, (number + 1) * PER_BATCH)
        ]
        wired.send("batch", space_name="lab", entities=entities)
        QApplication.processEvents()
    timeline, snapshots = wired.window.timeline.timeline, first + BATCHES
    qtbot.waitUntil(lambda: len(timeline) == snapshots and wired.scene.seq >= timeline.seqs[-1])


def held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_that_changes_without_end_leave_memory_as_it_was(wired: Wired, qtbot: QtBot) -> None:
    for panel in ("Hierarchy", "Inspector", "Epochs", "Timeline"):
        wired.window.show_panel(panel)
    replay(wired, qtbot, 0)
    wired.session.select("e7")
    with traced():
        replay(wired, qtbot, BATCHES)  # all that was there before is exchanged for what is traced
        before = held()
        replay(wired, qtbot, 2 * BATCHES)
        grown = held() - before
    assert grown < BATCHES * SNAPSHOT_BYTES + SLACK_BYTES, f"{grown:,} bytes more"
