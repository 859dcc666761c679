"""The port that the Studio listens on: open it, say why not, or show what another server takes.

Owns the address that engines are told. Must not know the lake behind the gate.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout

from lake_core import address
from lake_core.client.wire import answers
from lake_core.errors import LakeError, PortInUse
from lake_core.lake import Lake
from server.app import RunningServer, start_server
from server.gate import LakeGate
from server.state import package_version
from studio.attached import serves
from studio.lakes import Server
from studio.panels.welcome import WelcomePanel
from studio.window import StudioWindow


class Door:
    """The port: open it, or say why not and offer another.

    Where a `lake-server` of the same lake has it already, the window shows what that one takes.
    """

    def __init__(self, gate: LakeGate, window: StudioWindow) -> None:
        self._gate, self._window = gate, window
        self._server: RunningServer | None = None
        self._attached = self._taken = ""
        self._token = gate.settings.token
        self._is_wired = False

    @property
    def url(self) -> str:
        """Where the lake listens; "" where it does not."""
        return self._server.url if self._server else self._attached

    @property
    def attached_to(self) -> str:
        """The server that has the port, where that serves this very lake; "" otherwise."""
        return self._attached

    @property
    def token(self) -> str | None:
        """What who sends to `url` must present."""
        return self._token

    def attach(self, server: Server) -> None:
        """Listen nowhere: a person asked for this server of the lake, which was found good."""
        self._attached, self._token = server.url, server.token
        print(f"attached to {server.url}", flush=True)
        self._show_address()

    async def open(self, host: str, port: int) -> None:
        """Listen, and tell the shell and the window."""
        try:
            self._server = await start_server(self._gate, host, port)
        except PortInUse as error:
            if not await self._attach(port):
                self._taken = _reached(host, port)
                free = _free_port(host)
                self._offer(error, f"Listen on {free} instead", partial(self._retry, host, free))
        except LakeError as error:
            self._offer(error, "Try again", partial(self._retry, host, port))
        else:
            print(f"listening on {self.url}", flush=True)
        self._show_address()

    async def look_again(self, lake: Lake) -> None:
        """Attach to what has the port after all, where the open lake tells that it serves it.

        So it is where both use one PostgreSQL, each with a data directory of its own.
        """
        if self.url or not self._taken:
            return
        token = self._gate.settings.token
        if await asyncio.to_thread(serves, self._taken, token, lake) and not self.url:
            self._attached = self._taken
            print(f"attached to {self._attached}", flush=True)
            self._window.banner.hide()
            self._show_address()

    async def take_over(self) -> None:
        """Listen in the place of the server attached to; where it is back, stay attached.

        At that very address and by that token: engines go on, and no one else gets in.
        """
        place, self._attached = urlsplit(self._attached), ""
        host = place.hostname or self._gate.settings.host
        self._gate.settings = replace(self._gate.settings, host=host, token=self._token)
        await self._open_again(host, place.port or 0)

    def begin_run(self) -> None:
        """Have the lake know that engines reach it here, where they do."""
        if self._server is not None and self._gate.lake is not None:
            self._gate.lake.begin_run("lake-studio", package_version(), self._server.url)

    async def close(self) -> None:
        """Stop accepting; answer what has begun."""
        if self._server is not None:
            await self._server.stop()

    def _show_address(self) -> None:
        if self.url and not self._is_wired:
            self._is_wired = True
            self._window.actions_.copy_address.triggered.connect(self._copy)
            self._window.actions_.connect_help.triggered.connect(self._show_how)
        self._window.status.show_address(self.url, is_ours=not self._attached)

    async def _attach(self, port: int) -> bool:
        """Whether what has the port is a server of this very lake."""
        url = address.find(self._gate.settings.data_dir)
        if url is None or urlsplit(url).port != port or not await asyncio.to_thread(answers, url):
            return False
        self._attached = url
        print(f"attached to {url}", flush=True)
        return True

    def _offer(self, error: LakeError, deed: str, do: Callable[[], None]) -> None:
        print(f"lake-studio: {error}", flush=True)
        self._window.banner.tell(str(error), deed=deed, do=do)

    def _retry(self, host: str, port: int) -> None:
        self._trying = asyncio.ensure_future(self._open_again(host, port))

    async def _open_again(self, host: str, port: int) -> None:
        await self.open(host, port)
        self.begin_run()
        if self._server is not None and self._gate.lake is not None:
            self._window.welcome.show_address(self.url, self._token is not None)

    def _show_how(self) -> None:
        """What the empty lake shows, for one that is no longer empty."""
        dialog = QDialog(self._window)
        dialog.setWindowTitle("How to connect an engine")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        welcome = WelcomePanel()
        welcome.show_address(self.url, self._token is not None)
        welcome.demo_requested.connect(dialog.accept)
        welcome.demo_requested.connect(self._window.welcome.demo_requested)
        column = QVBoxLayout(dialog)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(welcome)
        dialog.resize(720, 560)
        dialog.open()

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.url)


def _reached(host: str, port: int) -> str:
    """Where a server that listens so is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port
