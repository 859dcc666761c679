"""What happens to requests while PostgreSQL is away, and when it is back.

Away: a request is applied to the scene in memory, if its space is there, and rests fsynced in
the spool with its answer. Back: the spool is delivered in order, each request once, before
anything newer is written. Belongs to the lake thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, cast
from uuid import UUID, uuid4

import msgspec

from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.group import MESSAGES, BrokenScene, Group, takes_snapshot
from lake_core.jobs import SNAPSHOT, Job
from lake_core.parts import newly_refused, taken_unchecked
from lake_core.register import SpaceRegister
from lake_core.scene.decode import BatchBody, check_space_name, decode
from lake_core.scene.model import IngestResult, Trigger
from lake_core.scene.operations import (
    OPERATIONS,
    PartResult,
    Standing,
    space_names,
    unpack,
)
from lake_core.settings import Settings
from lake_core.store.database import Connection, DatabaseError, translated
from lake_core.store.log import (
    WriteTransaction,
    moment_of,
)
from lake_core.store.snapshots import find_snapshots
from lake_core.store.spool import Spool, SpoolEntry
from lake_core.transaction import NoTransaction

_log = logging.getLogger(__name__)

_PER_DELIVERY: Final = 500
_part_result = msgspec.json.Decoder(PartResult)
_UNCHECKED: Final = (
    "PostgreSQL is away: the request is kept in the spool and not yet held against its scene"
)


class Shelter:
    """The spool's keeper; what rests there is delivered while the register says so."""

    def __init__(self, register: SpaceRegister, settings: Settings) -> None:
        self._register = register
        self._settings = settings
        self._folder = settings.data_dir / "spool"
        self._spool: Spool | None = None
        self._standings: dict[str, Standing] | None = None  # of sessions some of which rests here

    @property
    def count(self) -> int:
        """How many requests rest here."""
        return self._spool.count if self._spool is not None else 0

    def open(self) -> Spool:
        """The spool; made, or taken over from a process that ended, when first asked for."""
        if self._spool is None:
            self._spool = Spool.open(self._folder, self._settings.spool_bytes)
        return self._spool

    def standing(self, session: str) -> Standing | None:
        """Where a session of operations stands by what rests here; None where nothing does."""
        spool = self.open()
        if not spool.count:
            self._standings = {}
        elif self._standings is None:  # left by a process that ended
            said = map(_part_result.decode, spool.answers(OPERATIONS))
            self._standings = {result.session: result.standing for result in said}
        return self._standings.get(session) if self._standings else None

    def close(self) -> None:
        """Let go; what rests here is delivered by the next start."""
        if self._spool is not None:
            self._spool.close()

    def take(self, jobs: Sequence[Job], interrupted: Group | None) -> Group:
        """Make jobs durable here and settle them.

        `interrupted` is the group in whose commit PostgreSQL went: its jobs are applied, and
        may or may not have arrived. Returns the group of what was applied now.
        """
        spool = self.open()
        nothing = NoTransaction(spool)
        group = Group(self._register, self._settings)
        group.recall(nothing, jobs)
        applied = {id(job) for job in interrupted.done} if interrupted else set()
        refused = {id(job): error for job, error in interrupted.refused} if interrupted else {}
        entries = []
        for job in jobs:
            is_doubtful = id(job) in applied
            try:
                if error := refused.get(id(job)):  # by a scene that has moved on since
                    raise error
                if not is_doubtful:
                    self._run(group, nothing, job)
            except LakeError as error:
                job.settle(error)
                continue
            if job.moment is not None:  # it is no repeat
                entries.append(_entry(job, is_doubtful))
        spool.append(entries)
        for job in jobs:
            self._note(job)
            job.settle()
        return group

    def deliver(self) -> Group | None:
        """Bring the oldest requests to PostgreSQL; None where none is left.

        Raises DatabaseUnavailable with all of them still here.
        """
        spool = self.open()
        entries = spool.first(_PER_DELIVERY)
        if not entries and (leftover := self._take_over()) is not None:
            spool, entries = leftover, leftover.first(_PER_DELIVERY)
        if not entries:
            self._standings = {}  # from here on PostgreSQL knows better
            return None
        group = self._deliver(entries)
        spool.remove(entries)
        return group

    def _take_over(self) -> Spool | None:
        """The spool of one more process that ended, in place of ours, which is empty."""
        found = Spool.leftover(self._folder, self._settings.spool_bytes)
        if found is not None:
            self.close()
            self._spool, self._standings = found, None
        return found

    def _run(self, group: Group, nothing: NoTransaction, job: Job) -> None:
        if not self._register.delivering:
            try:
                group.run(nothing, job)
            except DatabaseUnavailable:
                pass  # its space is not in memory
            except BrokenScene as broken:
                self._register.forget(group.touched)
                raise LakeError("this request could not be applied") from broken
            else:
                return
        if job.endpoint == OPERATIONS:
            self._take_part(job)
        elif not group.is_repeat(job):
            _answer_unchecked(job)

    def _note(self, job: Job) -> None:
        """Know of the session of a part that rests here now."""
        if isinstance(job.result, PartResult) and job.moment is not None:
            self.standing("")  # have them at hand
            if self._standings is not None:
                self._standings[job.result.session] = job.result.standing

    def _take_part(self, job: Job) -> None:
        """Answer a part one of whose scenes, or whose session, is out of reach.

        The scenes of it that memory has are behind from here on, and so are given up.
        """
        part, _ = unpack(job.body)
        sessions = self._register.sessions
        before = self.standing(part.session)
        if before is None:
            with suppress(DatabaseUnavailable):
                before = self._register.standing(self._register.connection, part.session)
        job.result = result = taken_unchecked(job.body, _UNCHECKED, before)
        if result.standing == before:
            return  # a repeat: nothing of it is kept
        job.moment = datetime.now(UTC)
        if not self._register.delivering:  # then memory is what has been delivered
            sessions.put(part.session, result.standing)
            for name in space_names(job.body):
                self._register.spaces.pop(name, None)

    def _deliver(self, entries: Sequence[SpoolEntry]) -> Group:
        """One transaction over entries; where one of them breaks it, one by one."""
        group = Group(self._register, self._settings)
        try:
            connection = self._register.connection()
            waiting = [entry for entry in entries if not _has_arrived(connection, entry)]
            jobs = [_job(entry, self.open().identity()) for entry in waiting]
            with translated(), WriteTransaction(connection) as transaction:
                group.write(transaction, jobs)
        except DatabaseUnavailable:
            self._register.forget(group.touched)
            raise
        except (BrokenScene, DatabaseError) as error:
            self._register.forget(group.touched)
            if len(entries) == 1:
                self._set_aside(entries[0], error)
            else:
                for entry in entries:
                    self._deliver([entry])
            return Group(self._register, self._settings)
        group.count()
        for job, refusal in group.refused:
            self._set_aside(waiting[jobs.index(job)], refusal)
        for entry, job in zip(waiting, jobs, strict=True):
            for lost in newly_refused(job.result, entry.answer):
                self._set_aside(entry, LakeError(f"operation {lost.number}: {lost.reason}"))
        return group

    def _set_aside(self, entry: SpoolEntry, reason: Exception) -> None:
        self.open().refuse(entry, str(reason))
        _log.error(
            "a request answered while PostgreSQL was away was refused when it came back, and is "
            "kept in the spool's table `refused` as number %d: %s",
            entry.number,
            reason,
        )


def _entry(job: Job, is_doubtful: bool) -> SpoolEntry:
    assert job.result is not None  # it was applied, or answered unchecked
    assert job.moment is not None
    return SpoolEntry(
        endpoint=job.endpoint,
        body=job.body,
        key=job.key,
        body_hash=job.body_hash(),
        trigger=job.trigger,
        recorded_at=job.moment,
        snapshot_id=job.result.snapshot_id,
        answer=msgspec.json.encode(job.result).decode(),
        doubtful_seq=job.result.seq if is_doubtful else None,
    )


def _job(entry: SpoolEntry, spool: str) -> Job:
    """The request again; its key makes a second delivery, after a crash, do nothing."""
    return Job(
        endpoint=entry.endpoint,
        body=entry.body,
        key=entry.key or f"spool:{spool}:{entry.number}",
        trigger=cast("Trigger", entry.trigger),
        moment=entry.recorded_at,
        snapshot_id=entry.snapshot_id,
        said=entry.answer,
        delivered=True,
    )


def _answer_unchecked(job: Job) -> None:
    """Answer a request whose scene is out of reach: its shape is checked, the rest is not."""
    snapshot_id: UUID | None = None
    accepted = 0
    if job.endpoint == SNAPSHOT:
        check_space_name(job.body.decode())
        snapshot_id = uuid4()
    else:
        body = decode(job.endpoint, job.body)
        accepted = len(body) if isinstance(body, BatchBody) else 1
        snapshot_id = uuid4() if takes_snapshot(body) else None
    job.moment = datetime.now(UTC)
    job.result = IngestResult(
        message=MESSAGES[job.endpoint],
        snapshot_id=snapshot_id,
        accepted=accepted,
        warnings=[_UNCHECKED],
    )


def _has_arrived(connection: Connection, entry: SpoolEntry) -> bool:
    """Whether an entry whose commit was under way when PostgreSQL went did get through."""
    if entry.doubtful_seq is None or entry.endpoint == OPERATIONS:
        return False  # a part's session tells, when it is applied
    with translated():
        if entry.snapshot_id and find_snapshots(connection, [entry.snapshot_id]):
            return True
        name = (
            entry.body.decode()
            if entry.endpoint == SNAPSHOT
            else decode(entry.endpoint, entry.body).space_name
        )
        # Moments are given once, to the microsecond: the same one at the same place is our row.
        return moment_of(connection, name, entry.doubtful_seq) == entry.recorded_at
