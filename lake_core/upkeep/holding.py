"""What keeps history at hand: pins, epochs, bookmarks; and the refusals that name them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from typing import NamedTuple
from uuid import UUID

from lake_core.errors import Conflict, InvalidInput


class Hold(Enum):
    """Why something needs history from a place on."""

    PINNED = auto()
    IN_EPOCH = auto()
    BOOKMARKED = auto()


class Holder(NamedTuple):
    """A snapshot that is pinned or in an epoch, or a bookmark, and the place it needs.

    `at` is the moment of it. `name` is the epoch's, or the bookmark's note, which may be "".
    """

    seq: int
    at: datetime
    why: Hold
    name: str = ""
    snapshot_id: UUID | None = None

    @property
    def words(self) -> str:
        """As a shell says it: `snapshot … is pinned`."""
        if self.why is Hold.BOOKMARKED:
            called = f"bookmark ‘{self.name}’" if self.name else "a bookmark"
            return f"{called} is at {moment_text(self.at)}"
        state = "pinned" if self.why is Hold.PINNED else f"in epoch ‘{self.name}’"
        return f"snapshot {self.snapshot_id} of {moment_text(self.at)} is {state}"


def moment_text(at: datetime) -> str:
    """A moment as a shell says it, in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


class HistoryHeld(Conflict):
    """What is to go from here must stay, as `holders` need it, oldest first."""

    def __init__(self, message: str, holders: Sequence[Holder]) -> None:
        super().__init__(message)
        self.holders = tuple(holders)


class NothingToArchive(InvalidInput):
    """History here begins no earlier than what is to go ends.

    `begins` is when it does, `holder` what stands there and lets nothing go, where something does.
    """

    def __init__(self, message: str, begins: datetime | None, holder: Holder | None) -> None:
        super().__init__(message)
        self.begins, self.holder = begins, holder
