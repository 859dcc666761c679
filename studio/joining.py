"""How a window is attached to a server that runs already, and brought back from it.

The server is found good in a worker while the window stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from lake_core.errors import LakeError
from lake_core.settings import is_loopback
from lake_core.store import conninfo
from studio.lakes import RecentLakes, ServedLake, Server, Visit
from studio.models.plain_values import capitalised, keyless
from studio.panels.attach_dialog import AttachDialog
from studio.panels.trying_dialog import BUG
from studio.reaching import ITSELF, DatabaseNeeded, TokenNeeded, reach, server_url
from studio.theme import icon
from studio.window import StudioWindow
from studio.workers import Workers

OwnRun = Callable[[], UUID | None]
"""The run of this window's own server, where it has one."""


class Joining(QObject):
    """Gives the commands for servers their deeds."""

    def __init__(
        self,
        window: StudioWindow,
        recent: RecentLakes,
        visit: Visit,
        workers: Workers,
        own_run: OwnRun,
    ) -> None:
        super().__init__(window)
        self._window, self._visit, self._workers = window, visit, workers
        self._own_run = own_run
        self.dialog: AttachDialog | None = None
        if visit.server is not None and not window.is_as_new:
            recent.remember_server(visit.server.url)
        self._offer(recent)
        actions = window.actions_
        actions.attach.triggered.connect(self._ask)
        actions.leave_server.setEnabled(visit.before is not None)
        actions.leave_server.triggered.connect(lambda: window.lake_requested.emit(visit.before))

    def _offer(self, recent: RecentLakes) -> None:
        here = self._visit.server.url if self._visit.server else ""
        for url in recent.servers():
            if url != here:
                words = f"Attach to {keyless(url)}"
                again = QAction(icon("mdi6.server-network"), words, self._window)
                again.triggered.connect(lambda _, one=url: self._ask_again(one))
                self._window.recent_lakes.append(again)

    def _ask(self) -> None:
        self.dialog = AttachDialog(self._window)
        self.dialog.server_entered.connect(self._try)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()

    def _ask_again(self, url: str) -> None:
        """One that was attached to before: it may be gone, or need its token."""
        self._ask()
        if self.dialog is not None:
            self.dialog.enter(url)

    def _try(self) -> None:
        asked = self.dialog
        if asked is None:
            return
        try:
            server = Server(server_url(asked.url.text().strip()), asked.token.text() or None)
            database = asked.asked_database()
            if database:
                database = conninfo.with_password(database, asked.password.text())
        except LakeError as error:
            asked.show_failed(capitalised(str(error)))
            return
        if self._is_here(server.url):
            asked.show_failed(ITSELF)
            return
        asked.show_trying(f"Asking {server.url}…")
        self._workers.run_in_thread(
            lambda: reach(server, self._visit.own, database, self._own_run()),
            partial(self._go, asked),
            partial(self._stay, asked),
            partial(self._stay, asked, LakeError(BUG)),
        )

    def _is_here(self, url: str) -> bool:
        """Whether this very window listens there, by the address: no token need be asked for."""
        own, other = urlsplit(self._window.status.own_url), urlsplit(url)
        hosts = (own.hostname or "", other.hostname or "")
        return own.port == other.port and (hosts[0] == hosts[1] or is_loopback(hosts[1]))

    def _go(self, asked: AttachDialog, found: ServedLake) -> None:
        if asked is self.dialog:  # else it was given up meanwhile
            asked.accept()
            self._window.lake_requested.emit(found)

    def _stay(self, asked: AttachDialog, error: LakeError) -> None:
        if asked is not self.dialog:
            return
        if isinstance(error, TokenNeeded):
            asked.ask_token(str(error))
        elif isinstance(error, DatabaseNeeded):
            asked.ask_database(str(error), error.address)
        else:
            asked.show_failed(str(error))

    def _forget(self) -> None:
        self.dialog = None
