"""One HTTP connection to a lake: a request, and what its answer means for trying again.

Owns the connection and the reading of answers. It must not know what is sent, or in what order.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from lake_core.errors import InvalidInput, LakeError


class Refused(LakeError):
    """The lake will not take a request; sending it again would not help."""

    def __init__(self, status: int, detail: str, pointers: tuple[str, ...] = ()) -> None:
        super().__init__(f"the lake refused: {detail} ({status})")
        self.pointers = pointers  # to what is at fault in the body, where it was said
        self.status = status
        self.detail = detail


_PROBLEM: Final = "application/problem+json"
_NONE: Final[Mapping[str, str]] = {}


class Unavailable(Exception):
    """No answer, or one that says to try again; after `wait` seconds, where it said when."""

    def __init__(self, reason: str, wait: float = 0.0, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.answered = answered


class Wire:
    """One kept-alive HTTP connection, made anew when it breaks. Used by one thread."""

    def __init__(self, url: str, token: str | None, timeout: float) -> None:
        self._connection, self._base = _connection(url, timeout)
        self._interrupted = False
        self._headers = {"Content-Type": "application/json"}
        if token:
            if not (token.isascii() and token.isprintable()):
                raise InvalidInput("the token holds characters that cannot be sent")
            self._headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: bytes | bytearray, key: str) -> bytes:
        """Send one request; what was answered with a success. Raises Unavailable or Refused.

        `key` names it: however often it arrives, it is done once.
        """
        return self.send("POST", path, body, {"Idempotency-Key": key})

    def send(
        self,
        method: str,
        path: str,
        body: bytes | bytearray | None = None,
        headers: Mapping[str, str] = _NONE,
    ) -> bytes:
        """The same for any method."""
        status, told, answer = self._exchange(method, path, body, headers)
        if status < 300:
            return answer
        detail = _detail(answer)
        # A refusal in any other form is not the lake's: something else is at its address.
        if status in (408, 429) or status >= 500 or told.get_content_type() != _PROBLEM:
            wait = _retry_after(told)
            raise Unavailable(f"{detail} ({status})", wait, answered=True)
        raise Refused(status, detail, _pointers(answer, detail))

    def interrupt(self) -> None:
        """End a request that is under way, from another thread; it raises Unavailable there.

        For good: every request after it does the same.
        """
        self._interrupted = True
        if (under_way := self._connection.sock) is not None:
            with suppress(OSError):
                under_way.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()

    def _exchange(
        self, method: str, path: str, body: bytes | bytearray | None, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        # A kept-alive connection that the server has closed meanwhile fails at once: that says
        # nothing of the lake, so a fresh connection is tried before giving up.
        for fresh in (self._connection.sock is None, True):
            if self._interrupted:
                raise Unavailable("interrupted")
            try:
                self._connection.request(
                    method, self._base + path, body, {**self._headers, **headers}
                )
                response = self._connection.getresponse()
                return response.status, response.headers, response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if fresh or isinstance(error, TimeoutError):
                    raise Unavailable(f"the lake does not answer: {plain_words(error)}") from error
        raise AssertionError("unreachable: the second try returns or raises")


def plain_words(error: BaseException | None) -> str:
    """Why no answer came, in words for who need not know of an errno."""
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, socket.gaierror):
        return "no machine of that name is known here"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def answers(url: str, timeout: float = 2.0) -> bool:
    """Whether a lake is there: it may still be opening its database."""
    connection, base = _connection(url, timeout)
    try:
        connection.request("GET", f"{base}/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    """The connection that a URL means, not opened yet, and the path that all requests share."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
        sendable = _is_sendable(parts.hostname or "", parts.path)
    except ValueError:
        sendable = False
    if not sendable or parts.scheme not in ("http", "https"):
        raise InvalidInput(f"{url!r} is not the address of a lake; e.g. http://127.0.0.1:7000")
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    return kind(parts.hostname or "", port, timeout=timeout), parts.path.rstrip("/")


def _is_sendable(host: str, path: str) -> bool:
    """Whether HTTP can name both: found out here, since a request would end in no OSError.

    Raises UnicodeError, a ValueError, where a part of the host is empty or too long to look up.
    """
    host.encode("idna")
    written = host + path
    return bool(host) and path.isascii() and written.isprintable() and " " not in written


def _detail(answer: bytes) -> str:
    """What a problem+json says; the beginning of anything else."""
    try:
        problem = json.loads(answer)
    except ValueError:
        problem = None
    if isinstance(problem, dict) and (detail := problem.get("detail") or problem.get("title")):
        return str(detail)
    return answer[:200].decode(errors="replace").strip() or "no reason given"


def _pointers(answer: bytes, detail: str) -> tuple[str, ...]:
    """What a problem+json says is at fault; else where its detail begins with it."""
    try:
        told = tuple(str(each["pointer"]) for each in json.loads(answer)["errors"])
    except (ValueError, TypeError, KeyError):
        told = ()
    return told or ((detail,) if detail.startswith("/") else ())


def _retry_after(headers: http.client.HTTPMessage) -> float:
    """Seconds of `Retry-After`; a date, or anything else, is left to the usual backoff."""
    try:
        return min(max(float(headers.get("Retry-After", 0)), 0.0), 60.0)
    except ValueError:
        return 0.0
