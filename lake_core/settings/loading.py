"""Where settings come from: flags, then environment, then `lake.toml`, then defaults.

Owns the precedence, and the checks of settings against each other.
"""

from __future__ import annotations

import argparse
import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from lake_core.errors import SettingsError
from lake_core.settings.model import CONFIG_NAME, LOG_LEVELS, Settings, default_data_dir
from lake_core.settings.values import READERS, Sourced


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


def load_settings(
    flags: Mapping[str, object], environ: Mapping[str, str], *, with_file: bool = True
) -> Settings:
    """The settings in force for one process.

    Args:
        flags: By setting name, as `vars(parser.parse_args())` gives them. None means not given;
            names that are not settings are left alone, for they are the command's own.
        environ: The environment; an empty variable counts as unset.
        with_file: Read `lake.toml`, too.

    Raises:
        SettingsError: A value cannot be used; the message names its flag, variable or file.
    """
    given = _from_flags(flags) | _from_environment(environ, flags)
    data_dir = _data_dir(given)
    sourced = (_from_file(data_dir / CONFIG_NAME) if with_file else {}) | given
    values = {name: READERS[name](raw) for name, raw in sourced.items()}
    settings = Settings(**(values | {"data_dir": data_dir}))  # type: ignore[arg-type]
    _refuse_open_host(settings, sourced)
    _refuse_small_queue(settings, sourced)
    return settings


def config_file(flags: Mapping[str, object], environ: Mapping[str, str]) -> Path:
    """Where `lake.toml` is looked for; raises SettingsError where no data directory is named."""
    return _data_dir(_from_flags(flags) | _from_environment(environ, flags)) / CONFIG_NAME


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


def _from_flags(flags: Mapping[str, object]) -> dict[str, Sourced]:
    names = [setting.name for setting in fields(Settings)]
    return {
        name: Sourced(flags[name], f"--{name.replace('_', '-')}")
        for name in names
        if flags.get(name) not in (None, "", False)
    }


def _from_environment(
    environ: Mapping[str, str], flags: Mapping[str, object]
) -> dict[str, Sourced]:
    return {
        name: Sourced(environ[variable], variable)
        for name, variable in _ENVIRONMENT.items()
        if environ.get(variable) and flags.get(name) in (None, "")
    }


def _from_file(path: Path) -> dict[str, Sourced]:
    table = _parse(path)
    known = {setting.name for setting in fields(Settings)} - _NOT_IN_FILE.keys()
    for name in table:
        if name in _NOT_IN_FILE:
            raise SettingsError(f"{path}: {name} cannot be set here: {_NOT_IN_FILE[name]}")
        if name not in known:
            raise SettingsError(f"{path}: unknown key {name!r}; known: {', '.join(sorted(known))}")
    return {name: Sourced(value, f"{path}: {name}") for name, value in table.items()}


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


def _data_dir(given: Mapping[str, Sourced]) -> Path:
    if "data_dir" not in given:
        return default_data_dir()
    data_dir = READERS["data_dir"](given["data_dir"])
    if not isinstance(data_dir, Path):  # the table of readers says so; this tells the checker
        raise TypeError(data_dir)
    return data_dir


def _refuse_open_host(settings: Settings, sourced: Mapping[str, Sourced]) -> None:
    if settings.token is None and not is_loopback(settings.host):
        raise SettingsError(
            f"{sourced['host'].source}: other machines can reach {settings.host}, so a token is "
            "required: give --token or LAKE_TOKEN, or listen on 127.0.0.1"
        )


def _refuse_small_queue(settings: Settings, sourced: Mapping[str, Sourced]) -> None:
    if settings.queue_bytes < settings.max_body_bytes:
        at_fault = sourced.get("queue_bytes") or sourced["max_body_bytes"]
        raise SettingsError(
            f"{at_fault.source}: queue_bytes ({settings.queue_bytes}) is less than max_body_bytes "
            f"({settings.max_body_bytes}), so the largest body could never be taken"
        )
