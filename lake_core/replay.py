"""A recorded stream of operations, sent to a lake again, at the pace it was recorded or faster.

Owns the reading of a recording (NDJSON, contract section 2) and its pace; delivery is the
client's. It must not know a console or the lake's inside.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lake_core.client import LakeClient, Refusal
from lake_core.errors import InvalidInput, LakeError

_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of a recording: where it stood, when it is due, and what it does."""

    line: int
    at: float  # seconds since the recording began; 0.0 where it has no times
    space_name: str
    operation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is; counts are operations."""

    read: int
    acknowledged: int
    refused: int
    connected: bool


def read_recording(lines: Iterable[bytes], space_name: str | None = None) -> Iterator[Recorded]:
    """The operations of a recording; all into `space_name` where it is given.

    Raises InvalidInput, with the number of the line, where one is not an operation.
    """
    begin: float | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        operation = _parsed(number, line)
        space = space_name or operation.get("space_name")
        if not isinstance(space, str):
            raise InvalidInput(f"line {number}: no space_name; give one with --space")
        t = operation.get("t")
        at = float(t) if isinstance(t, int | float) and not isinstance(t, bool) else None
        begin = at if begin is None else begin
        elapsed = 0.0 if at is None or begin is None else at - begin
        yield Recorded(number, elapsed, space, operation)


def replay(
    recording: Iterable[Recorded],
    url: str,
    token: str | None = None,
    *,
    speed: float | None = 1.0,
    progress: Callable[[Progress], None] = lambda progress: None,
    on_refused: Callable[[Refusal], None] | None = None,
) -> Progress:
    """Send a recording and wait until the lake has answered for all of it.

    Raises LakeError where the lake does not let us in, and InvalidInput where the recording cannot
    be read on: what came before is kept then, and the message says so.

    Args:
        speed: Times as fast as it was recorded; None sends without waiting at all.
        progress: Told a few times a second.
        on_refused: Told of each refusal, from another thread.
    """
    clients: dict[str, LakeClient] = {}
    delivery = _Delivery(clients, progress)
    try:
        began = time.monotonic()
        for recorded in recording:
            if speed is not None:
                delivery.wait_until(began + recorded.at / speed)
            if recorded.space_name not in clients:
                clients[recorded.space_name] = LakeClient(
                    url,
                    recorded.space_name,
                    token,
                    coalesce=False,
                    spool=False,  # the recording is on disk already
                    block=True,
                    on_refused=on_refused,
                )
            delivery.give(recorded)
        return delivery.finish()
    except InvalidInput as error:
        count = delivery.finish().acknowledged
        kept = f"the {count:,} operations before it are" if count != 1 else "the one before it is"
        words = f"{error}. Of this recording {kept} kept; mend the line and replay it again"
        raise InvalidInput(words if count else f"{error}. Nothing of it is kept") from None
    finally:
        for client in clients.values():
            client.close(timeout=0.0)


class _Delivery:
    """Hands operations to one client a space, and tells how far they are."""

    def __init__(
        self, clients: dict[str, LakeClient], progress: Callable[[Progress], None]
    ) -> None:
        self._clients, self._progress = clients, progress
        self._read = 0
        self._told = 0.0

    def give(self, recorded: Recorded) -> None:
        try:
            self._clients[recorded.space_name].operation(recorded.operation)
        except InvalidInput as error:
            raise InvalidInput(f"line {recorded.line}: {error}") from None
        self._read += 1
        self._tell()

    def wait_until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            self._tell()
            time.sleep(min(left, _LOOK_SECONDS))

    def finish(self) -> Progress:
        for client in self._clients.values():
            while not client.flush(_LOOK_SECONDS):
                self._tell()
        final = self._standing()
        self._progress(final)
        return final

    def _tell(self) -> None:
        if time.monotonic() - self._told >= _LOOK_SECONDS:
            self._told = time.monotonic()
            self._progress(self._standing())

    def _standing(self) -> Progress:
        standings = [client.status for client in self._clients.values()]
        for standing in standings:
            if standing.denied:
                raise LakeError(f"{standing.last_error}; give the lake's token")
        return Progress(
            read=self._read,
            acknowledged=sum(standing.acknowledged for standing in standings),
            refused=sum(standing.refused for standing in standings),
            connected=all(standing.connected for standing in standings),
        )


def _parsed(number: int, line: bytes) -> dict[str, Any]:
    try:
        operation = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"line {number} is not JSON: {error}") from None
    if not isinstance(operation, dict) or "op" not in operation:
        raise InvalidInput(f"line {number} is not an operation: an object with `op` is expected")
    return operation
