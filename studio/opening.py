"""How a person gets from this lake to another: by folder, address, server, or to one opened before.

An address is tried in a worker while the window stays where it is: who mistypes one loses nothing,
and what engines send meanwhile goes into the lake they were told of.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store import conninfo
from studio.joining import Joining, OwnRun
from studio.lakes import RecentLakes, Visit, other_lake
from studio.models.plain_values import capitalised, keyless
from studio.panels.address_dialog import AddressDialog
from studio.panels.trying_dialog import BUG
from studio.theme import icon
from studio.window import StudioWindow
from studio.workers import Workers


class Opening(QObject):
    """Gives the commands for other lakes their deeds."""

    def __init__(
        self,
        window: StudioWindow,
        recent: RecentLakes,
        visit: Visit,
        workers: Workers,
        own_run: OwnRun = lambda: None,
    ) -> None:
        super().__init__(window)
        self._window, self._settings, self._workers = window, visit.settings, workers
        self._own, self._is_attached = visit.own, visit.server is not None
        self.dialog: AddressDialog | None = None
        if self._settings.database_url is None and not (self._is_attached or window.is_as_new):
            recent.remember(self._settings.data_dir)
        self._offer(recent)
        self.joining = Joining(window, recent, visit, workers, own_run)
        window.actions_.offer_lakes(window.recent_lakes)
        actions = window.actions_
        actions.open_lake.triggered.connect(self._ask_folder)
        actions.open_database.triggered.connect(self.ask_address)
        window.welcome.other_lake_requested.connect(actions.open_lake.trigger)

    def ask_address(self) -> None:
        """Ask for a PostgreSQL, and go there if it can be opened."""
        self.dialog = AddressDialog(self._window)
        self.dialog.address_entered.connect(self._try)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()

    def _offer(self, recent: RecentLakes) -> None:
        for folder in recent.folders():
            if folder != self._settings.data_dir or self._is_attached:
                again = QAction(icon("mdi6.history"), f"Open {keyless(str(folder))}", self._window)
                again.triggered.connect(lambda _, one=folder: self._window.lake_requested.emit(one))
                self._window.recent_lakes.append(again)

    def _ask_folder(self) -> None:
        near = str(self._settings.data_dir.parent)
        title = "Open another lake: choose or make its folder"
        dialog = QFileDialog(self._window, title, near)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda one: self._window.lake_requested.emit(Path(one)))
        dialog.open()

    def _try(self, address: str) -> None:
        asked = self.dialog
        if asked is None:
            return
        try:
            name = conninfo.shown(address)
        except LakeError as error:
            asked.show_failed(f"{capitalised(str(error))}.")
            return
        asked.show_trying(f"Trying {name}…")
        self._workers.run_in_thread(
            lambda: try_lake(other_lake(self._own, address)),
            lambda _: self._go(asked, address),
            partial(self._stay, asked, name),
            partial(self._stay, asked, name, LakeError(BUG)),
        )

    def _go(self, asked: AddressDialog, address: str) -> None:
        if asked is self.dialog:  # else it was given up meanwhile
            asked.accept()
            self._window.lake_requested.emit(address)

    def _stay(self, asked: AddressDialog, name: str, error: LakeError) -> None:
        if asked is self.dialog:
            asked.show_failed(f"{name} cannot be opened, and this lake stays open. {error}")

    def _forget(self) -> None:
        self.dialog = None


def try_lake(settings: Settings) -> None:
    """Open a lake and close it again; blocks, raises LakeError where it cannot be opened."""
    Lake.open(settings, ingesting=False).close()
