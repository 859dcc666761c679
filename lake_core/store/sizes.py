"""How much room the lake takes in PostgreSQL, by table, and where its spaces fell silent."""

from __future__ import annotations

from typing import NamedTuple

from lake_core.store.database import Connection
from lake_core.store.queries import SQL


class TableSize(NamedTuple):
    """One of the lake's tables: bytes on disk with its indexes, and about how many rows."""

    name: str
    size_bytes: int
    rows: int


class Silence(NamedTuple):
    """How often a space was silent for longer than asked for, and how long at most, in seconds."""

    space_name: str
    pauses: int
    longest: float


def table_sizes(connection: Connection) -> list[TableSize]:
    """Every table of the lake, the largest first; partitions count as tables."""
    return [TableSize(*row) for row in connection.execute(SQL["table_sizes"])]


def silences(connection: Connection, seconds: float) -> list[Silence]:
    """Every space, by name: its pauses of more than `seconds` between two snapshots."""
    rows = connection.execute(SQL["silences"], {"seconds": seconds})
    return [Silence(name, count, float(longest)) for name, count, longest in rows]
