"""The spools this process holds: its own, and those that processes which ended left behind.

What rests in several of them comes out in the order in which it was recorded, as if it had rested
in one. Belongs to the lake thread; its figures may be asked of any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from lake_core.recent import Known
from lake_core.store.spool import Spool, SpoolEntry


class Spools:
    """The spools of a folder that are ours, and those taken over."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._held: list[Spool] = []  # our own first
        self._after: dict[Path, int] = {}  # the number of the last entry that was dealt with

    @property
    def count(self) -> int:
        """How many requests rest here."""
        return sum(spool.count for spool in self._held)

    @property
    def refused_count(self) -> int:
        """How many were refused on delivery, and are kept to be looked at."""
        return sum(spool.refused_count for spool in self._held)

    def count_refused(self) -> None:
        """Count them anew where there are some: a person may have dropped them."""
        for spool in self._held:
            if spool.refused_count:
                spool.count_refused()

    def open(self) -> Spool:
        """Our own; made, or taken over from a process that ended, when first asked for.

        Raises DatabaseUnavailable where there can be none.
        """
        if not self._held:
            self._held.append(Spool.open(self._folder, self._limit))
        return self._held[0]

    def take_over(self) -> bool:
        """Hold those too that other processes have left since; whether there are any."""
        before = len(self._held)
        while (found := Spool.leftover(self._folder, self._limit)) is not None:
            self._held.append(found)
        return len(self._held) > before

    def close(self) -> None:
        """Let go; what rests here is delivered by the next start."""
        for spool in self._held:
            spool.close()

    def find_answers(self, keys: Sequence[str]) -> Known:
        """What was said under those of these idempotency keys that rest here."""
        found: Known = {}
        for spool in self._held:
            if spool.count:
                found |= spool.find_answers(keys)
        return found

    def answers(self, endpoint: str) -> Iterator[str]:
        """What was said to the requests to an endpoint that rest here."""
        for spool in self._held:
            yield from spool.answers(endpoint)

    def begin(self) -> None:
        """Let `oldest` go through all of it again."""
        self._after.clear()

    def oldest(self, limit: int) -> tuple[Spool, list[SpoolEntry]] | None:
        """The oldest entries not dealt with, so many at most, all of one spool; None at the end.

        They end where one in another spool is older.
        """
        after = self._after
        found = [(spool, spool.first(limit, after.get(spool.path, 0))) for spool in self._held]
        waiting = [(spool, entries) for spool, entries in found if entries]
        if not waiting:
            return None
        waiting.sort(key=lambda one: one[1][0].recorded_at)
        spool, entries = waiting[0]
        if len(waiting) > 1:
            until = waiting[1][1][0].recorded_at
            entries = list(takewhile(lambda entry: entry.recorded_at <= until, entries))
        return spool, entries

    def dealt_with(self, spool: Spool, entries: Sequence[SpoolEntry]) -> None:
        """Let `oldest` go on behind these."""
        self._after[spool.path] = entries[-1].number
