"""What the lake thread remembers of sessions and of answers, the latest of them.

Memory alone: what is not found here is asked of the database, or cannot be known while it is away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lake_core.scene.operations import Standing
from lake_core.store.log import Answer

MOST_SESSIONS: Final = 4096
MOST_ANSWERS: Final = 20_000
"""Some 10 MB: a client tries again what it sent last, not what it sent an hour ago."""
Known = dict[str, tuple[bytes, str]]
"""Body hash and answer by idempotency key."""


class RecentSessions:
    """What sessions have come to, the latest of them; the others are asked of the database."""

    def __init__(self) -> None:
        self._standings: dict[str, Standing] = {}

    def get(self, session: str) -> Standing | None:
        """What is remembered of a session."""
        return self._standings.get(session)

    def put(self, session: str, standing: Standing) -> None:
        """Remember a session; the one that was not used for longest makes room."""
        self._standings.pop(session, None)
        self._standings[session] = standing
        if len(self._standings) > MOST_SESSIONS:
            del self._standings[next(iter(self._standings))]

    def clear(self) -> None:
        """Forget all: memory may be ahead of what is durable."""
        self._standings.clear()


class RecentAnswers:
    """What was said under idempotency keys, of what is in PostgreSQL."""

    def __init__(self) -> None:
        self._known: Known = {}

    def put(self, answers: Iterable[Answer]) -> None:
        """Remember these; the oldest make room."""
        for answer in answers:
            self._known[answer.key] = (answer.body_hash, answer.answer)
        while len(self._known) > MOST_ANSWERS:
            del self._known[next(iter(self._known))]

    def find(self, keys: Iterable[str]) -> Known:
        """Those of these keys that are remembered."""
        return {key: self._known[key] for key in keys if key in self._known}
