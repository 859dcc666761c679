"""Keeps a window that is attached to a server up to date with that server's own figures.

What this process counts says nothing of what another takes in. Asks about once a second, in a
worker, and hands on through the session; tells when the server answers no more, and again.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, Signal

from lake_core.errors import LakeError
from lake_core.settings import is_loopback
from studio.attached import FigureReader
from studio.desk import LakeDesk
from studio.models.served import ServedBy

EVERY_MS: Final = 1_000
NEWS_MS: Final = 2_000
LOST_AFTER: Final = 3
"""Looks without an answer after which a server is told to be gone; one may be slow or restart."""


class Attaching(QObject):
    """Couples status and monitor with the server at `url`.

    Nobody else tells this process of new spaces there: `grew` is when to look.
    """

    grew = Signal()  # the server has stored something since it was last said
    listen_requested = Signal()  # it is gone: let this window listen in its place

    def __init__(self, desk: LakeDesk, url: str, every_ms: int = EVERY_MS) -> None:
        super().__init__(desk.window)
        self._desk, self._url = desk, url
        health = desk.lake.health()
        self._reader = FigureReader(url, desk.token, health.database)
        self._missed = self._stored = 0
        self._news = QTimer(self, singleShot=True, interval=NEWS_MS)
        self._news.timeout.connect(self.grew)
        self._asking = self._tells = False
        self._pulse = QTimer(self, interval=every_ms)
        self._pulse.timeout.connect(self._ask)
        desk.bridge.health_changed.disconnect(desk.window.status.show_health)
        desk.window.monitor.head.note.setText(f"of the server at {url}")
        self._pulse.start()
        self._ask()

    def end(self) -> None:
        """Attached no more: this window's own figures count again."""
        self.stop()
        self._desk.session.show_server(None)
        self._desk.window.status.forget_server()
        self._desk.window.monitor.head.note.clear()
        self._desk.bridge.health_changed.connect(self._desk.window.status.show_health)

    def stop(self) -> None:
        """Ask no more."""
        self._pulse.stop()
        self._news.stop()
        self._desk.workers.run_in_turn(self._reader.close, lambda _: None, self._fail)

    def _ask(self) -> None:
        if not self._asking:
            self._asking = True
            self._desk.workers.run_in_thread(self._reader.read, self._show, self._fail)

    def _show(self, server: ServedBy) -> None:
        self._asking = False
        if not self._pulse.isActive():
            return
        self._missed = 0 if server.answers else self._missed + 1
        if self._missed and self._missed < LOST_AFTER:
            return
        if server.accepted_total != self._stored and not self._news.isActive():
            self._stored = server.accepted_total
            self._news.start()
        self._desk.session.show_server(server)
        self._desk.window.status.show_server(server)
        if server.answers == self._tells:
            self._tells = not server.answers
            self._tell(server.answers)

    def _tell(self, is_back: bool) -> None:
        banner = self._desk.window.banner
        if is_back:
            banner.tell(f"The server at {self._url} answers again", good=True)
        else:
            words = f"The server at {self._url} does not answer any more: engines cannot send. "
            if is_loopback(urlsplit(self._url).hostname or ""):
                asks = "with the token this window uses" if self._desk.token else "without a token"
                words += "Start it again, or let this window listen in its place, for programs on "
                words += f"this machine alone, {asks}."
                banner.tell(words, deed="Listen here", do=self.listen_requested.emit)
            else:  # engines that send there do not come here
                banner.tell(words + "Start it again.")

    def _fail(self, error: LakeError) -> None:
        self._asking = False
