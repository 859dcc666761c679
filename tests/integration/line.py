"""A line to PostgreSQL that can be cut: between a client and a server's Unix socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_ROWS_SENT = (b"c\x00\x00\x00\x04", b"\x00lake_rows_")
"""The end of a COPY, and the binding of a statement that inserts a few rows."""


class Line:
    """Listens in a folder of its own and passes every byte on; `url` leads through it."""

    def __init__(self, folder: Path, conninfo: str) -> None:
        server = conninfo_to_dict(conninfo)
        self._server = f"{server['host']}/.s.PGSQL.{server.get('port') or 5432}"
        self.url = make_conninfo(conninfo, host=str(folder), port="5432")
        self.is_cut = False
        self.cut_after_next_rows = threading.Event()
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and each new one as soon as it is made, until `mend`."""
        self.is_cut = True
        for end in self._open:
            _hang_up(end)
        self._open.clear()

    def mend(self) -> None:
        """Pass bytes on again, for new connections."""
        self.is_cut = False

    def hold(self) -> None:
        """Pass nothing on, and hang up nothing, until `flow`: what was sent is on its way."""
        self._flowing.clear()

    def flow(self) -> None:
        """Pass on what was held, and all that follows."""
        self._flowing.set()

    def close(self) -> None:
        """Stop listening."""
        self.flow()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._open += [client, server]
                for pair in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, to_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self._flowing.wait()
                sends_rows = to_server and any(sign in data for sign in _ROWS_SENT)
                is_last = sends_rows and self.cut_after_next_rows.is_set()
                if is_last:
                    self.is_cut = True
                    _hang_up(source)  # the client will not hear what became of it
                target.sendall(data)
                if is_last:
                    self.cut_after_next_rows.clear()
                    target.shutdown(socket.SHUT_WR)  # the server reads all, then sees the end
                    return
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
