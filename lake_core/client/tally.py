"""The client's counts: what was said, and what became of it.

Owns the figures that a client shows, and the waiting for one of them. It must not know who
delivers, or how.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_log = logging.getLogger(__name__)
_REFUSALS_KEPT: Final = 1000
_LOOK_SECONDS: Final = 0.5
SAID_EVERY: Final = 10.0
"""Seconds between two lines of the log that say the same."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the lake would not take, and why. `operations` counts what was given.

    `body` is the request's: a batch of one, a connection's deletion, or a whole scene. For what is
    no JSON, and so was never sent, it is the item itself.
    """

    reason: str
    status: int
    operations: int
    endpoint: str
    body: Any

    def __str__(self) -> str:
        return f"the lake refused: {self.reason} ({self.status})"


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """Where a client stands; counts are operations.

    `given` and what an earlier client left behind = `waiting` + `acknowledged` + `refused` +
    `dropped`.
    """

    connected: bool  # the lake answered the last request
    denied: bool  # it wants a token, or another one; nothing is delivered until it lets us in
    given: int  # said by the scene since this client was made
    waiting: int  # not answered yet, what an earlier client left behind included
    acknowledged: int  # committed by the lake
    refused: int  # set aside: the lake will never take them
    dropped: int  # given up, because the disk's bound and the queue's were reached
    last_error: str | None

    def __str__(self) -> str:
        state = "connected" if self.connected else "not let in" if self.denied else "not connected"
        told = f"{state} / buffering {self.waiting} / dropped {self.dropped}"
        return told + (f" / refused {self.refused}" if self.refused else "")


class Tally:
    """What the client's threads report; `space_name` is for the log.

    Args:
        on_refused: The host's; what it raises is logged and goes no further.
    """

    def __init__(self, space_name: str, on_refused: Callable[[Refusal], None] | None) -> None:
        self.refusals: deque[Refusal] = deque(maxlen=_REFUSALS_KEPT)
        self._space_name, self._on_refused = space_name, on_refused
        self._turn = threading.Condition()
        self._acknowledged = self._refused = 0
        self._connected = self._denied = False
        self._last_error: str | None = None
        self._said_at = -math.inf

    def commit(self, operations: int) -> None:
        """The lake has them."""
        with self._turn:
            self._acknowledged += operations
            self._turn.notify_all()

    def refuse(self, refusal: Refusal) -> None:
        """The lake will not have them: set them aside, and tell the host."""
        self.refusals.append(refusal)
        if time.monotonic() - self._said_at > SAID_EVERY:  # of a scene full of them, not each
            self._said_at = time.monotonic()
            _log.warning("%s: %s", self._space_name, refusal)
        if self._on_refused is not None:
            try:
                self._on_refused(refusal)
            except Exception:  # a host's mistake must not end delivery
                _log.exception("on_refused failed")
        with self._turn:
            self._refused += refusal.operations
            self._last_error = str(refusal)
            self._turn.notify_all()

    def note(self, error: str | None, *, connected: bool, denied: bool = False) -> None:
        """How the last try ended."""
        with self._turn:
            if (connected, denied) != (self._connected, self._denied):
                _log.info("the lake of %s: %s", self._space_name, error or "connected")
            self._connected, self._denied = connected, denied
            self._last_error = error or self._last_error

    def wait_for(
        self, operations: int, timeout: float | None, is_running: Callable[[], bool]
    ) -> bool:
        """Until so many are answered; false when the time, or delivery, is over before."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        with self._turn:
            while self._acknowledged + self._refused < operations:
                left = end - time.monotonic()
                if left <= 0.0 or not is_running():
                    return False
                self._turn.wait(min(left, _LOOK_SECONDS))
        return True

    def status(self, given: int, left_behind: int, dropped: int, unstowed: int) -> ClientStatus:
        """All figures; `dropped` were never taken from the scene, `unstowed` were."""
        with self._turn:
            answered = self._acknowledged + self._refused
            return ClientStatus(
                connected=self._connected,
                denied=self._denied,
                given=given + dropped,
                waiting=given + left_behind - answered - unstowed,
                acknowledged=self._acknowledged,
                refused=self._refused,
                dropped=dropped + unstowed,
                last_error=self._last_error,
            )
