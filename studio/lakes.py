"""Which lakes a person has opened, and the settings of another one.

A lake is a data directory with its embedded PostgreSQL, or a PostgreSQL by its address. Addresses
are not remembered: they may hold a password. Knows values; knows no window.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from lake_core.settings import Settings
from studio.memory import Shelf, own_folder

MOST: Final = 8
KEY: Final = "folders"
Wanted = Path | str
"""A data directory, or the address of a PostgreSQL."""


def recent_file() -> Path:
    """Where the list of lakes is kept for this person."""
    return own_folder() / "recent.ini"


class RecentLakes:
    """The data directories opened last, the newest first."""

    def __init__(self, file: Path) -> None:
        self._writer = ThreadPoolExecutor(1, "studio-recent")
        self._file = Shelf(file, self._writer)

    def folders(self) -> list[Path]:
        """All of them."""
        value = self._file.value(KEY)
        try:
            listed = json.loads(value) if isinstance(value, str) else []
        except ValueError:
            return []
        return [Path(one) for one in listed if isinstance(one, str)][:MOST]

    def remember(self, folder: Path) -> None:
        """One was opened."""
        others = [one for one in self.folders() if one != folder]
        self._file.keep({KEY: json.dumps([str(folder), *map(str, others)][:MOST])})

    def settle(self) -> None:
        """Wait until all is written. Blocks."""
        self._writer.submit(lambda: None).result()


def other_lake(settings: Settings, wanted: Wanted) -> Settings:
    """The settings under which another lake is opened; door and limits stay as they are.

    A PostgreSQL elsewhere gets a folder of its own, so that what waits in one lake's spool is
    never delivered to another.
    """
    if isinstance(wanted, Path):
        return replace(settings, data_dir=wanted, database_url=None, demo=False)
    mark = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    folder = settings.data_dir / "elsewhere" / mark
    return replace(settings, data_dir=folder, database_url=wanted, demo=False)
