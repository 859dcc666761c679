"""A request on its way through the lake: what to do, and whom to tell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lake_core.errors import LakeError
from lake_core.scene.bodies import Body
from lake_core.scene.decode import decode
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.operations import OPERATIONS

SNAPSHOT = "snapshot"
"""The endpoint whose body is a space's name and whose deed is a snapshot."""

Wake = Callable[[], None]
"""Lets someone know that there is something for them."""

Told = Callable[[IngestResult | None, BaseException | None], Wake | None]
"""Called in the lake thread, once: with what came of a request, or with why nothing did.

What it returns is called when the others that were settled with it are told, too.
"""


@dataclass(slots=True, eq=False)
class Job:
    """One request. `result` is set when it was applied, `told` called when it is durable.

    A request that was answered from the spool carries what was said then: `moment` (its time),
    `snapshot_id` and `said` (the JSON answer), and `delivered` is true.
    """

    endpoint: str
    body: bytes
    key: str | None = None
    trigger: Trigger = "manual"
    told: Told | None = None
    result: IngestResult | None = None
    moment: datetime | None = None
    snapshot_id: UUID | None = None
    said: str | None = None
    delivered: bool = False
    space_name: str = ""  # once it is known to be there

    _decoded: Body | LakeError | None = None

    def decode(self) -> None:
        """Decode the body now rather than when it is asked for."""
        if self.endpoint not in (SNAPSHOT, OPERATIONS):
            try:
                self._decoded = decode(self.endpoint, self.body)
            except LakeError as error:
                self._decoded = error

    def decoded(self) -> Body:
        """The body, typed, to be used once: updates are changed as they are applied."""
        decoded, self._decoded = self._decoded, None
        if isinstance(decoded, LakeError):
            raise decoded
        return decode(self.endpoint, self.body) if decoded is None else decoded

    def body_hash(self) -> bytes:
        """What tells this request from another under the same idempotency key."""
        text = self.endpoint.encode() + b"\0" + self.body
        return hashlib.blake2b(text, digest_size=16).digest()

    def tell(self, error: BaseException | None = None) -> Wake | None:
        """Tell whoever waits, if no one has yet: the error, or the result. They still sleep."""
        if error is None and self.result is None:
            return None
        told, self.told = self.told, None
        if told is None:
            return None
        return told(self.result if error is None else None, error)


def settle(outcomes: Iterable[tuple[Job, BaseException | None]]) -> None:
    """Tell whoever waits for these, each an error or its result; then wake them, each once.

    One who wakes while others are still being told takes the interpreter from whoever tells.
    """
    wakes = {job.tell(error) for job, error in outcomes}
    for wake in wakes:
        if wake is not None:
            wake()


def resolving(future: Future[IngestResult]) -> Told:
    """What resolves a future, unless whoever waited has given up."""

    def resolve(result: IngestResult | None, error: BaseException | None) -> None:
        with suppress(InvalidStateError):
            if error is not None:
                future.set_exception(error)
            elif result is not None:
                future.set_result(result)

    return resolve
