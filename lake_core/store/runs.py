"""The record of server runs: when each began, was last seen and ended, and what outages it met."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID

from lake_core.store.database import Connection
from lake_core.store.queries import SQL
from lake_core.upkeep.runs import Outage, ServerRun

MOST: Final = 5000
"""So many runs are kept; a server that is started every hour takes half a year for them."""


def keep_run(connection: Connection, run: ServerRun) -> None:
    """Store a run as it is now, with the outages that are new."""
    connection.execute(
        SQL["keep_run"],
        {
            "id": run.id,
            "program": run.program,
            "version": run.version,
            "host": run.host,
            "address": run.address,
            "started_at": run.started_at,
            "seen_at": run.seen_at,
            "ended_at": run.ended_at,
        },
    )
    for outage in run.outages:
        wanted = {"run_id": run.id, "from_at": outage.from_at, "to_at": outage.to_at}
        connection.execute(SQL["keep_outage"], wanted)


def list_runs(connection: Connection, since: datetime | None = None) -> list[ServerRun]:
    """The runs that go on after a time, or all, oldest first; their states are not judged."""
    wanted = {"since": since}
    outages: defaultdict[UUID, list[Outage]] = defaultdict(list)
    for run_id, from_at, to_at in connection.execute(SQL["list_outages"], wanted):
        outages[run_id].append(Outage(from_at=from_at, to_at=to_at))
    return [
        ServerRun(
            id=identifier,
            program=program,
            version=version,
            host=host,
            address=address,
            started_at=started_at,
            seen_at=seen_at,
            ended_at=ended_at,
            outages=outages[identifier],
        )
        for identifier, program, version, host, address, started_at, seen_at, ended_at in (
            connection.execute(SQL["list_runs"], wanted)
        )
    ]


def forget_runs(connection: Connection, most: int = MOST) -> int:
    """Drop runs from before the lake's oldest history, and all but the newest; how many went."""
    return connection.execute(SQL["forget_runs"], {"most": most}).rowcount
