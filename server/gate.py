"""The lake as requests see it: here already, or still opening.

The port answers before PostgreSQL is up; a request that needs the lake waits here rather than
being refused, since an engine does not send again what was refused. This module knows the
settings and the lake, and nothing of HTTP.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final
from uuid import UUID

from lake_core.errors import DatabaseUnavailable
from lake_core.lake import Lake
from lake_core.settings import Settings

OPENING_SECONDS: Final = 30.0


class LakeGate:
    """Hands out the lake once it is open. `lake` is None until then."""

    def __init__(self, settings: Settings, lake: Lake | None = None) -> None:
        self.settings = settings
        self.lake = lake
        self._opened = asyncio.Event()

    @property
    def run_id(self) -> UUID | None:
        """Of the run that the lake began here; None while it has not."""
        return self.lake.run_id if self.lake is not None else None

    def open(self, lake: Lake) -> None:
        """The lake is here: let the waiting requests through. Call in the loop's thread."""
        self.lake = lake
        self._opened.set()

    def give_up(self) -> None:
        """The lake will not open: let the waiting requests know."""
        self._opened.set()

    def close(self) -> None:
        """Let go of the lake: nobody asks for it any more."""
        self.lake = None

    async def wait(self) -> Lake:
        """The lake; DatabaseUnavailable when it has not opened within half a minute."""
        if self.lake is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), OPENING_SECONDS)
        if self.lake is None:
            raise DatabaseUnavailable("the lake is not open; try again shortly")
        return self.lake
