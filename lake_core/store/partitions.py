"""Partitions of the log ahead of need, here and on the other servers of a lake that is spread.

Knows when they are made and of whom that is asked; how it is done is SQL.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

import psycopg

from lake_core.store.database import Connection
from lake_core.store.queries import SQL

_log = logging.getLogger(__name__)

MONTHS_AHEAD: Final = 2


def make_partitions(connection: Connection, today: datetime | None = None) -> int:
    """Leaves for the months to come, and for what fell between them; how many were made.

    A transaction for each bucket and month that had waited, each of which gives way to whoever
    reads or writes: what it could not do a later call does. Several servers may call it at once.
    """
    wanted = {"ahead": MONTHS_AHEAD, "today": today}
    made = 0
    for (bucket,) in connection.execute(SQL["buckets"]).fetchall():
        while row := connection.execute(SQL["make_leaves"], wanted | {"bucket": bucket}).fetchone():
            made += int(row[0])
            if not row[0]:
                break
    return made


def make_partitions_elsewhere(connection: Connection) -> int:
    """The same on each server that has a bucket of the log, where `dblink` is installed here."""
    made = 0
    for (server,) in connection.execute(SQL["servers_of_the_log"]).fetchall():
        wanted = {"server": server}
        try:
            while row := connection.execute(SQL["make_leaves_elsewhere"], wanted).fetchone():
                made += int(row[0])
                if not row[0]:
                    break
        except psycopg.Error as error:
            _log.warning("the partitions on server %s wait: %s", server, error)
    return made
