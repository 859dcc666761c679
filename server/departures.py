"""Brings requests from the loop to the lake: those of one burst together.

Engines that were answered together send together: their next requests come in a burst, over some
turns of the loop. What of it goes to the lake at once becomes one commit. In pieces each takes a
commit of its own, and the lake thread is back in the midst of the burst to take the interpreter
from the loop. No clock is waited for: a few turns without anything to do take some microseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from lake_core.jobs import Told

QUIET_TURNS: Final = 2
"""Turns of the loop without another request that end a burst: aiohttp needs two to begin one."""
MOST_TURNS: Final = 4
"""No burst lasts longer: the lake should not be idle while requests wait."""


class Departures:
    """The requests of the present burst on one loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], None], Told]] = []

    def add(self, take: Callable[[], None], told: Told) -> None:
        """Have `take` hand a request to the lake soon; `told` hears why if that refuses."""
        self._waiting.append((take, told))
        if len(self._waiting) == 1:
            self._look_again(MOST_TURNS, QUIET_TURNS)

    def _look_again(self, turns: int, quiet_turns: int) -> None:
        count = len(self._waiting)
        asyncio.get_running_loop().call_soon(self._look, turns - 1, quiet_turns, count)

    def _look(self, turns: int, quiet_turns: int, before: int) -> None:
        """A turn later, when `before` were waiting; so many more turns may pass."""
        quiet_turns = quiet_turns - 1 if len(self._waiting) == before else QUIET_TURNS
        if turns and quiet_turns:
            self._look_again(turns, quiet_turns)
        else:
            self._leave()

    def _leave(self) -> None:
        waiting, self._waiting = self._waiting, []
        for take, told in waiting:
            try:
                take()
            except Exception as error:  # a bug, too, is that request's own and no other's
                if (wake := told(None, error)) is not None:
                    wake()
