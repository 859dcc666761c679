"""When Python's garbage collector does not run: while a scene is made, all of which is kept.

What was made is then taken for old without a look: to go through a scene of 100,000 entities takes
40 ms and more, in which no thread gets on, and finds nothing. What else was garbage by then waits
for a look at everything, which is due now and then.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY: Final = 20_000
"""Objects; to go through fewer takes no time worth saving."""
MOST_UNSEEN: Final = 50
"""So many times what was young is taken for old; then a look at everything is due."""

# Several threads may be making scenes at once: the last one lets the collector run again.
_lock = threading.Lock()
_holders = 0
_was_enabled = False
_unseen = 0


@contextmanager
def without_collections() -> Iterator[None]:
    """Hold the collector off while a scene is made: it would go through it time and again.

    What is made here lives on, so a collection finds nothing; it takes a third of the time.
    """
    global _holders, _was_enabled
    with _lock:
        if not _holders:
            _was_enabled = gc.isenabled()
            gc.disable()
        _holders += 1
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if not _holders:
                _let_grow_old()
                if _was_enabled:
                    gc.enable()
        if gc.isenabled() and is_look_due():
            look_at_all()  # what goes then may do anything: not under the lock


def are_collections_held_off() -> bool:
    """Whether a scene is being made; for who collects by hand."""
    return _holders > 0


def is_look_due() -> bool:
    """Whether `look_at_all` is due; for who collects by hand."""
    return _unseen >= MOST_UNSEEN


def look_at_all() -> None:
    """Collect whatever is garbage, however old."""
    global _unseen
    _unseen = 0
    gc.collect()


def _let_grow_old() -> None:
    global _unseen
    if gc.get_count()[0] < MANY:
        return
    _unseen += 1
    gc.freeze()
    gc.unfreeze()  # what someone else had frozen is old then, too: one look at all takes longer
