"""A server that answers as it is told, on a real socket, and keeps what it was sent."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"{}")


class ScriptedServer(ThreadingHTTPServer):
    """Answers as told, in turn, then 200; keeps what it was sent. None hangs up."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.hold = threading.Event()  # cleared: no answer until it is set
        self.hold.set()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ScriptedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.hold.wait(30)
        answer = self.server.answers.pop(0) if self.server.answers else OK
        if answer is None:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # it waits no more
            self.wfile.write(content)

    def log_request(self, *_: object) -> None:
        """Say nothing on the console."""


def problem(status: int, detail: str) -> Answer:
    """A refusal as the lake says it."""
    body = json.dumps({"detail": detail}).encode()
    return status, {"Content-Type": "application/problem+json"}, body
