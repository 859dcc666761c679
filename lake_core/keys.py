"""Idempotency keys within one commit: what was said under them before, and what is said now.

Where that is kept is not known here: the register, the spool and the transaction tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from lake_core.errors import KeyReused
from lake_core.jobs import Job
from lake_core.recent import Known
from lake_core.register import SpaceRegister
from lake_core.scene.model import IngestResult
from lake_core.store.log import Answer
from lake_core.transaction import Transaction

_OF_A_STREAM: Final = b"a stream"
"""In place of a body's hash: what a stream under a key holds, its session tells."""
_result = msgspec.json.Decoder(IngestResult)


@dataclass(slots=True)
class Keys:
    """The keys of a group of requests; `answers` are those to be stored with it."""

    register: SpaceRegister
    answers: list[Answer] = field(default_factory=list)
    _known: Known = field(default_factory=dict)

    def recall(self, transaction: Transaction, jobs: Sequence[Job]) -> None:
        """Find what was said before to those of `jobs` that have a key."""
        if keys := [job.key for job in jobs if job.key is not None]:
            new = [job.key for job in jobs if job.key is not None and not job.delivered]
            self._known = self.register.answered(new) | transaction.find_answers(keys)

    def is_repeat(self, job: Job) -> bool:
        """Whether the job was answered before, as its `result` then says; raises KeyReused."""
        if job.key is None or (answered := self._known.get(job.key)) is None:
            return False
        if answered[0] != job.body_hash():
            raise KeyReused(f"Idempotency-Key {job.key!r} was used with another body")
        job.result = _result.decode(answered[1])
        return True

    def remember(self, job: Job) -> None:
        """Keep what is said to a job, where it has a key."""
        if job.key is None:
            return
        said = job.said or msgspec.json.encode(job.result).decode()
        answer = Answer(job.key, job.body_hash(), said)
        self._known[job.key] = (answer.body_hash, answer.answer)
        self.answers.append(answer)

    def is_free(self, transaction: Transaction, key: str) -> bool:
        """Whether no one has used a stream's key; raises KeyReused where another request has."""
        known = self._known.get(key) or transaction.find_answers([key]).get(key)
        if known is not None and known[0] != _OF_A_STREAM:
            raise KeyReused(f"Idempotency-Key {key!r} was used with another request")
        return known is None

    def take_for_stream(self, key: str) -> None:
        """Let no other request have this key."""
        self.answers.append(Answer(key, _OF_A_STREAM, "{}"))
