"""A WebSocket client made of bytes: frames are made beforehand, so that what is measured is the
server's work and not this side's.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Sequence

from tests.bench.load import HOST


def frame(payload: bytes) -> bytes:
    """A text frame, masked with zeros."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", 0x81, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", 0x81, 0x80 | 126, size)
    else:
        head = struct.pack(">BBQ", 0x81, 0x80 | 127, size)
    return head + bytes(4) + payload


def connect(port: int, path: str) -> socket.socket:
    """A socket that has been upgraded."""
    opened = socket.create_connection((HOST, port))
    key = b64encode(os.urandom(16)).decode()
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    opened.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(1)
    if not answer.startswith(b"HTTP/1.1 101"):
        raise RuntimeError(answer.decode(errors="replace"))
    return opened


def drive(port: int, operations: Sequence[bytes]) -> float:
    """Send numbered operations down one connection; seconds until the last is acknowledged."""
    blob = b"".join(map(frame, operations))
    with connect(port, "/eustress/ingest/ws") as opened:
        begun = time.perf_counter()
        sender = threading.Thread(target=opened.sendall, args=(blob,))
        sender.start()
        last = f'"n":{len(operations)},'.encode()
        received = b""
        while last not in received:
            piece = opened.recv(1 << 16)
            if not piece or b'"error"' in piece:
                raise RuntimeError(piece.decode(errors="replace"))
            received = received[-64:] + piece
        seconds = time.perf_counter() - begun
        sender.join()
    return seconds


def operation(number: int, space_name: str, entity: object, t: float | None = None) -> bytes:
    """One operation with its number."""
    more = {} if t is None else {"t": t}
    return json.dumps(
        {"op": "entity", "space_name": space_name, "n": number, "entity": entity, **more}
    ).encode()
