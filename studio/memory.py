"""What the Studio remembers of itself from one day to the next: window, theme, layouts.

Kept in `studio.ini` in the data directory, written whole or not at all; a file that cannot be
read is as none. Knows values; knows no window.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSettings

LAYOUTS: Final = "layouts"


class Memory:
    """One file of settings."""

    def __init__(self, data_dir: Path) -> None:
        self._file = QSettings(str(data_dir / "studio.ini"), QSettings.Format.IniFormat)

    def picture(self, name: str) -> QByteArray | None:
        """Something Qt saved of a window; None where there is none that can be read."""
        value = self._file.value(name)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def text(self, name: str, default: str) -> str:
        """A word."""
        value = self._file.value(name)
        return value if isinstance(value, str) else default

    def keep(self, **values: QByteArray | str) -> None:
        """Remember these from now on, also if the program ends badly; writes what is new."""
        fresh = {name: value for name, value in values.items() if self._file.value(name) != value}
        for name, value in fresh.items():
            self._file.setValue(name, value)
        if fresh:
            self._file.sync()

    def layouts(self) -> dict[str, QByteArray]:
        """The layouts a person saved, by name."""
        self._file.beginGroup(LAYOUTS)
        names = self._file.childKeys()
        self._file.endGroup()
        found = {name: self.picture(f"{LAYOUTS}/{name}") for name in names}
        return {name: layout for name, layout in found.items() if layout is not None}

    def keep_layout(self, name: str, layout: QByteArray) -> None:
        """Save a layout by name; "" and slashes cannot be part of one."""
        if plain := name.replace("/", " ").replace("\\", " ").strip():
            self.keep(**{f"{LAYOUTS}/{plain}": layout})
