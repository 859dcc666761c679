"""How the address of a PostgreSQL is told to people and programs: without what must stay secret."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lake_core.errors import SettingsError

_PLAIN: Final = re.compile(r"[\w.-]*")
"""What stands in a URL as it is."""


def shown(conninfo: str) -> str:
    """Where an address leads and as whom; raises SettingsError where it is none.

    What cannot be read is not repeated: any part of it may be a password.
    """
    user, host, port, name = _parts(conninfo).values()
    whom = f"{user}@" if user else ""
    return f"postgresql://{whom}{host}{f':{port}' if port else ''}/{name}"


def without_secrets(conninfo: str) -> str:
    """The same address to connect by, for who has the password; raises as `shown`."""
    parts = _parts(conninfo)
    if all(_PLAIN.fullmatch(part) for part in parts.values()):
        return shown(conninfo)
    return make_conninfo(**{name: part for name, part in parts.items() if part})


def with_password(conninfo: str, password: str) -> str:
    """The address with a password, where one is given; raises as `shown`."""
    _parts(conninfo)
    return make_conninfo(conninfo, password=password) if password else conninfo


def _parts(conninfo: str) -> dict[str, str]:
    """User, host, port and database, "" where the address leaves one out."""
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise SettingsError("that is no PostgreSQL address (postgresql://HOST/NAME)") from None
    return {name: str(parts.get(name) or "") for name in ("user", "host", "port", "dbname")}
