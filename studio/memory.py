"""What the Studio remembers from one day to the next: of the person, and of a lake.

Window, theme, layouts and whether the tour was seen are the person's, whichever lake is open, and
kept once in their configuration; the space looked at last is kept with the lake. Each file is read
at once, written in a thread, whole or not at all; one that cannot be read is as none. Knows
values; knows no window.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

LAYOUTS: Final = "layouts"
FILE: Final = "studio.ini"
OF_LAKE: Final = frozenset({"space"})
Kept = QByteArray | str


def own_folder() -> Path:
    """Where what is a person's own is kept."""
    return Path(platformdirs.user_config_dir("eustress-lake", appauthor=False))


class Shelf:
    """One file of settings. What is new is written in `writer`, which does one thing at a time."""

    def __init__(self, file: Path, writer: ThreadPoolExecutor) -> None:
        self._path, self._writer = file, writer
        read = QSettings(str(file), QSettings.Format.IniFormat)
        self._values = {name: read.value(name) for name in read.allKeys()}
        self._fresh: dict[str, Kept | None] = {}
        self._lock = Lock()

    @property
    def names(self) -> list[str]:
        """Of all that is there."""
        return list(self._values)

    def value(self, name: str) -> object:
        """What was kept; None where nothing was."""
        return self._values.get(name)

    def keep(self, values: dict[str, Kept | None]) -> None:
        """Remember these from now on; None forgets one. What comes while it writes is written at
        once afterwards.
        """
        fresh = {name: value for name, value in values.items() if self.value(name) != value}
        if not fresh:
            return
        self._values |= fresh
        with self._lock:
            is_asked, self._fresh = bool(self._fresh), self._fresh | fresh
        if not is_asked:
            self._writer.submit(self._write)

    def _write(self) -> None:
        with self._lock:
            fresh, self._fresh = self._fresh, {}
        file = QSettings(str(self._path), QSettings.Format.IniFormat)
        for name, value in fresh.items():
            if value is None:
                file.remove(name)
            else:
                file.setValue(name, value)
        file.sync()


class Memory:
    """The person's settings, and those of one lake."""

    def __init__(self, data_dir: Path) -> None:
        self._writer = ThreadPoolExecutor(1, "studio-settings")
        self._own = Shelf(own_folder() / FILE, self._writer)
        self._lake = Shelf(data_dir / FILE, self._writer)

    def take_over(self) -> None:
        """Once: what an earlier Studio kept with the lake is the person's, who may have it newer.

        Written there before it is forgotten here.
        """
        old = [name for name in self._lake.names if name not in OF_LAKE]
        kept = {name: self._lake.value(name) for name in old if self._own.value(name) is None}
        self._own.keep({n: v for n, v in kept.items() if isinstance(v, QByteArray | str)})
        self._lake.keep(dict.fromkeys(old))

    def picture(self, name: str) -> QByteArray | None:
        """Something Qt saved of a window; None where there is none that can be read."""
        value = self._of(name).value(name)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def text(self, name: str, default: str) -> str:
        """A word."""
        value = self._of(name).value(name)
        return value if isinstance(value, str) else default

    def keep(self, **values: QByteArray | str) -> None:
        """Remember these from now on, also if the program ends badly; writes what is new, what is
        told together at once.
        """
        self._own.keep({name: value for name, value in values.items() if name not in OF_LAKE})
        self._lake.keep({name: value for name, value in values.items() if name in OF_LAKE})

    def layouts(self) -> dict[str, QByteArray]:
        """The layouts a person saved, by name."""
        start = f"{LAYOUTS}/"
        names = [name for name in self._own.names if name.startswith(start)]
        found = {name.removeprefix(start): self.picture(name) for name in names}
        return {name: layout for name, layout in found.items() if layout is not None}

    def keep_layout(self, name: str, layout: QByteArray) -> None:
        """Save a layout by name; "" and slashes cannot be part of one."""
        if plain := name.replace("/", " ").replace("\\", " ").strip():
            self.keep(**{f"{LAYOUTS}/{plain}": layout})

    def settle(self) -> None:
        """Wait until all is written. Blocks."""
        self._writer.submit(lambda: None).result()

    def _of(self, name: str) -> Shelf:
        return self._lake if name in OF_LAKE else self._own
