"""What a person is told of what failed: which deed it was, why, and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lake_core.errors import DatabaseUnavailable, LakeError

AWAY: Final = (
    "PostgreSQL does not answer. What engines send is kept and stored when it is back; "
    "the past cannot be read until then."
)


def failure_words(error: LakeError, deed: str = "") -> str:
    """One line or two; `deed` says what was not done: "The bookmark was not set"."""
    if not isinstance(error, DatabaseUnavailable):
        return f"{deed}: {error}" if deed else str(error)
    return f"{deed}: PostgreSQL does not answer. Try again when it is back." if deed else AWAY


def stalled_words(as_of: datetime | None) -> str:
    """Of a scene that cannot be read anew since then; None where it was not read at all."""
    if as_of is None:
        shown = "The present is shown when it is back."
    else:
        shown = f"What is shown is {as_of_words(as_of)}; it goes on when PostgreSQL is back."
    return f"PostgreSQL does not answer. What engines send is kept. {shown}"


def as_of_words(as_of: datetime | None) -> str:
    """Of when what is shown is, in local time."""
    return f"as of {as_of.astimezone():%H:%M:%S}" if as_of is not None else "not the present"
