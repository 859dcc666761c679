"""Which lakes a person has opened, and how another one is opened.

A lake is a data directory with its embedded PostgreSQL, or a PostgreSQL by its address; a server
may write it that the window attaches to. Addresses of a PostgreSQL are not remembered: they may
hold a password. Nor are tokens. Knows values; knows no window.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lake_core.settings import Settings
from studio.memory import Shelf, own_folder

MOST: Final = 8
FOLDERS: Final = "folders"
SERVERS: Final = "servers"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that a person has the window attach to, and the token it asks for."""

    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ServedLake:
    """A server, and where its lake is opened from here: a data directory or an address."""

    server: Server
    lake: Path | str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """A lake as it is opened: under which settings, attached to which server.

    `before` is what was open before the window attached to one.
    """

    settings: Settings
    server: Server | None = None
    before: Visit | None = None

    @property
    def own(self) -> Settings:
        """The settings of the last lake that was not a server's: what is opened next is by them."""
        return self.before.settings if self.before is not None else self.settings

    def to(self, wanted: Wanted) -> Visit:
        """What comes after this one."""
        if isinstance(wanted, Visit):
            return wanted
        if isinstance(wanted, ServedLake):
            before = self.before or Visit(replace(self.settings, demo=False))  # it was played
            return Visit(other_lake(self.own, wanted.lake), wanted.server, before)
        return Visit(other_lake(self.own, wanted))


Wanted = Path | str | ServedLake | Visit
"""A data directory, the address of a PostgreSQL, a server to attach to, or what was before."""


def recent_file() -> Path:
    """Where the list of lakes is kept for this person."""
    return own_folder() / "recent.ini"


class RecentLakes:
    """The data directories opened last and the servers attached to, the newest first."""

    def __init__(self, file: Path) -> None:
        self._writer = ThreadPoolExecutor(1, "studio-recent")
        self._file = Shelf(file, self._writer)

    def folders(self) -> list[Path]:
        """All data directories."""
        return [Path(one) for one in self._listed(FOLDERS)]

    def servers(self) -> list[str]:
        """The URLs of all servers."""
        return self._listed(SERVERS)

    def remember(self, folder: Path) -> None:
        """One was opened."""
        self._put_first(FOLDERS, str(folder))

    def remember_server(self, url: str) -> None:
        """A server was attached to."""
        self._put_first(SERVERS, url)

    def settle(self) -> None:
        """Wait until all is written. Blocks."""
        self._writer.submit(lambda: None).result()

    def _listed(self, kind: str) -> list[str]:
        value = self._file.value(kind)
        try:
            listed = json.loads(value) if isinstance(value, str) else []
        except ValueError:
            return []
        return [one for one in listed if isinstance(one, str)][:MOST]

    def _put_first(self, kind: str, newest: str) -> None:
        others = [one for one in self._listed(kind) if one != newest]
        self._file.keep({kind: json.dumps([newest, *others][:MOST])})


def other_lake(settings: Settings, wanted: Path | str) -> Settings:
    """The settings under which another lake is opened; door and limits stay as they are.

    A PostgreSQL elsewhere gets a folder of its own, so that what waits in one lake's spool is
    never delivered to another.
    """
    if isinstance(wanted, Path):
        return replace(settings, data_dir=wanted, database_url=None, demo=False)
    if wanted == settings.database_url:
        return replace(settings, demo=False)
    mark = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    folder = settings.data_dir / "elsewhere" / mark
    return replace(settings, data_dir=folder, database_url=wanted, demo=False)
