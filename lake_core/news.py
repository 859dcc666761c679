"""Telling viewers and figures of what has become durable. Belongs to the lake thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lake_core.live import Changed, LiveSpace, Notice, Rate
from lake_core.register import SpaceRegister


class News:
    """What was accepted so far, and who hears of it."""

    def __init__(self, register: SpaceRegister, publish: Callable[[Notice], None]) -> None:
        self.accepted_total = 0
        self.rate = Rate()
        self._register = register
        self._publish = publish

    def tell(self, notices: Sequence[Notice], spaces: Iterable[LiveSpace]) -> None:
        """Let viewers know."""
        for space in spaces:
            space.hand_out()
        for notice in notices:
            self._publish(notice)

    def count(self, notices: Sequence[Notice]) -> None:
        """Count what is new; what is delivered from the spool was, when it was taken."""
        for notice in notices:
            if isinstance(notice, Changed):
                self.accepted_total += notice.count
                self.rate.add(notice.count)
                if (live := self._register.spaces.get(notice.space_name)) is not None:
                    live.rate.add(notice.count)
