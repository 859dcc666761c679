"""From the address of a server to its lake: asks it which that is, and finds the same from here.

A window reads the lake itself and does not go by what a server says alone: both must know of the
same run that goes on. Blocks, so it runs in a worker; knows no window.
"""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from lake_core.chronicle import runs_told_in
from lake_core.client.wire import Refused, Unavailable, Wire, plain_words
from lake_core.errors import InvalidInput, LakeError
from lake_core.settings import Settings
from lake_core.store import conninfo
from lake_core.store.place import holds_lake
from lake_core.upkeep.runs import OVERDUE, ServerRun, share_running
from server.state import LAKE, VERSION, Version, Whereabouts
from studio.attached import runs_path
from studio.lakes import ServedLake, Server, other_lake

Told = TypeVar("Told")

PATIENCE_S: Final = 5.0
UNAUTHORIZED, NOT_FOUND = 401, 404
PAGE: Final = re.compile(
    r"(/(docs|openapi\.json|healthz|readyz|version|metrics)(/.*)?|/eustress/.+)?/*$"
)
"""The end of a path that a server itself answers at, as a browser shows it; not one before it."""
ITSELF: Final = "That is this window itself, which listens there."


class TokenNeeded(LakeError):
    """The server lets in only who has its token."""


class DatabaseNeeded(LakeError):
    """The server's PostgreSQL cannot be opened by what is known of it; `address` is that."""

    def __init__(self, message: str, address: str) -> None:
        super().__init__(message)
        self.address = address


def server_url(typed: str) -> str:
    """The URL that was meant, without a user's name and the page looked at; raises InvalidInput."""
    try:
        parts = urlsplit(typed if "://" in typed else f"http://{typed}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https"):
        raise InvalidInput("That is no server's address: write such as http://127.0.0.1:7000.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{PAGE.sub('', parts.path)}"


def reach(
    server: Server, settings: Settings, database: str = "", own_run: UUID | None = None
) -> ServedLake:
    """Where the lake of a server is opened from here, proved to be the same.

    `database` is the address a person gave, `own_run` that of the server of this process. Raises
    TokenNeeded, DatabaseNeeded, or another LakeError where that server's lake cannot be read from
    here, or is this one's.
    """
    since = datetime.now(UTC) - OVERDUE
    with closing(Wire(server.url, server.token, PATIENCE_S)) as wire:
        told = _ask(wire, server, LAKE, Whereabouts)
        if own_run is not None and told.run == own_run:
            raise LakeError(ITSELF)
        theirs = _ask(wire, server, runs_path(since), list[ServerRun])
    lake = database or _find(server, told, settings)
    try:
        ours = runs_told_in(other_lake(settings, lake), since)
    except LakeError as error:
        if isinstance(lake, Path):
            raise
        raise DatabaseNeeded(
            f"Its PostgreSQL cannot be opened from here: {_reason(error)}. Give the password, or "
            "the address that it has for this machine.",
            told.address or conninfo.without_secrets(lake),
        ) from error
    if not share_running(theirs, ours):
        raise _another(server, told, lake)
    return ServedLake(server, lake)


def _ask(wire: Wire, server: Server, path: str, kind: type[Told]) -> Told:
    try:
        return msgspec.json.decode(wire.send("GET", path), type=kind)
    except Refused as error:
        if error.status == UNAUTHORIZED:
            words = "does not take this token" if server.token else "asks for its token"
            raise TokenNeeded(f"The server at {server.url} {words}.") from error
        if error.status == NOT_FOUND:
            raise LakeError(_unknown(wire, server)) from error
        raise LakeError(f"The server at {server.url} says no: {error.detail}.") from error
    except Unavailable as error:
        if not error.answered:
            why = plain_words(error.__cause__ or error)
            raise LakeError(f"No lake-server answers at {server.url}: {why}.") from error
        if path == LAKE:
            raise LakeError(f"What answers at {server.url} is no lake-server.") from error
        raise LakeError(f"The server at {server.url} cannot be asked now: {error}.") from error
    except msgspec.MsgspecError as error:
        raise LakeError(f"What answers at {server.url} is no lake-server.") from error


def _unknown(wire: Wire, server: Server) -> str:
    """Why a server does not know what it was asked: it is an earlier one, or it is not there."""
    try:
        msgspec.json.decode(wire.send("GET", VERSION), type=Version)
    except (Refused, Unavailable, msgspec.MsgspecError):
        path = urlsplit(server.url).path
        hint = f" Try it without {path}." if path else ""
        return f"What answers at {server.url} is no lake-server.{hint}"
    return f"The server at {server.url} is of an earlier version, which cannot be attached to."


def _find(server: Server, told: Whereabouts, settings: Settings) -> Path | str:
    """By what the server told, or by what this process knows of the same PostgreSQL already."""
    if told.database == "embedded":
        folder = Path(told.data_dir)
        if not _is_here(folder):
            raise LakeError(
                f"The server at {server.url} keeps its lake in a PostgreSQL inside {folder}, which "
                "cannot be reached from here. Open a Studio on its machine, or start that server "
                "with --database-url."
            )
        return folder
    address, known = told.address or "", settings.database_url
    return known if known and conninfo.without_secrets(known) == address else address


def _is_here(folder: Path) -> bool:
    """Whether an embedded PostgreSQL is there already: none is to be made."""
    try:
        return holds_lake(folder)
    except OSError:
        return False


def _reason(error: LakeError) -> str:
    """Why, of all that the driver says: the address is read beside it."""
    line = str(error).split("\n", 1)[0].rpartition(" failed: ")[2]
    return line.removeprefix("FATAL:").removeprefix("fe_sendauth:").strip().rstrip(".")


def _another(server: Server, told: Whereabouts, lake: Path | str) -> LakeError:
    if isinstance(lake, Path):
        return LakeError(
            f"{lake} on this machine holds another lake than the server at {server.url} serves."
        )
    return DatabaseNeeded(
        f"{conninfo.shown(lake)} holds another lake than the server at {server.url} serves, as "
        "seen from here.",
        told.address or conninfo.without_secrets(lake),
    )
