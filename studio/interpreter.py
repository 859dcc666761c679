"""Sets Python up for a window: short turns between threads, and garbage collected where Qt lives.

What Qt made may be destroyed in the window's thread alone. Python collects garbage in whichever
thread happens to allocate, and a menu or a dialog that was part of a cycle would be destroyed by a
worker, in the middle of what the window does: the process ends there.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QObject, QTimer

from lake_core import garbage

TURN_S: Final = 0.001
"""Of one thread with the interpreter, while another waits for it."""
LOOK_MS: Final = 100
THRESHOLDS: Final = (10_000, 4, 500)
"""As `gc.set_threshold` takes them; see `calm_interpreter`."""


class Collector(QObject):
    """Collects as Python would have by itself, but in the thread this lives in."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start()

    def collect_due(self) -> None:
        """Look through the oldest generation that is due, and with it the younger ones."""
        if garbage.are_collections_held_off():
            return
        if garbage.is_look_due():
            garbage.look_at_all()
        pairs = list(zip(gc.get_count(), THRESHOLDS, strict=True))
        due = [age for age, (count, threshold) in enumerate(pairs) if count > threshold]
        if due:
            gc.collect(due[-1])


@contextmanager
def calm_interpreter() -> Iterator[None]:
    """Spare the window long waits for the interpreter, whose lock all threads share.

    Drawing gives the lock up at every step, and would wait 5 ms for it each time while a worker
    computes: at 100,000 entities the worst frame was 170 to 380 ms late, with turns of 1 ms 95 to
    150.

    The collector's pauses are 50 ms at 10,000 entities, seen live. What is alive by now stays
    alive; the oldest generation, which holds the scene and hardly ever any garbage, is looked
    through a tenth as often; and the middle one before it has grown large: while a scene loads it
    took 20 to 34 ms each time.
    """
    turn, was_enabled = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(TURN_S)
    gc.collect()
    gc.freeze()
    gc.disable()
    collector = Collector()
    try:
        yield
    finally:
        collector.deleteLater()
        gc.unfreeze()
        if was_enabled:
            gc.enable()
        sys.setswitchinterval(turn)
