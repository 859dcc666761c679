"""One group commit: requests applied to their scenes, and the rows that make them durable.

Gathers what one transaction holds and what is to be told once it is through. Whether it gets
through, and what then, is the writer's business.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from lake_core.errors import DatabaseUnavailable, KeyReused, LakeError, NotFound
from lake_core.jobs import SNAPSHOT, Job
from lake_core.live import Changed, LiveSpace, Notice, SnapshotCreated, SpaceCreated
from lake_core.register import SpaceRegister
from lake_core.scene.apply import apply_body, check_body
from lake_core.scene.change import ChangeKind
from lake_core.scene.decode import BatchBody, Body, decode
from lake_core.scene.model import IngestResult, Trigger
from lake_core.settings import Settings
from lake_core.store.log import Answer, Head, SnapshotRow, WriteTransaction

BATCH_SNAPSHOT_ITEMS: Final = 100
_MESSAGES: Final = {
    "entity": "Entity ingested",
    "connection": "Connection ingested",
    "parameter": "Parameter updated",
    "entity/delete": "Entity deleted",
    "connection/delete": "Connection deleted",
    "batch": "Batch ingested",
    SNAPSHOT: "Snapshot created",
}
_result = msgspec.json.Decoder(IngestResult)


class BrokenScene(Exception):
    """A request failed half-way through a scene, which must be read anew."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


@dataclass(slots=True)
class Group:
    """Requests that become durable together."""

    register: SpaceRegister
    settings: Settings
    touched: dict[str, LiveSpace] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)
    refused: list[tuple[Job, LakeError]] = field(default_factory=list)
    _snapshots: list[SnapshotRow] = field(default_factory=list)
    _answers: list[Answer] = field(default_factory=list)
    _known: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def write(self, transaction: WriteTransaction, jobs: Sequence[Job]) -> None:
        """Apply every job; one that is refused leaves nothing in the transaction."""
        if keys := [job.key for job in jobs if job.key is not None]:
            self._known = transaction.find_answers(keys)
        for job in jobs:
            try:
                self._run(transaction, job)
            except DatabaseUnavailable:
                raise
            except LakeError as error:
                self.refused.append((job, error))
        transaction.finish(self._snapshots, self._heads(), self._answers)

    def settle(self) -> None:
        """It is durable: tell whoever waits."""
        for job in self.done:
            job.settle()
        for job, error in self.refused:
            job.settle(error)

    def _run(self, transaction: WriteTransaction, job: Job) -> None:
        if job.key is not None and (answered := self._known.get(job.key)):
            if answered[0] != job.body_hash():
                raise KeyReused(f"Idempotency-Key {job.key!r} was used with another body")
            job.result = _result.decode(answered[1])
        else:
            job.result = self._apply(transaction, job)
            if job.key is not None:
                self._remember(job.key, job)
        self.done.append(job)

    def _remember(self, key: str, job: Job) -> None:
        answer = Answer(key, job.body_hash(), msgspec.json.encode(job.result).decode())
        self._known[key] = (answer.body_hash, answer.answer)
        self._answers.append(answer)

    def _apply(self, transaction: WriteTransaction, job: Job) -> IngestResult:
        if job.endpoint == SNAPSHOT:
            name = job.body.decode()
            space = self.register.spaces.get(name) or self.register.existing(
                transaction.for_queries(), name
            )
            self.touched[name] = space
            snapshot_id = self._snapshot(space, job.trigger)
            message = _MESSAGES[SNAPSHOT]
            return IngestResult(message=message, snapshot_id=snapshot_id, seq=space.scene.seq)
        return self._ingest(transaction, job, decode(job.endpoint, job.body))

    def _ingest(self, transaction: WriteTransaction, job: Job, body: Body) -> IngestResult:
        space = self._space(transaction, body)
        scene = space.scene
        before = scene.seq
        try:
            tally = apply_body(scene, body)
        except NotFound:  # refused before the first change
            raise
        except Exception as error:
            raise BrokenScene(job) from error
        if changes := scene.take_changes():
            space.log_bytes += transaction.append(
                space.space_id, before + 1, space.moment(), changes
            )
            space.newly_seen += sum(change.kind == ChangeKind.ENTITY for change in changes)
            self.notices.append(Changed(scene.space_name, scene.seq, tally.accepted))
        warnings, scene.warnings = scene.warnings, []
        return IngestResult(
            message=_MESSAGES[job.endpoint],
            snapshot_id=self._automatic_snapshot(space, body),
            accepted=tally.accepted,
            unchanged=tally.unchanged,
            seq=scene.seq,
            warnings=warnings,
        )

    def _space(self, transaction: WriteTransaction, body: Body) -> LiveSpace:
        """The space of a request that can take it; made where it is new."""
        name = body.space_name
        space = self.register.spaces.get(name)
        if space is None:
            space = self.register.find(transaction.for_queries(), name)
        check_body(space.scene if space else None, body)
        if space is None:
            space = self.register.create(transaction, name)
            self.notices.append(SpaceCreated(name))
        self.touched[name] = space
        return space

    def _automatic_snapshot(self, space: LiveSpace, body: Body) -> UUID | None:
        """A snapshot with any large batch, and after enough changes since the last."""
        if isinstance(body, BatchBody) and len(body) >= BATCH_SNAPSHOT_ITEMS:
            return self._snapshot(space, "batch")
        if space.is_snapshot_due(self.settings.snapshot_threshold, time.monotonic()):
            return self._snapshot(space, "threshold")
        return None

    def _snapshot(self, space: LiveSpace, trigger: Trigger) -> UUID:
        row, summary = space.snapshot(trigger, self.settings.snapshot_min_interval)
        self._snapshots.append(row)
        self.notices.append(SnapshotCreated(summary))
        return row.id

    def _heads(self) -> list[Head]:
        """Figures of the spaces that have not told theirs for a while."""
        now = time.monotonic()
        with_snapshot = {row.space_id for row in self._snapshots}
        return [
            space.head()
            for space in self.touched.values()
            if now >= space.head_due_from or space.space_id in with_snapshot
        ]
