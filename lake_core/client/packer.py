"""The packing thread: what the scene said, gathered tick by tick and stowed as requests.

Owns the way from the caller's queue to the spool: coalescing, encoding, and giving way to the
scene's own thread. It must not know of HTTP, or of what becomes of a request.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from typing import Any, Final

from lake_core.client.outbox import CONNECTION_DELETE, SCENE, Outbox, Parcel, weight_of
from lake_core.client.spool import Spool
from lake_core.client.tally import Refusal, Tally

Entry = tuple[str, Any]

_SLICE_SECONDS: Final = 0.0002
_REST_SECONDS: Final = 0.00005
_LOOK_SECONDS: Final = 0.05
_SHORTEST_LOOK: Final = 0.005
_SILENCE_SECONDS: Final = 1.0
_BAD: Final = 400
"""What the lake would say of a body that is no JSON."""


def _plain(value: Any) -> Any:
    """Arrays and their numbers, which know how to become lists and numbers of Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode


class Queue:
    """What the scene says, on its way to the packer. `put` is two moves of memory, and no more.

    To wake a thread at every call would be to ask the system for a change of threads within the
    scene's frame: so the packer looks by itself, each tick, and is woken only after a long silence.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._woken, self._hurried = threading.Event(), threading.Event()
        self._is_silent = False

    def put(self, kind: str, item: Any) -> None:
        """From the scene's thread."""
        self._entries.append((kind, item))
        if self._is_silent:
            self._woken.set()

    def take(self) -> Entry | None:
        """The next entry, if there is one."""
        return self._entries.popleft() if self._entries else None

    def hurry(self) -> None:
        """Have what is in the queue taken now."""
        self._hurried.set()
        self._woken.set()

    def wait(self, seconds: float) -> None:
        """So long, or until hurried."""
        self._hurried.wait(seconds)
        self._hurried.clear()

    def wait_in_silence(self) -> None:
        """Until something is put, or hurried."""
        self._woken.clear()
        self._is_silent = True
        if not self._entries and not self._hurried.is_set():
            self._woken.wait()
        self._is_silent = False


class Pace:
    """Makes way: Python runs one thread at a time and, unasked, hands over after 5 ms.

    Whoever works in steps calls `step` after each, and rests for a moment every 0.2 ms, in which
    the scene's thread goes on.
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def step(self) -> None:
        """Rest, if it is time."""
        if time.perf_counter() - self._since > _SLICE_SECONDS:
            time.sleep(_REST_SECONDS)
            self._since = time.perf_counter()


class Packer(threading.Thread):
    """Takes what is in the queue, tick by tick, until it is ended.

    `taken` counts the operations it has taken, `unstowed` those of them that it had to give up.

    Args:
        tick: Seconds that operations are gathered before they are stowed.
    """

    def __init__(
        self,
        queue: Queue,
        spool: Spool,
        outbox: Outbox,
        tally: Tally,
        space_name: str,
        tick: float,
    ) -> None:
        super().__init__(name="lake-client-packer", daemon=True)
        self.taken = self.unstowed = 0
        self._queue, self._spool, self._outbox = queue, spool, outbox
        self._head = b'{"space_name":' + _encode(space_name).encode()
        self._tick, self._tally = tick, tally
        self._pace = Pace()
        self._ended = threading.Event()
        self._abandoned = threading.Event()

    def end(self) -> None:
        """Stow what is in the queue, then end."""
        self._ended.set()
        self._queue.hurry()

    def abandon(self) -> None:
        """Wait no more for room on disk."""
        self._abandoned.set()

    def run(self) -> None:
        """The thread."""
        last = -math.inf
        while not self._ended.is_set():
            if self._gather():
                last = time.monotonic()
                self._queue.wait(self._tick)
            elif time.monotonic() - last > _SILENCE_SECONDS:
                self._queue.wait_in_silence()
                self._queue.wait(self._tick)
            else:
                self._queue.wait(max(self._tick, _SHORTEST_LOOK))
        self._gather()

    def _gather(self) -> bool:
        """Stow all that has been said up to now; false where that is nothing."""
        anything = False
        while (entry := self._queue.take()) is not None:
            anything = True
            self._outbox.add(*entry)
            self.taken += weight_of(*entry)
            while (parcel := self._outbox.take_full()) is not None:
                self._stow(parcel)
            self._pace.step()
        self._stow_all()
        return anything

    def _stow_all(self) -> None:
        while (parcel := self._outbox.take()) is not None:
            self._stow(parcel)

    def _stow(self, parcel: Parcel) -> None:
        failed: list[tuple[Any, str]] = []
        body = self._body(parcel, failed)
        for number, (item, reason) in enumerate(failed, start=1):
            # Where nothing of the parcel is left, what was coalesced into it goes with the last.
            weight = parcel.weight if body is None and number == len(failed) else 1
            parcel.weight -= weight
            self._tally.refuse(Refusal(reason, _BAD, weight, parcel.endpoint, item))
        while body is not None and not self._spool.add(parcel.endpoint, parcel.weight, body):
            if self._abandoned.is_set():
                self.unstowed += parcel.weight
                return
            self._spool.wait_for_room(_LOOK_SECONDS)

    def _body(self, parcel: Parcel, failed: list[tuple[Any, str]]) -> bytearray | None:
        """The request, made item by item; None where nothing of it can be sent."""
        body = bytearray(self._head)
        if parcel.kind == CONNECTION_DELETE:
            ends = self._encoded(parcel.items[0][1], failed)
            return body + b"," + ends[1:] if ends else None
        for kind, items in parcel.lists().items():
            body += b',"%b":[' % kind.encode()
            before = len(body)
            for item in items:
                if text := self._encoded(item, failed):
                    body += text
                    body += b","
            if len(body) > before:
                del body[-1:]
            body += b"]"
        if parcel.kind == SCENE:
            body += b',"replace":true'
        body += b"}"
        # A scene without what failed would say that this is gone.
        lost = bool(failed) if parcel.kind == SCENE else len(failed) == len(parcel.items)
        return None if lost else body

    def _encoded(self, item: Any, failed: list[tuple[Any, str]]) -> bytes | None:
        self._pace.step()
        try:
            return _encode(item).encode()
        except (TypeError, ValueError, RecursionError) as error:
            failed.append((item, f"not JSON: {error}"))
            return None
