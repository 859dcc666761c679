"""Reading and forgetting sessions of operations; their rows are written with the operations."""

from __future__ import annotations

import msgspec

from lake_core.scene.operations import Standing
from lake_core.store.database import Connection
from lake_core.store.queries import SQL

_decode = msgspec.json.Decoder(Standing).decode


def find_session(connection: Connection, session: str) -> Standing | None:
    """What a session has come to; None where nothing of it was ever stored, or long ago."""
    row = connection.execute(SQL["find_session"], {"session": session}).fetchone()
    return _decode(row[0]) if row else None


def forget_sessions(connection: Connection) -> None:
    """Drop sessions that no one has used for two days."""
    connection.execute(SQL["forget_sessions"])
