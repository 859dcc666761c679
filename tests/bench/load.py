"""A load generator: many connections from one thread, each with one request under way.

Requests are whole HTTP messages made beforehand, so that what is measured is the server's work
and not this side's.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run: how long it took, and each request's latency in seconds."""

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that `share` of the requests stayed under."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def post(path: str, body: bytes) -> bytes:
    """A whole POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """A whole GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


class _Client:
    """One connection and the request it is at."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._answer = b""
        self._sent_at = 0.0

    def send_next(self) -> bool:
        request = next(self._requests, None)
        if request is None:
            self.socket.close()
            return False
        self._answer = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> float | None:
        """The latency, once the whole answer is there."""
        self._answer += self.socket.recv(1 << 16)
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self._answer.decode(errors="replace"))
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return time.perf_counter() - self._sent_at if len(body) >= length else None


def drive(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send all requests over that many connections; raises where one is not answered 200."""
    left = iter(requests)
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        under_way = 0
        for _ in range(connections):
            client = _Client(port, left)
            if client.send_next():
                selector.register(client.socket, selectors.EVENT_READ, client)
                under_way += 1
        while under_way:
            for key, _ in selector.select():
                latency = key.data.receive()
                if latency is None:
                    continue
                latencies.append(latency)
                selector.unregister(key.data.socket)
                if key.data.send_next():
                    selector.register(key.data.socket, selectors.EVENT_READ, key.data)
                else:
                    under_way -= 1
    return Load(time.perf_counter() - start, latencies)
