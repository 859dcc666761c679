"""LakeClient: the engine's side of ingestion, from a call in the scene to a commit in the lake.

Calls return at once; a thread of the client's own gathers them into batches, sends them and tries
again while the lake is away. Owns delivery: order, retries, idempotency. Standard library
only, so that a host's Python can use it as it is; it must not know the lake's inside.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from lake_core.errors import InvalidInput, LakeError, QueueFull
from lake_core.outbox import (
    CONNECTION_DELETE,
    CONNECTIONS,
    DELETED,
    ENTITIES,
    PARAMETERS,
    Outbox,
    Parcel,
    identified,
    normal_connection,
)
from lake_core.wire import Refused, Unavailable, Wire

_log = logging.getLogger(__name__)
_PREFIX: Final = "/eustress/ingest/"
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 10.0
_DIVISIBLE: Final = frozenset({400, 404, 413, 422})
"""Refusals that may be the fault of one operation of a batch: the others are sent without it."""


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """Where a client stands; counts are operations since it was made."""

    connected: bool  # the lake answered the last request
    waiting: int  # given, not answered yet
    acknowledged: int  # committed by the lake
    refused: int  # answered with a 4xx, reported to on_error
    last_error: str | None

    def __str__(self) -> str:
        state = "connected" if self.connected else "not connected"
        state += f", buffering {self.waiting}" if self.waiting else ""
        return state + (f", refused {self.refused}" if self.refused else "")


class LakeClient:
    """Sends the changes of one space. Use it from any thread; close it, or use it in a `with`.

    Args:
        url: Where the lake listens, such as `http://127.0.0.1:7000`.
        space_name: The space that all changes go to.
        token: What the lake asks for, if it does.
        coalesce: Of several states of one entity that wait together, send the latest alone. Turn
            it off where every state in between must be in the history.
        max_waiting: Operations held while the lake is away; then calls block.
        block_seconds: How long a call may block before it raises QueueFull; None is for ever.
        max_batch: Operations in one request, at most.
        linger: Seconds that the first operation of a batch waits for others.
        timeout: Seconds without an answer after which a request is tried again.
        on_error: Told of each refusal, from the client's thread.
    """

    def __init__(
        self,
        url: str,
        space_name: str,
        token: str | None = None,
        *,
        coalesce: bool = True,
        max_waiting: int = 100_000,
        block_seconds: float | None = None,
        max_batch: int = 5_000,
        linger: float = 0.02,
        timeout: float = 30.0,
        on_error: Callable[[LakeError], None] | None = None,
    ) -> None:
        self.space_name = space_name
        self._wire = Wire(url, token, timeout)
        self._outbox = Outbox(max_batch, coalesce=coalesce)
        self._max_waiting, self._block_seconds, self._linger = max_waiting, block_seconds, linger
        self._on_error = on_error
        self._turn = threading.Condition()
        self._given = self._done = self._acknowledged = self._refused = 0
        self._connected = False
        self._last_error: str | None = None
        self._hurry_until = 0  # operations that someone waits for in flush()
        self._closing = self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="lake-client", daemon=True)
        self._thread.start()

    # -- what the scene says

    def entity(self, entity: Mapping[str, Any]) -> None:
        """An entity is new or changed: its `id`, and the fields that are to be set.

        What the mapping holds must not be changed afterwards.
        """
        self._put(ENTITIES, {**entity, "id": identified(entity["id"])})

    def connection(self, connection: Mapping[str, Any]) -> None:
        """A connection is new or changed: `source_id`, `target_id`, `connection_type`, …"""
        self._put(CONNECTIONS, normal_connection(connection))

    def parameter(self, entity_id: str | int, name: str, value: object) -> None:
        """One parameter of an entity has a new value."""
        item = {"entity_id": identified(entity_id), "parameter_name": name, "value": value}
        self._put(PARAMETERS, item)

    def delete_entity(self, entity_id: str | int) -> None:
        """An entity is gone, and its connections with it."""
        self._put(DELETED, identified(entity_id))

    def delete_connection(
        self, source_id: str | int, target_id: str | int, connection_type: str
    ) -> None:
        """A connection is gone."""
        ends = {"source_id": identified(source_id), "target_id": identified(target_id)}
        self._put(CONNECTION_DELETE, {**ends, "connection_type": connection_type})

    def operation(self, operation: Mapping[str, Any]) -> None:
        """An operation as NDJSON has it: `{"op": "entity", "entity": {…}}` and so on.

        Raises InvalidInput where it is none. Its `space_name` and `t` are not looked at.
        """
        try:
            match operation["op"]:
                case "entity":
                    self.entity(operation["entity"])
                case "connection":
                    self.connection(operation["connection"])
                case "parameter":
                    given = (operation[k] for k in ("entity_id", "parameter_name", "value"))
                    self.parameter(*given)
                case "delete_entity":
                    self.delete_entity(operation["entity_id"])
                case "delete_connection":
                    named = ("source_id", "target_id", "connection_type")
                    self.delete_connection(*(operation[key] for key in named))
                case other:
                    raise InvalidInput(f"there is no operation {other!r}")
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"not an operation: {error} is missing or not an object") from None

    # -- delivery

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was given so far is answered; false when `timeout` passed first."""
        with self._turn:
            target = self._given
            self._hurry_until = max(self._hurry_until, target)
            self._turn.notify_all()
            return self._turn.wait_for(lambda: self._done >= target or self._abandoned, timeout)

    def close(self, timeout: float | None = 10.0) -> bool:
        """Deliver what waits, then stop. False where something was left undelivered."""
        delivered = self.flush(timeout)
        with self._turn:
            self._closing = self._abandoned = True
            self._turn.notify_all()
        self._thread.join(timeout)
        return delivered and self._done == self._given

    @property
    def status(self) -> ClientStatus:
        """Where delivery stands now."""
        with self._turn:
            waiting = self._given - self._done
            counts = (waiting, self._acknowledged, self._refused)
            return ClientStatus(self._connected, *counts, self._last_error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- the inside

    def _put(self, kind: str, item: Any) -> None:
        with self._turn:
            if not self._turn.wait_for(self._has_room, self._block_seconds):
                raise QueueFull(f"{self._max_waiting} operations wait for the lake already")
            if self._closing:
                raise LakeError("this client is closed")
            self._outbox.add(kind, item)
            self._given += 1
            self._turn.notify_all()

    def _has_room(self) -> bool:
        return self._outbox.waiting < self._max_waiting or self._closing

    def _run(self) -> None:
        """The client's thread: one parcel after another, until it is closed."""
        try:
            while (parcel := self._next_parcel()) is not None:
                self._deliver(parcel)
        finally:
            self._wire.close()
            with self._turn:  # nobody is to wait for a thread that has ended
                self._closing = self._abandoned = True
                self._turn.notify_all()

    def _next_parcel(self) -> Parcel | None:
        with self._turn:
            self._turn.wait_for(lambda: self._outbox.waiting or self._closing)
            self._turn.wait_for(self._must_go, self._linger)
            parcel = None if self._abandoned else self._outbox.take()
            self._turn.notify_all()
            return parcel

    def _must_go(self) -> bool:
        return self._outbox.full_parcel or self._hurry_until > self._done or self._closing

    def _deliver(self, parcel: Parcel) -> None:
        """Have a parcel answered, however long it takes; whole or, where it must be, divided."""
        try:
            body = json.dumps(parcel.body(self.space_name), separators=(",", ":")).encode()
        except (TypeError, ValueError, RecursionError) as error:
            self._refuse(parcel, Refused(400, f"not JSON: {error}"))
            return
        try:
            delivered = self._send_until_answered(parcel.endpoint, body)
        except Refused as error:
            self._refuse(parcel, error)
        else:
            if delivered:
                self._settle(parcel.weight, refused=False)

    def _refuse(self, parcel: Parcel, error: Refused) -> None:
        if error.status in _DIVISIBLE and len(parcel.items) > 1:
            for half in parcel.halves():
                self._deliver(half)
            return
        with self._turn:
            self._last_error = str(error)
        self._settle(parcel.weight, refused=True)
        if self._on_error is not None:
            try:
                self._on_error(error)
            except Exception:  # a host's mistake must not end delivery
                _log.exception("on_error failed")

    def _settle(self, weight: int, *, refused: bool) -> None:
        with self._turn:
            self._done += weight
            self._refused += weight if refused else 0
            self._acknowledged += 0 if refused else weight
            self._turn.notify_all()

    def _send_until_answered(self, endpoint: str, body: bytes) -> bool:
        """True once committed; false where the client was closed before. Raises Refused."""
        key = str(uuid.uuid4())  # the same for every try: stored once, however often it arrives
        wait = _FIRST_WAIT
        while True:
            try:
                self._wire.post(_PREFIX + endpoint, body, key)
            except Unavailable as error:
                self._note(connected=False, error=str(error))
                if self._pause(max(error.wait, random.uniform(0.5, 1.0) * wait)):
                    return False
                wait = min(2 * wait, _LONGEST_WAIT)
            except Refused:
                self._note(connected=True, error=None)
                raise
            else:
                self._note(connected=True, error=None)
                return True

    def _note(self, *, connected: bool, error: str | None) -> None:
        with self._turn:
            self._connected = connected
            self._last_error = error or self._last_error

    def _pause(self, seconds: float) -> bool:
        """Wait; true where the client was closed meanwhile."""
        with self._turn:
            return self._turn.wait_for(lambda: self._abandoned, seconds)
