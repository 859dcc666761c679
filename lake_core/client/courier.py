"""The delivering thread: one request after another, each until it is answered.

Owns retries, and what is done with a refusal: the request is divided until what is at fault stands
alone, and that is set aside. It must not know how requests come to be.
"""

from __future__ import annotations

import json
import logging
import random
import sqlite3
import threading
from typing import Any, Final

from lake_core.client.outbox import count_in, divided, without
from lake_core.client.spool import Spool
from lake_core.client.tally import Refusal, Tally
from lake_core.client.wire import Refused, Unavailable, Wire

_log = logging.getLogger(__name__)

Body = bytes | bytearray
_PREFIX: Final = "/eustress/ingest/"
_FIRST_WAIT: Final = 0.05
_LONGEST_WAIT: Final = 5.0
_LESS: Final = "~"
"""Added to the key of a request for each time that something was taken out of it."""
_MOST_TOLD: Final = 20
"""Where more than so many items are at fault, halves lead to them with fewer requests."""
_DENIED: Final = frozenset({401, 403})
"""The lake does not let this client in: nobody's data is at fault, and nothing is given up."""


class Courier(threading.Thread):
    """Delivers what the spool holds until `stop`, then closes the spool."""

    def __init__(self, wire: Wire, spool: Spool, tally: Tally) -> None:
        super().__init__(name="lake-client-courier", daemon=True)
        self._wire, self._spool, self._tally = wire, spool, tally
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End as soon as may be, a request that is under way included; what waits stays."""
        self._stopping.set()
        self._spool.end()
        self._wire.interrupt()

    def run(self) -> None:
        """The thread."""
        try:
            while (stowed := self._spool.first()) is not None:
                if self._deliver(stowed.endpoint, stowed.body, stowed.key, stowed.weight):
                    self._spool.remove(stowed)
        except sqlite3.Error as error:
            _log.exception("delivery has ended: the spool cannot be read")
            self._tally.note(f"the spool cannot be read: {error}", connected=False)
        finally:
            self._wire.close()
            self._spool.close()

    def _deliver(self, endpoint: str, body: Body, key: str, weight: int) -> bool:
        """Have a request answered, however long it takes; false where stopped before."""
        try:
            if not self._send(endpoint, body, key):
                return False
        except Refused as error:
            return self._divide(endpoint, json.loads(body), key, weight, error)
        self._tally.commit(weight)
        return True

    def _divide(self, endpoint: str, body: Any, key: str, weight: int, error: Refused) -> bool:
        """Set aside what is at fault, or look for it in halves; deliver the rest.

        Parts have keys made of the whole's, so that none of them is done twice.
        """
        told = without(body, error.pointers) if key.count(_LESS) < _MOST_TOLD else None
        if told is not None:
            rest, faulty = told
            for each in faulty:
                self._tally.refuse(Refusal(error.detail, error.status, 1, endpoint, each))
            return self._deliver(endpoint, _encoded(rest), key + _LESS, weight - len(faulty))
        parts = divided(body)
        if parts is None:
            self._tally.refuse(Refusal(error.detail, error.status, weight, endpoint, body))
            return True
        first_weight = count_in(parts[0])
        weights = (first_weight, weight - first_weight)
        return all(
            self._deliver(endpoint, _encoded(part), f"{key}/{number}", part_weight)
            for number, (part, part_weight) in enumerate(zip(parts, weights, strict=True))
        )

    def _send(self, endpoint: str, body: Body, key: str) -> bool:
        """True once committed; false where stopped before. Raises Refused."""
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            try:
                self._wire.post(_PREFIX + endpoint, body, key)
                self._tally.note(None, connected=True)
                return True
            except Unavailable as error:
                self._tally.note(str(error), connected=False)
                pause = max(error.wait, random.uniform(0.5, 1.0) * wait)
            except Refused as error:
                denied = error.status in _DENIED
                self._tally.note(str(error), connected=not denied, denied=denied)
                if not denied:
                    raise
                pause = random.uniform(0.5, 1.0) * wait
            self._stopping.wait(pause)
            wait = min(2 * wait, _LONGEST_WAIT)
        return False


def _encoded(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
