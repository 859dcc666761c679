"""What a person is told of what failed: which deed it was, why, and what to do."""

from __future__ import annotations

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
