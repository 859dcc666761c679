"""One group commit: requests applied to their scenes, and the rows that make them durable.

Gathers what one transaction holds and what is to be told once it is through. Whether it gets
through, and what then, is the writer's business.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from lake_core.counters import Event, Outcome
from lake_core.errors import (
    DatabaseUnavailable,
    LakeError,
    NotFound,
    TooLarge,
    WriterElsewhere,
)
from lake_core.jobs import SNAPSHOT, Job, settle
from lake_core.keys import Keys
from lake_core.live import Changed, LiveSpace, Notice, SnapshotCreated, SpaceCreated
from lake_core.parts import PartRun, check_part
from lake_core.register import SpaceRegister
from lake_core.scene.apply import apply_body, check_body
from lake_core.scene.bodies import BatchBody, Body
from lake_core.scene.change import ChangeKind
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.operations import (
    OPERATIONS,
    Operation,
    PartResult,
    Standing,
    decode_all,
    unpack,
)
from lake_core.settings import Settings
from lake_core.store.database import DatabaseError
from lake_core.store.log import Head, SessionRow, SnapshotRow
from lake_core.store.snapshots import count_spaces
from lake_core.transaction import Transaction

BATCH_SNAPSHOT_ITEMS: Final = 100
MESSAGES: Final = {
    "entity": "Entity ingested",
    "connection": "Connection ingested",
    "parameter": "Parameter updated",
    "entity/delete": "Entity deleted",
    "connection/delete": "Connection deleted",
    "batch": "Batch ingested",
    SNAPSHOT: "Snapshot created",
}


class BrokenScene(Exception):
    """A request failed half-way through a scene, which must be read anew."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


def takes_snapshot(body: Body) -> bool:
    """Whether a request is a batch so large that it takes a snapshot."""
    return isinstance(body, BatchBody) and len(body) >= BATCH_SNAPSHOT_ITEMS


@dataclass(slots=True)
class Group:
    """Requests that become durable together."""

    register: SpaceRegister
    settings: Settings
    touched: dict[str, LiveSpace] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)
    refused: list[tuple[Job, LakeError]] = field(default_factory=list)
    keys: Keys = field(init=False)
    _snapshots: list[SnapshotRow] = field(default_factory=list)
    _sessions: dict[str, SessionRow] = field(default_factory=dict)
    _events: Counter[Event] = field(default_factory=Counter)  # operations of parts
    _began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.keys = Keys(self.register)

    def write(self, transaction: Transaction, jobs: Sequence[Job]) -> None:
        """Apply every job; one that is refused leaves nothing in the transaction."""
        self.keys.recall(transaction, jobs)
        for job in jobs:
            try:
                self.run(transaction, job)
            except DatabaseUnavailable:
                raise
            except LakeError as error:
                self.refused.append((job, error))
        sessions = self._sessions.values()
        transaction.finish(self._snapshots, self._heads(), self.keys.answers, sessions)

    def settle(self) -> None:
        """It is durable: count it, and tell whoever waits."""
        self.count()
        settle([*((job, None) for job in self.done), *self.refused])

    def count(self) -> None:
        """Count what is in PostgreSQL now, and what was refused."""
        counters = self.register.counters
        counters.count_commit(time.perf_counter() - self._began)
        self.register.answers.put(self.keys.answers)
        for row in self._snapshots:
            counters.count_snapshot(row.trigger)
        for event, count in self._events.items():
            counters.count(*event, count)
        for tally, count in self._tallies().items():
            counters.count(*tally, count)

    def _tallies(self) -> Counter[tuple[str, str, Outcome]]:
        """What came of the requests, the parts of sessions apart."""
        tallies: Counter[tuple[str, str, Outcome]] = Counter()
        for job in self.done:
            where = job.space_name, job.endpoint
            if job.endpoint == OPERATIONS:
                continue  # each of its operations is an event
            if job.moment is None:
                tallies[*where, "repeated"] += 1
            elif job.result is not None and job.endpoint != SNAPSHOT:
                if accepted := job.result.accepted:
                    tallies[*where, "accepted"] += accepted
                if unchanged := job.result.unchanged:
                    tallies[*where, "unchanged"] += unchanged
        for job, _ in self.refused:
            tallies[job.space_name, job.endpoint, "refused"] += 1
        return tallies

    def run(self, transaction: Transaction, job: Job) -> None:
        """Apply one job, or answer it as before; raises LakeError where it is refused."""
        if not self.keys.is_repeat(job):
            job.result = self._apply(transaction, job)
            self.keys.remember(job)
        self.done.append(job)

    def _apply(self, transaction: Transaction, job: Job) -> IngestResult:
        if job.endpoint == SNAPSHOT:
            name = job.body.decode()
            space = self.register.spaces.get(name) or self.register.existing(
                transaction.for_queries(), name
            )
            self.touched[name] = space
            snapshot_id = self._snapshot(space, job, job.trigger)
            job.moment = space.clock
            message = MESSAGES[SNAPSHOT]
            return IngestResult(message=message, snapshot_id=snapshot_id, seq=space.scene.seq)
        if job.endpoint == OPERATIONS:
            return self._ingest_part(transaction, job)
        return self._ingest(transaction, job, job.decoded())

    def _ingest(self, transaction: Transaction, job: Job, body: Body) -> IngestResult:
        space = self._space(transaction, job, body)
        scene = space.scene
        before = scene.seq
        try:
            tally = apply_body(scene, body)
        except NotFound:  # refused before the first change
            raise
        except Exception as error:
            raise BrokenScene(job) from error
        job.moment = space.moment(job.moment)
        if changes := scene.take_changes():
            space.log_bytes += transaction.append(space.space_id, before + 1, job.moment, changes)
            space.changed_at = job.moment
            space.newly_seen += [change.kind for change in changes].count(ChangeKind.ENTITY)
            self._notice(scene.space_name, scene.seq, tally.accepted)
        warnings, scene.warnings = scene.warnings, []
        return IngestResult(
            message=MESSAGES[job.endpoint],
            snapshot_id=self._automatic_snapshot(space, job, body),
            accepted=tally.accepted,
            unchanged=tally.unchanged,
            seq=scene.seq,
            warnings=warnings,
        )

    def _notice(self, space_name: str, seq: int, count: int) -> None:
        """Let it be told that a space has grown; what grew by many requests is told once."""
        if self.notices:
            last = self.notices[-1]
            if isinstance(last, Changed) and last.space_name == space_name:
                self.notices.pop()
                count += last.count
        self.notices.append(Changed(space_name, seq, count))

    def _ingest_part(self, transaction: Transaction, job: Job) -> PartResult:
        part, lines = unpack(job.body)
        before = self.register.standing(transaction.for_queries, part.session)
        check_part(part, len(lines), before)
        is_new = part.key and before == Standing() and self.keys.is_free(transaction, part.key)
        operations = decode_all(part, lines)
        self._find_spaces(transaction, operations)
        at, space_of = job.moment or datetime.now(UTC), partial(self._space, transaction, job)
        run = PartRun(transaction, space_of, at, before.position)
        try:
            run.run(part, operations)
        except (DatabaseUnavailable, DatabaseError):
            raise
        except Exception as error:
            raise BrokenScene(job) from error
        standing = before
        if run.position > before.position or (part.ends and not before.ended):
            standing, job.moment = run.standing(part, lines, before), at
            self._keep(part.session, standing)
            if is_new:
                self.keys.take_for_stream(part.key)
        self._events += run.events
        for name, count in run.changed().items():
            self._notice(name, self.touched[name].scene.seq, count)
        return run.result(part.session, standing)

    def _keep(self, session: str, standing: Standing) -> None:
        self.register.sessions.put(session, standing)
        text = msgspec.json.encode(standing).decode()
        self._sessions[session] = SessionRow(session, standing.position, text)

    def _find_spaces(self, transaction: Transaction, operations: Iterable[object]) -> None:
        """Have the spaces of a part at hand; raises DatabaseUnavailable before anything changed."""
        names = {one.body.space_name for one in operations if isinstance(one, Operation)}
        for name in names - self.register.spaces.keys():
            with suppress(WriterElsewhere):  # each operation that needs it is refused
                self.register.find(transaction.for_queries(), name)

    def _space(self, transaction: Transaction, job: Job, body: Body) -> LiveSpace:
        """The space of a request that can take it; made where it is new."""
        name = body.space_name
        space = self.register.spaces.get(name)
        if space is None:
            space = self.register.find(transaction.for_queries(), name)
        job.space_name = name if space else ""
        check_body(space.scene if space else None, body)
        if space is None:
            self._check_room(transaction, job)
            space = self.register.adopt_new(*transaction.create_space(name), name)
            self.notices.append(SpaceCreated(name))
        self.touched[name] = space
        job.space_name = name
        return space

    def _check_room(self, transaction: Transaction, job: Job) -> None:
        """Refuse one more space than there may be; what was accepted while away is let in."""
        most = self.settings.max_spaces
        if not job.delivered and count_spaces(transaction.for_queries()) >= most:
            raise TooLarge(
                f"the lake holds {most} spaces, its limit; raise max_spaces in lake.toml"
            )

    def _automatic_snapshot(self, space: LiveSpace, job: Job, body: Body) -> UUID | None:
        """A snapshot with any large batch, and after enough changes since the last.

        What is delivered from the spool takes those it took then, and no others.
        """
        if takes_snapshot(body):
            return self._snapshot(space, job, "batch")
        is_due = space.is_snapshot_due(self.settings.snapshot_threshold, time.monotonic())
        if job.snapshot_id is not None or (is_due and not job.delivered):
            return self._snapshot(space, job, "threshold")
        return None

    def _snapshot(self, space: LiveSpace, job: Job, trigger: Trigger) -> UUID:
        row, summary = space.snapshot(
            trigger,
            self.settings.snapshot_min_interval,
            snapshot_id=job.snapshot_id,
            at=job.moment,
        )
        self._snapshots.append(row)
        self.notices.append(SnapshotCreated(summary))
        return row.id

    def _heads(self) -> list[Head]:
        """Figures of the spaces that have not told theirs for a while, or must each time."""
        now = time.monotonic()
        with_snapshot = {row.space_id for row in self._snapshots}
        return [
            space.head()
            for space in self.touched.values()
            if space.is_spread or now >= space.head_due_from or space.space_id in with_snapshot
        ]
