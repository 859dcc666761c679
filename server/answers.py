"""Answers with a body: JSON at once, and JSON arrays streamed from blocking iterators.

The lake's reads block, so they run in worker threads of the server's own; the loop only moves
bytes. An array is sent as it is produced: memory stays flat however long it is.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Executor
from typing import Any, Final, ParamSpec, TypeVar

import msgspec
from aiohttp import web

from lake_core.errors import LakeError

P = ParamSpec("P")
T = TypeVar("T")

PIECE_BYTES: Final = 256 * 1024

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Done(msgspec.Struct):
    """What is said where there is nothing else to say."""

    message: str
    success: bool = True


def json_response(value: Any) -> web.Response:
    """`value` (a Struct or plain data) as JSON; times are RFC 3339 with Z."""
    return encoded_response(_encode(value))


def encoded_response(body: bytes) -> web.Response:
    """A body that is JSON already."""
    return web.Response(body=body, content_type="application/json")


class Worker:
    """Runs blocking calls in threads and waits for them on the loop, whichever loop it is.

    `patience` is how many seconds a reader may take to make room for another piece of a list.
    """

    def __init__(self, executor: Executor, patience: float) -> None:
        self.executor = executor
        self._patience = patience

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `call(*args, **kwargs)`, which may block."""
        return await asyncio.wrap_future(self.executor.submit(call, *args, **kwargs))

    async def answer(
        self, call: Callable[P, Any], *args: P.args, **kwargs: P.kwargs
    ) -> web.Response:
        """The result of a call as JSON, encoded in the thread too: it may be many megabytes."""
        return encoded_response(await self.run(lambda: _encode(call(*args, **kwargs))))

    async def stream_array(
        self,
        request: web.Request,
        items: Callable[[], Iterable[bytes]],
        headers: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        """Send the JSON array of `items()`, each already JSON.

        What goes wrong before the first piece is raised, and so becomes a proper answer; what
        goes wrong later cuts the connection, so that no one takes a part for the whole.
        """
        pieces = _Pieces(items)
        try:
            piece = await self.run(pieces.next)
            told = {"Content-Type": "application/json", **(headers or {})}
            response = web.StreamResponse(headers=told)
            await response.prepare(request)
            await self._send(request, response, pieces, piece)
        finally:
            self.executor.submit(pieces.close)
        return response

    async def _send(
        self, request: web.Request, response: web.StreamResponse, pieces: _Pieces, piece: bytes
    ) -> None:
        try:
            while piece:
                async with asyncio.timeout(self._patience):
                    await response.write(piece)
                piece = await self.run(pieces.next)
            await response.write_eof()
            return
        except ConnectionError:
            raise
        except TimeoutError:
            # It would hold on to a connection of the database for as long as it likes.
            _log.info("%s broke off: %s reads too slowly", request.path, request.remote)
        except LakeError as error:
            _log.warning("%s broke off: %s", request.path, error)
        except Exception:
            _log.exception("%s broke off", request.path)
        if request.transport is not None:
            request.transport.abort()


class _Pieces:
    """A JSON array in pieces of a good size; `next` and `close` may come from any threads."""

    def __init__(self, items: Callable[[], Iterable[bytes]]) -> None:
        self._lock = threading.Lock()
        self._pieces = _pieces(items)

    def next(self) -> bytes:
        with self._lock:
            return next(self._pieces, b"")

    def close(self) -> None:
        with self._lock:
            self._pieces.close()


def _pieces(items: Callable[[], Iterable[bytes]]) -> Generator[bytes, None, None]:
    gathered = bytearray(b"[")
    for number, item in enumerate(items()):
        if number:
            gathered += b","
        gathered += item
        while len(gathered) >= PIECE_BYTES:
            yield bytes(gathered[:PIECE_BYTES])
            del gathered[:PIECE_BYTES]
    yield bytes(gathered + b"]")
