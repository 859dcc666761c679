"""LakeClient: what an engine calls when its scene changes.

A call puts an operation into a queue and returns: no disk, no network, no waiting. Owns the calls
and the bound of the queue. What happens to an operation next is the packer's and the
courier's, each with a thread of its own.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from lake_core.client.courier import Courier
from lake_core.client.outbox import (
    CONNECTION_DELETE,
    CONNECTIONS,
    DELETED,
    ENTITIES,
    PARAMETERS,
    SCENE,
    Outbox,
    identified,
    weight_of,
)
from lake_core.client.packer import Packer, Queue
from lake_core.client.spool import spool_for
from lake_core.client.tally import SAID_EVERY, ClientStatus, Refusal, Tally
from lake_core.client.wire import Wire
from lake_core.errors import InvalidInput, LakeError

_log = logging.getLogger(__name__)
_MIB: Final = 1024 * 1024
_LOOK_SECONDS: Final = 0.002
_LAST_SECONDS: Final = 0.5
FLUSH_SECONDS: Final = 30.0
"""How long a flush waits for a lake that does not answer, unless it is told."""
CLOSE_SECONDS: Final = 10.0
"""The same of closing: what is left rests on disk, and a program should end."""
_EDGE: Final = ("source_id", "target_id", "connection_type")
_FIXED: Final = (str, int, float, tuple, type(None))


class LakeClient:
    """Sends the changes of one space. Use it from any thread; close it, or use it in a `with`.

    No call waits for the lake or the disk. What is not delivered yet is on disk, in order; it is
    sent when the lake is back, and each change is stored once, however often its answer was lost
    and whether the lake was restarted meanwhile or the engine.

    Args:
        url: Where the lake listens, such as `http://127.0.0.1:7000`.
        space_name: The space that all changes go to.
        token: What the lake asks for, if it does.
        coalesce: Of several states of one entity in a tick, send the latest alone. Turn it off
            where every state in between must be in the history.
        tick: Seconds that changes are gathered before they are sent.
        spool: Where undelivered changes rest: True is a file in the user's own folder for state
            (or in `LAKE_SPOOL_DIR`), a path is that file, False is memory alone.
        spool_bytes: Most that may rest there.
        max_waiting: Operations that may wait to be taken from the scene. They gather only where
            the disk's bound is reached; beyond this, new ones are dropped, counted and logged.
        block: Wait for room instead of dropping: for a script that draws no frames.
        max_batch: Operations in one request, at most.
        timeout: Seconds without an answer after which a request is tried again.
        on_refused: Told of each refusal, from a thread of the client's. It must not wait.

    Raises:
        InvalidInput: The address, the space's name or the token cannot be used.
        LakeError: The file that was named cannot be used as a spool.
    """

    def __init__(
        self,
        url: str,
        space_name: str,
        token: str | None = None,
        *,
        coalesce: bool = True,
        tick: float = 0.05,
        spool: Path | bool = True,
        spool_bytes: int = 256 * _MIB,
        max_waiting: int = 200_000,
        block: bool = False,
        max_batch: int = 2_000,
        timeout: float = 10.0,
        on_refused: Callable[[Refusal], None] | None = None,
    ) -> None:
        if not space_name.strip():
            raise InvalidInput("a space has a name")
        self.space_name = space_name
        self._max_waiting, self._block = max_waiting, block
        wire = Wire(url, token, timeout)
        held = spool_for(spool, url, space_name, spool_bytes)
        self._left, self._place = held.operations, held.path
        self._queue = Queue()
        self._gate = threading.Lock()  # among callers: never held while something is done
        self._closed = False
        self._given = self._dropped = 0
        self._said_at = float("-inf")
        self._tally = Tally(space_name, on_refused)
        outbox = Outbox(max_batch, coalesce=coalesce)
        self._packer = Packer(self._queue, held, outbox, self._tally, space_name, tick)
        self._courier = Courier(wire, held, self._tally)
        self._packer.start()
        self._courier.start()
        atexit.register(self.close, _LAST_SECONDS)

    # -- what the scene says

    def spawn(self, entity: Mapping[str, Any]) -> None:
        """An entity is new: its `id`, and its `name`, `position` or whatever else it has."""
        if "id" not in entity:
            raise InvalidInput("an entity has an id")
        self._put(ENTITIES, {**_taken(entity), "id": identified(entity["id"])})

    def update(self, entity_id: str | int, /, **fields: Any) -> None:
        """Fields of an entity are new, as `update("lamp", position=[1, 2, 3])`; others stay."""
        self._put(ENTITIES, {**_taken(fields), "id": identified(entity_id)})

    def delete(self, entity_id: str | int) -> None:
        """An entity is gone, and its connections with it."""
        self._put(DELETED, identified(entity_id))

    def connect(
        self,
        source_id: str | int,
        target_id: str | int,
        connection_type: str = "hierarchy",
        /,
        **fields: Any,
    ) -> None:
        """A connection is new or changed; of a hierarchy the parent is the source."""
        self._put(
            CONNECTIONS,
            {**_taken(fields), **_ends(source_id, target_id), "connection_type": connection_type},
        )

    def disconnect(
        self, source_id: str | int, target_id: str | int, connection_type: str = "hierarchy"
    ) -> None:
        """A connection is gone."""
        ends = _ends(source_id, target_id)
        self._put(CONNECTION_DELETE, {**ends, "connection_type": connection_type})

    def parameter(self, entity_id: str | int, name: str, value: object) -> None:
        """One parameter of an entity has a new value."""
        if not isinstance(name, str):
            raise InvalidInput(f"a parameter's name is a text, not {name!r}")
        item = {"entity_id": identified(entity_id), "parameter_name": name}
        self._put(PARAMETERS, {**item, **_taken({"value": value})})

    def save_scene(
        self,
        entities: Sequence[Mapping[str, Any]],
        connections: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """The scene is saved, and this is the whole of it: what is not named here is gone.

        Both are read later, for to look at each of 100,000 entities takes longer than a frame:
        neither they nor what they hold may be changed until `flush` has returned true.
        """
        self._put(SCENE, (entities, connections))

    def operation(self, operation: Mapping[str, Any]) -> None:
        """An operation as NDJSON has it: `{"op": "entity", "entity": {…}}` and so on.

        Raises InvalidInput where it is none. Its `space_name` and `t` are not looked at.
        """
        try:
            match operation["op"]:
                case "entity":
                    self.spawn(operation["entity"])
                case "connection":
                    fields = dict(operation["connection"])
                    self.connect(*(fields.pop(key) for key in _EDGE), **fields)
                case "parameter":
                    given = (operation[k] for k in ("entity_id", "parameter_name", "value"))
                    self.parameter(*given)
                case "delete_entity":
                    self.delete(operation["entity_id"])
                case "delete_connection":
                    self.disconnect(*(operation[key] for key in _EDGE))
                case other:
                    raise InvalidInput(f"there is no operation {other!r}")
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"not an operation: {error} is missing or not an object") from None

    # -- delivery

    def flush(self, timeout: float | None = FLUSH_SECONDS) -> bool:
        """Wait until all that was given so far is answered; false when `timeout` passed first.

        What is not answered by then is not lost: it stays queued and is delivered as before. None
        waits however long the lake is away, or until another thread closes the client.
        """
        with self._gate:
            target = self._given + self._left
        self._queue.hurry()
        return self._tally.wait_for(target, timeout, self._courier.is_alive)

    def close(self, timeout: float | None = CLOSE_SECONDS) -> bool:
        """Deliver what waits, then stop. False where something is left; it rests in the spool.

        The next client of the same spool delivers what was left. None waits however long the lake
        is away. Takes a second longer than `timeout` at most, or as long as stowing what waits
        needs.
        """
        atexit.unregister(self.close)
        with self._gate:
            self._closed = True
        delivered = self.flush(timeout)
        self._packer.end()
        self._packer.join(_LAST_SECONDS)  # what it holds goes to disk, if there is room
        self._packer.abandon()
        self._packer.join()
        self._courier.stop()
        self._courier.join(_LAST_SECONDS)
        if not delivered:
            place = f"they rest in {self._place}" if self._place else "they are lost"
            _log.warning("%s changes are not delivered: %s", self.status.waiting, place)
        return delivered

    @property
    def status(self) -> ClientStatus:
        """Where delivery stands now."""
        with self._gate:
            given, dropped = self._given, self._dropped
        return self._tally.status(given, self._left, dropped, self._packer.unstowed)

    @property
    def refusals(self) -> list[Refusal]:
        """What was set aside, newest last; the last thousand are kept."""
        return list(self._tally.refusals)

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
        weight = weight_of(kind, item)
        while True:
            with self._gate:
                if self._closed:
                    raise LakeError("this client is closed")
                if self._given - self._packer.taken < self._max_waiting:
                    self._given += weight
                    self._queue.put(kind, item)
                    return
                if not self._block:
                    self._drop(weight)
                    return
            time.sleep(_LOOK_SECONDS)

    def _drop(self, weight: int) -> None:
        self._dropped += weight
        if time.monotonic() - self._said_at > SAID_EVERY:
            self._said_at = time.monotonic()
            _log.error(
                "%s changes of %s are lost: the lake is away, and no more may wait on disk",
                self._dropped,
                self.space_name,
            )


def _taken(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that stays as it is when the scene moves its own lists and arrays on."""
    return {
        name: value if isinstance(value, _FIXED) else _as_it_is(value)
        for name, value in fields.items()
    }


def _as_it_is(value: Any) -> Any:
    if isinstance(value, list | dict):
        return value.copy()
    return value.tolist() if hasattr(value, "tolist") else value


def _ends(source_id: str | int, target_id: str | int) -> dict[str, str]:
    return {"source_id": identified(source_id), "target_id": identified(target_id)}
