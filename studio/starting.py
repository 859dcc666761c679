"""Settings for the first run, asked of a person where what is given cannot be used.

A Studio that was started by a double click has no terminal to complain in: it says what is wrong
in a window, and goes on as soon as that is mended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer

from lake_core.errors import SettingsError
from lake_core.settings import Settings, config_file, load_settings
from studio.panels.start_trouble import StartTrouble

HEAR_MS: Final = 250
"""A window in which nothing moves gives Python no turn, and SIGTERM would wait for the mouse."""


async def settled(
    flags: Mapping[str, object], environ: Mapping[str, str], stopping: asyncio.Event
) -> Settings | None:
    """The settings that a person could be brought to; None where they would rather quit."""
    asking = _Asking(flags, environ)
    try:
        return await asking.settings(stopping)
    finally:
        asking.dialog.hide()
        asking.dialog.deleteLater()


class _Asking:
    """The window while it is open, and what was answered in it."""

    def __init__(self, flags: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self.dialog = StartTrouble()
        self._flags, self._environ = dict(flags), environ
        self._with_file = True
        self._answered = asyncio.Event()
        self._is_over = False
        self.dialog.retry_requested.connect(self._answered.set)
        self.dialog.without_file_requested.connect(self._leave_file)
        self.dialog.folder_chosen.connect(self._move)
        self.dialog.rejected.connect(self._quit)

    async def settings(self, stopping: asyncio.Event) -> Settings | None:
        """Load them, as often as it takes; None where the end came first."""
        heard = QTimer(self.dialog, interval=HEAR_MS)
        heard.timeout.connect(lambda: None)  # Python hears of a signal when it has a turn
        heard.start()
        ends = asyncio.ensure_future(stopping.wait())
        ends.add_done_callback(lambda _: self._quit())
        try:
            while not self._is_over:
                try:
                    return await asyncio.to_thread(self._load)
                except SettingsError as error:
                    self.dialog.show_trouble(
                        str(error), await asyncio.to_thread(self._at_fault, error)
                    )
                self._answered.clear()
                self.dialog.show()
                self.dialog.activateWindow()
                await self._answered.wait()
            return None
        finally:
            ends.cancel()

    def _load(self) -> Settings:
        return load_settings(self._flags, self._environ, with_file=self._with_file)

    def _at_fault(self, error: SettingsError) -> Path | None:
        """The file that the error speaks of."""
        with suppress(SettingsError):
            file = config_file(self._flags, self._environ)
            if str(file) in str(error):
                return file
        return None

    def _leave_file(self) -> None:
        self._with_file = False
        self._answered.set()

    def _move(self, folder: str) -> None:
        self._flags["data_dir"] = folder
        self._answered.set()

    def _quit(self) -> None:
        self._is_over = True
        self._answered.set()
