"""Moments a person can point at by name: now, an instant, a snapshot, a bookmark. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lake_core.errors import Archived, Gone, LakeError
from lake_core.scene.model import Bookmark, SnapshotSummary
from studio.models.time_words import clock_words


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a space: `at` None is now, whenever it is asked for.

    A snapshot or a bookmark by which it was pointed at may be gone by the time it is looked at.
    """

    label: str
    at: datetime | None = None
    snapshot_id: UUID | None = None
    bookmark_id: UUID | None = None


NOW: Final = Moment("Now")


def snapshot_moment(summary: SnapshotSummary) -> Moment:
    """The very state of a snapshot, which its time alone may not tell."""
    kind = "Snapshot" if summary.trigger != "manual" else "Manual snapshot"
    return Moment(f"{kind} {clock_words(summary.timestamp)}", summary.timestamp, summary.id)


def instant_moment(instant: datetime) -> Moment:
    """Any instant."""
    return Moment(clock_words(instant), instant)


def bookmark_moment(bookmark: Bookmark) -> Moment:
    """The instant a bookmark marks, by its note."""
    label = f"{clock_words(bookmark.at)}  {bookmark.note}".rstrip()
    return Moment(label, bookmark.at, bookmark_id=bookmark.id)


def gone_words(moment: Moment, error: LakeError) -> str:
    """Why a snapshot cannot be looked at: by its time, where the lake knows it by its id."""
    if isinstance(error, Archived):
        return str(error).replace(f"snapshot {moment.snapshot_id}", moment.label)
    if isinstance(error, Gone):
        return f"{moment.label} was let go by retention."
    return f"{moment.label} was deleted. Choose another moment above."
