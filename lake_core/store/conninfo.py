"""How the address of a PostgreSQL is told to people: without what must stay secret."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from lake_core.errors import SettingsError


def shown(conninfo: str) -> str:
    """Where an address leads and as whom; raises SettingsError where it is none.

    What cannot be read is not repeated: any part of it may be a password.
    """
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise SettingsError("that is no PostgreSQL address (postgresql://HOST/NAME)") from None
    user, host, port, name = (parts.get(part) for part in ("user", "host", "port", "dbname"))
    whom = f"{user}@" if user else ""
    return f"postgresql://{whom}{host or ''}{f':{port}' if port else ''}/{name or ''}"
