"""Where the lake's settings come from: flags, then environment, then `lake.toml`, then defaults.

Owns the names, the defaults and the checks of every setting, and says of a bad value where it
came from. It must not know what the settings are used for: it opens no database and no port.
"""

from __future__ import annotations

import argparse
import ipaddress
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import platformdirs

from lake_core.errors import SettingsError

MIB = 1024 * 1024
LOG_LEVELS = ("debug", "info", "warning", "error")
CONFIG_NAME = "lake.toml"


def default_data_dir() -> Path:
    """The platform's user data directory for the lake; not created here."""
    return Path(platformdirs.user_data_dir("eustress-lake", appauthor=False))


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs the lake. `repr` leaves out what is secret.

    Args:
        data_dir: Holds the embedded database, `lake.toml` and whatever else must outlive a run.
        database_url: A PostgreSQL 15 or newer to use in place of the embedded one.
        token: What a client must present; required where `host` is not loopback.
        demo: Play the bundled demo scene into the space `demo`.
        snapshot_threshold: Changes of a space after which a snapshot is due.
        snapshot_min_interval: Seconds that two automatic snapshots of a space are apart at least.
        log_json: Log lines are JSON objects.
        database_patience: Seconds that PostgreSQL may take over one piece of work until its
            line is cut and changes go to the spool.
        max_spaces: Limit of how many spaces the lake holds.
        read_timeout: Seconds that a client may take to go on with what it sends, or to read on.
        idle_timeout: Seconds until a connection on which nothing is asked is closed.
        max_body_bytes: Limit of one request's decompressed body.
        max_line_bytes: Limit of one line of a stream and of one frame of a socket.
        queue_bytes: Limit of what waits in memory to be written.
        spool_bytes: Limit of what is kept on disk while PostgreSQL is away.
    """

    host: str = "127.0.0.1"
    port: int = 7000
    data_dir: Path = field(default_factory=default_data_dir)
    database_url: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    demo: bool = False
    log_level: str = "info"
    log_json: bool = False
    snapshot_threshold: int = 100
    snapshot_min_interval: float = 1.0
    database_patience: float = 30.0
    max_spaces: int = 10_000
    read_timeout: float = 30.0
    idle_timeout: float = 75.0
    max_body_bytes: int = 64 * MIB
    max_line_bytes: int = MIB
    queue_bytes: int = 256 * MIB
    spool_bytes: int = 1024 * MIB


@dataclass(frozen=True, slots=True)
class _Sourced:
    """A raw value and the place it was written, for the message if it is bad."""

    value: object
    source: str

    def bad(self, must_be: str) -> SettingsError:
        return SettingsError(f"{self.source}: {self.value!r} is not {must_be}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every command of ours shares; one that is not given stays None."""
    group = parser.add_argument_group("lake")
    group.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    group.add_argument("--port", help="port to listen on; 0 picks a free one (default 7000)")
    group.add_argument("--data-dir", help="where the lake is kept")
    group.add_argument("--database-url", help="use this PostgreSQL in place of the embedded one")
    group.add_argument("--token", help="what clients must present; required beyond loopback")
    group.add_argument("--log-level", help=f"one of {', '.join(LOG_LEVELS)} (default info)")
    group.add_argument(
        "--log-json", action="store_const", const=True, help="log lines are JSON objects"
    )
    group.add_argument(
        "--demo", action="store_const", const=True, help="play the demo scene into space 'demo'"
    )


def load_settings(flags: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings in force for one process.

    Args:
        flags: By setting name, as `vars(parser.parse_args())` gives them. None means not given;
            names that are not settings are left alone, for they are the command's own.
        environ: The environment; an empty variable counts as unset.

    Raises:
        SettingsError: A value cannot be used; the message names its flag, variable or file.
    """
    given = _from_flags(flags) | _from_environment(environ, flags)
    data_dir = _read("data_dir", given, default_data_dir)
    if not isinstance(data_dir, Path):  # the table of readers says so; this tells the checker
        raise TypeError(data_dir)
    sourced = _from_file(data_dir / CONFIG_NAME) | given
    values = {name: _READERS[name](raw) for name, raw in sourced.items()}
    settings = Settings(**(values | {"data_dir": data_dir}))  # type: ignore[arg-type]
    _refuse_open_host(settings, sourced)
    _refuse_small_queue(settings, sourced)
    return settings


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_ENVIRONMENT = {
    "host": "LAKE_HOST",
    "port": "LAKE_PORT",
    "data_dir": "LAKE_DATA_DIR",
    "database_url": "DATABASE_URL",
    "token": "LAKE_TOKEN",
    "log_level": "LAKE_LOG_LEVEL",
    "log_json": "LAKE_LOG_JSON",
}
# Not in the file: the directory the file lies in, and what one run is asked to do.
_NOT_IN_FILE = {"data_dir": "it is where this file lies", "demo": "use --demo"}


def _from_flags(flags: Mapping[str, object]) -> dict[str, _Sourced]:
    names = [setting.name for setting in fields(Settings)]
    return {
        name: _Sourced(flags[name], f"--{name.replace('_', '-')}")
        for name in names
        if flags.get(name) not in (None, "", False)
    }


def _from_environment(
    environ: Mapping[str, str], flags: Mapping[str, object]
) -> dict[str, _Sourced]:
    return {
        name: _Sourced(environ[variable], variable)
        for name, variable in _ENVIRONMENT.items()
        if environ.get(variable) and flags.get(name) in (None, "")
    }


def _from_file(path: Path) -> dict[str, _Sourced]:
    table = _parse(path)
    known = {setting.name for setting in fields(Settings)} - _NOT_IN_FILE.keys()
    for name in table:
        if name in _NOT_IN_FILE:
            raise SettingsError(f"{path}: {name} cannot be set here: {_NOT_IN_FILE[name]}")
        if name not in known:
            raise SettingsError(f"{path}: unknown key {name!r}; known: {', '.join(sorted(known))}")
    return {name: _Sourced(value, f"{path}: {name}") for name, value in table.items()}


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise SettingsError(f"the data directory {path.parent} is a file") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # bad TOML and bad UTF-8 alike
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _read(name: str, given: Mapping[str, _Sourced], default: Callable[[], object]) -> object:
    return _READERS[name](given[name]) if name in given else default()


def _text(raw: _Sourced) -> str:
    if not isinstance(raw.value, str) or not raw.value.strip():
        raise raw.bad("a text")
    return raw.value.strip()


def _integer(raw: _Sourced, must_be: str, least: int, most: int | None = None) -> int:
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


def _port(raw: _Sourced) -> int:
    return _integer(raw, "a port: a whole number from 0 to 65535", 0, 65535)


def _count(raw: _Sourced) -> int:
    return _integer(raw, "a whole number above 0", 1)


def _seconds(raw: _Sourced) -> float:
    value = raw.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise raw.bad("a number of seconds")
    if not math.isfinite(value) or value < 0:
        raise raw.bad("a number of seconds, 0 or more")
    return float(value)


def _waiting_time(raw: _Sourced) -> float:
    value = _seconds(raw)
    if value == 0:
        raise raw.bad("a number of seconds above 0")
    return value


def _switch(raw: _Sourced) -> bool:
    if isinstance(raw.value, bool):
        return raw.value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if not isinstance(raw.value, str) or raw.value.strip().lower() not in words:
        raise raw.bad("true or false")
    return words[raw.value.strip().lower()]


def _directory(raw: _Sourced) -> Path:
    if not isinstance(raw.value, str | Path):
        raise raw.bad("a directory")
    try:
        path = Path(raw.value).expanduser().absolute()
    except RuntimeError as error:  # "~nobody-known/…"
        raise SettingsError(f"{raw.source}: {error}") from error
    if path.exists() and not path.is_dir():
        raise raw.bad("a directory but a file")
    return path


def _database_url(raw: _Sourced) -> str:
    url = _text(raw)
    if not url.startswith(("postgresql://", "postgres://")) and "=" not in url:
        # The value itself stays out of the message: it may hold a password.
        raise SettingsError(f"{raw.source}: not a PostgreSQL address (postgresql://HOST/NAME)")
    return url


def _log_level(raw: _Sourced) -> str:
    level = _text(raw).lower()
    if level not in LOG_LEVELS:
        raise raw.bad(f"one of {', '.join(LOG_LEVELS)}")
    return level


_READERS: dict[str, Callable[[_Sourced], object]] = {
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


def _refuse_open_host(settings: Settings, sourced: Mapping[str, _Sourced]) -> None:
    if settings.token is None and not is_loopback(settings.host):
        raise SettingsError(
            f"{sourced['host'].source}: other machines can reach {settings.host}, so a token is "
            "required: give --token or LAKE_TOKEN, or listen on 127.0.0.1"
        )


def _refuse_small_queue(settings: Settings, sourced: Mapping[str, _Sourced]) -> None:
    if settings.queue_bytes < settings.max_body_bytes:
        at_fault = sourced.get("queue_bytes") or sourced["max_body_bytes"]
        raise SettingsError(
            f"{at_fault.source}: queue_bytes ({settings.queue_bytes}) is less than max_body_bytes "
            f"({settings.max_body_bytes}), so the largest body could never be taken"
        )
