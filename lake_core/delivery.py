"""Bringing requests that were answered while PostgreSQL was away to it, each once.

One transaction over many; what breaks it is found by going one by one, and set aside with its
reason. Which requests may go, and in what order, is the shelter's business.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import cast

from lake_core.errors import DatabaseUnavailable, LakeError, WriterElsewhere
from lake_core.group import BrokenScene, Group
from lake_core.jobs import SNAPSHOT, Job
from lake_core.parts import newly_refused
from lake_core.register import SpaceRegister
from lake_core.scene.decode import decode
from lake_core.scene.model import Trigger
from lake_core.scene.operations import OPERATIONS
from lake_core.settings import Settings
from lake_core.store.database import Connection, DatabaseError, SchemaError, translated
from lake_core.store.log import WriteTransaction, moment_of
from lake_core.store.snapshots import find_snapshots
from lake_core.store.spool import Spool, SpoolEntry

_log = logging.getLogger(__name__)


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
        connection = register.connection()
        waiting = [entry for entry in entries if not _has_arrived(connection, entry)]
        identity = spool.identity()
        jobs = [_job(entry, identity) for entry in waiting]
        with translated(), WriteTransaction(connection) as transaction:
            group.write(transaction, jobs)
            for _, refusal in group.refused:
                if isinstance(refusal, WriterElsewhere):  # it was made there just now
                    raise DatabaseUnavailable(str(refusal))
    except DatabaseUnavailable:
        register.forget(group.touched)
        raise
    except SchemaError as error:  # for someone to mend; what was accepted waits for that
        register.forget(group.touched)
        raise DatabaseUnavailable(str(error)) from error
    except (BrokenScene, DatabaseError) as error:
        register.forget(group.touched)
        if len(entries) == 1:
            _set_aside(spool, entries[0], error)
        else:
            for entry in entries:
                deliver(register, settings, spool, [entry])
        return Group(register, settings)
    group.count()
    _set_refused_aside(spool, group, waiting, jobs)
    return group


def _set_refused_aside(
    spool: Spool, group: Group, entries: Sequence[SpoolEntry], jobs: Sequence[Job]
) -> None:
    """Keep what was answered with a success, and is refused after all."""
    refused = {id(job): error for job, error in group.refused}
    for entry, job in zip(entries, jobs, strict=True):
        if (error := refused.get(id(job))) is not None:
            _set_aside(spool, entry, error)
        if lost := newly_refused(job.result, entry.answer):  # all at once: one entry is kept once
            told = "; ".join(f"operation {each.number}: {each.reason}" for each in lost)
            _set_aside(spool, entry, LakeError(told))


def _set_aside(spool: Spool, entry: SpoolEntry, reason: Exception) -> None:
    spool.refuse(entry, str(reason))
    _log.error(
        "a request answered while PostgreSQL was away was refused when it came back, and is "
        "kept in the spool's table `refused` as number %d (see `lake spool`): %s",
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
