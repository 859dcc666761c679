"""What a raw value of a setting may be, whether a flag, a variable or a file says it.

Owns the checks of each setting by itself, and says of a bad value where it was written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lake_core.errors import SettingsError
from lake_core.settings.model import LOG_LEVELS


@dataclass(frozen=True, slots=True)
class Sourced:
    """A raw value and the place it was written, for the message if it is bad."""

    value: object
    source: str

    def bad(self, must_be: str) -> SettingsError:
        """What is said of a value that cannot be used."""
        return SettingsError(f"{self.source}: {self.value!r} is not {must_be}")


def _text(raw: Sourced) -> str:
    if not isinstance(raw.value, str) or not raw.value.strip():
        raise raw.bad("a text")
    return raw.value.strip()


def _integer(raw: Sourced, must_be: str, least: int, most: int | None = None) -> int:
    value = raw.value
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            raise raw.bad(must_be) from None
    if not isinstance(value, int) or isinstance(value, bool):
        raise raw.bad(must_be)
    if value < least or (most is not None and value > most):
        raise raw.bad(must_be)
    return value


def _port(raw: Sourced) -> int:
    return _integer(raw, "a port: a whole number from 0 to 65535", 0, 65535)


def _count(raw: Sourced) -> int:
    return _integer(raw, "a whole number above 0", 1)


def _seconds(raw: Sourced) -> float:
    value = raw.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise raw.bad("a number of seconds")
    if not math.isfinite(value) or value < 0:
        raise raw.bad("a number of seconds, 0 or more")
    return float(value)


def _waiting_time(raw: Sourced) -> float:
    value = _seconds(raw)
    if value == 0:
        raise raw.bad("a number of seconds above 0")
    return value


def _switch(raw: Sourced) -> bool:
    if isinstance(raw.value, bool):
        return raw.value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if not isinstance(raw.value, str) or raw.value.strip().lower() not in words:
        raise raw.bad("true or false")
    return words[raw.value.strip().lower()]


def _directory(raw: Sourced) -> Path:
    if not isinstance(raw.value, str | Path):
        raise raw.bad("a directory")
    try:
        path = Path(raw.value).expanduser().absolute()
    except RuntimeError as error:  # "~nobody-known/…"
        raise SettingsError(f"{raw.source}: {error}") from error
    if path.exists() and not path.is_dir():
        raise raw.bad("a directory but a file")
    return path


def _database_url(raw: Sourced) -> str:
    url = _text(raw)
    if not url.startswith(("postgresql://", "postgres://")) and "=" not in url:
        # The value itself stays out of the message: it may hold a password.
        raise SettingsError(f"{raw.source}: not a PostgreSQL address (postgresql://HOST/NAME)")
    return url


def _log_level(raw: Sourced) -> str:
    level = _text(raw).lower()
    if level not in LOG_LEVELS:
        raise raw.bad(f"one of {', '.join(LOG_LEVELS)}")
    return level


READERS: dict[str, Callable[[Sourced], object]] = {
    "host": _text,
    "port": _port,
    "data_dir": _directory,
    "database_url": _database_url,
    "token": _text,
    "demo": lambda raw: bool(raw.value),
    "log_level": _log_level,
    "log_json": _switch,
    "snapshot_threshold": _count,
    "snapshot_min_interval": _seconds,
    "database_patience": _waiting_time,
    "max_spaces": _count,
    "read_timeout": _waiting_time,
    "idle_timeout": _waiting_time,
    "max_body_bytes": _count,
    "max_line_bytes": _count,
    "queue_bytes": _count,
    "spool_bytes": _count,
}
"""By the name of the setting: its value out of a raw one; each raises SettingsError."""
