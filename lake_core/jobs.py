"""A request on its way through the lake: what to do, and whom to tell."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from lake_core.errors import LakeError
from lake_core.scene.decode import Body, decode
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.operations import OPERATIONS

SNAPSHOT = "snapshot"
"""The endpoint whose body is a space's name and whose deed is a snapshot."""


@dataclass(slots=True, eq=False)
class Job:
    """One request. `result` is set when it was applied, `future` when it is durable.

    A request that was answered from the spool carries what was said then: `moment` (its time),
    `snapshot_id` and `said` (the JSON answer), and `delivered` is true.
    """

    endpoint: str
    body: bytes
    key: str | None = None
    trigger: Trigger = "manual"
    future: Future[IngestResult] = field(default_factory=Future)
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

    def settle(self, error: BaseException | None = None) -> None:
        """Tell whoever waits: the error, or the result."""
        if self.future.done():
            return
        with suppress(InvalidStateError):  # whoever waited gave up just now
            if error is not None:
                self.future.set_exception(error)
            elif self.result is not None:
                self.future.set_result(self.result)
