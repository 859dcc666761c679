"""Bringing requests that were answered while PostgreSQL was away to it, each once.

One transaction over many; what breaks it is found by going one by one, and set aside with its
reason. What is refused is so for good: the reason is stored with the rows of those that are not,
or a second delivery, after a crash, might take it behind what came after it. Which requests may
go, and in what order, is the shelter's business.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import cast

import msgspec

from lake_core.errors import DatabaseUnavailable, WriterElsewhere
from lake_core.group import BrokenScene, Group
from lake_core.jobs import SNAPSHOT, Job
from lake_core.parts import newly_refused
from lake_core.register import SpaceRegister
from lake_core.scene.decode import decode
from lake_core.scene.model import Trigger
from lake_core.scene.operations import OPERATIONS
from lake_core.settings import Settings
from lake_core.store.database import Connection, DatabaseError, SchemaError, translated
from lake_core.store.log import Answer, WriteTransaction, moment_of
from lake_core.store.snapshots import find_snapshots
from lake_core.store.spool import Spool, SpoolEntry

_log = logging.getLogger(__name__)

Reasons = dict[int, str]
"""Why entries were refused, by their numbers."""


def deliver(
    register: SpaceRegister, settings: Settings, spool: Spool, entries: Sequence[SpoolEntry]
) -> Group:
    """Bring entries of a spool to PostgreSQL; raises DatabaseUnavailable with none of them there.

    They are still to be removed from the spool; a second delivery does nothing.
    """
    group = Group(register, settings)
    if not entries:
        return group
    try:
        with translated(), WriteTransaction(register.connection()) as transaction:
            reasons = _write(transaction, group, spool.identity(), entries)
    except DatabaseUnavailable:
        register.forget(group.touched)
        raise
    except SchemaError as error:  # for someone to mend; what was accepted waits for that
        register.forget(group.touched)
        raise DatabaseUnavailable(str(error)) from error
    except (BrokenScene, DatabaseError) as error:
        register.forget(group.touched)
        if len(entries) > 1:
            return _one_by_one(register, settings, spool, entries)
        _refuse(register, spool, entries[0], str(error.__cause__ or error))
        return Group(register, settings)
    group.count()
    _set_aside(spool, entries, reasons)
    return group


def _one_by_one(
    register: SpaceRegister, settings: Settings, spool: Spool, entries: Sequence[SpoolEntry]
) -> Group:
    """A transaction for each; a group that tells of all of them."""
    told = Group(register, settings)
    for entry in entries:
        group = deliver(register, settings, spool, [entry])
        told.notices += group.notices
        told.touched |= group.touched
    return told


def _write(
    transaction: WriteTransaction, group: Group, spool: str, entries: Sequence[SpoolEntry]
) -> Reasons:
    """Hand entries to a transaction; why some are refused, by it or by one that was before."""
    before = _refused_before(transaction, spool, entries)
    connection = transaction.for_queries()
    waiting = [
        entry
        for entry in entries
        if entry.number not in before and not _has_arrived(connection, entry)
    ]
    jobs = [_job(entry, spool) for entry in waiting]
    group.write(transaction, jobs)
    for _, refusal in group.refused:
        if isinstance(refusal, WriterElsewhere):  # it was made there just now
            raise DatabaseUnavailable(str(refusal))
    now = _refused_now(group, waiting, jobs)
    _store(transaction, spool, waiting, now)
    return before | now


def _refused_now(group: Group, entries: Sequence[SpoolEntry], jobs: Sequence[Job]) -> Reasons:
    """What was answered with a success, and is refused after all."""
    refused = {id(job): str(error) for job, error in group.refused}
    reasons = {}
    for entry, job in zip(entries, jobs, strict=True):
        if (reason := refused.get(id(job))) is not None:
            reasons[entry.number] = reason
        if lost := newly_refused(job.result, entry.answer):  # all at once: one entry is kept once
            told = "; ".join(f"operation {each.number}: {each.reason}" for each in lost)
            reasons[entry.number] = told
    return reasons


def _refused_before(
    transaction: WriteTransaction, spool: str, entries: Sequence[SpoolEntry]
) -> Reasons:
    """What a delivery refused that ended before it had set these aside, or heard of its commit."""
    numbers = {_refusal_key(spool, entry): entry.number for entry in entries}
    found = transaction.find_answers(list(numbers))
    return {numbers[key]: msgspec.json.decode(reason) for key, (_, reason) in found.items()}


def _store(
    transaction: WriteTransaction, spool: str, entries: Sequence[SpoolEntry], reasons: Reasons
) -> None:
    answers = [
        Answer(
            _refusal_key(spool, entry),
            entry.body_hash,
            msgspec.json.encode(reasons[entry.number]).decode(),
        )
        for entry in entries
        if entry.number in reasons
    ]
    transaction.finish([], [], answers)


def _refuse(register: SpaceRegister, spool: Spool, entry: SpoolEntry, reason: str) -> None:
    """Refuse one that broke the transaction it was alone in."""
    reasons = {entry.number: reason}
    with translated(), WriteTransaction(register.connection()) as transaction:
        _store(transaction, spool.identity(), [entry], reasons)
    _set_aside(spool, [entry], reasons)


def _set_aside(spool: Spool, entries: Sequence[SpoolEntry], reasons: Reasons) -> None:
    for entry in entries:
        if (reason := reasons.get(entry.number)) is not None:
            spool.refuse(entry, reason)
            _log.error(
                "a request answered while PostgreSQL was away was refused when it came back, and "
                "is kept in the spool's table `refused` as number %d (see `lake spool`): %s",
                entry.number,
                reason,
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


def _refusal_key(spool: str, entry: SpoolEntry) -> str:
    """Not the request's own key, under which an engine may send it again, and see it taken."""
    return f"refused:{spool}:{entry.number}"


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
