"""Reads request bodies: their type, their encoding and their limit, before anything is decoded.

The limit counts decompressed bytes; what is being received by all requests together is bounded
too. This module hands out bytes and knows nothing of what they say.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Final

from aiohttp import StreamReader, hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from lake_core.errors import InvalidInput, QueueFull, TooLarge
from server.encodings import check_encoding, decompress
from server.errors import SlowClient, UnsupportedMedia

JSON_TYPE: Final = "application/json"
LEAST_BYTES_A_SECOND: Final = 1024
UTF8_NAMES: Final = frozenset({"utf-8", "utf8"})


class BodyReader:
    """Reads whole bodies of at most `limit` bytes, at most `total` under way at a time.

    `patience` is how many seconds a client may take between two pieces of one body.
    """

    def __init__(self, limit: int, total: int, patience: float, executor: Executor) -> None:
        self.under_way = 0
        """Bytes of requests that are being received just now."""
        self._limit = limit
        self._total = max(total, limit)
        self._patience = patience
        self._executor = executor

    async def read_json(self, request: web.Request) -> bytes:
        """The body as it was before it was encoded; its type must be JSON or not stated.

        Raises UnsupportedMedia, TooLarge, QueueFull (too much under way), SlowClient,
        InvalidInput (the body is damaged or broke off).
        """
        headers = request.headers
        content_type = headers.get(hdrs.CONTENT_TYPE)
        if content_type is not None and content_type != JSON_TYPE:
            _check_type(content_type)
        encoding = headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
        if encoding in ("", "identity"):
            return await self._receive(request)
        check_encoding(encoding)
        body = await self._receive(request)
        unfolding = self._executor.submit(decompress, encoding, body, self._limit)
        return await asyncio.wrap_future(unfolding)

    async def _receive(self, request: web.Request) -> bytes:
        content = request.content
        if content.is_eof():  # all of it is here: there is nothing to wait for
            return self._take_whole(content)
        declared = request.content_length
        if declared is not None and declared > self._limit:
            raise self._too_large()
        received = bytearray()
        begun = asyncio.get_running_loop().time()
        try:
            while chunk := await self._next(request.content, begun, len(received)):
                self._take(len(chunk))
                received += chunk
                if len(received) > self._limit:
                    raise self._too_large()
        except RequestPayloadError as error:
            raise InvalidInput(f"the body broke off: {error}") from None
        finally:
            self.under_way -= len(received)
        return bytes(received)

    def _take_whole(self, content: StreamReader) -> bytes:
        try:
            body = content.read_nowait()
        except RequestPayloadError as error:
            raise InvalidInput(f"the body broke off: {error}") from None
        if len(body) > self._limit:
            raise self._too_large()
        self._check_room(len(body))
        return body

    async def _next(self, content: StreamReader, begun: float, received: int) -> bytes:
        """The next piece of a body of which so many bytes are here since `begun`; b"" at its end.

        Raises SlowClient where it is long in coming, or where all of it comes by dribs and drabs.
        """
        if content.is_eof():
            return await content.readany()  # all of it is here: there is nothing to wait for
        latest = begun + self._patience + received / LEAST_BYTES_A_SECOND
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(now + self._patience, latest)):
                return await content.readany()
        except TimeoutError:
            raise SlowClient(f"{received} bytes in {now - begun:.0f} s; send it faster") from None

    def _take(self, count: int) -> None:
        self._check_room(count)
        self.under_way += count

    def _check_room(self, count: int) -> None:
        if self.under_way + count > self._total:
            raise QueueFull(f"more than {self._total} bytes of requests are being received")

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is over the limit of {self._limit} bytes")


def _check_type(content_type: str) -> None:
    kind, _, parameters = content_type.partition(";")
    name, _, value = parameters.partition("=")
    charset = value.strip(' "').lower() if name.strip().lower() == "charset" else "utf-8"
    if kind.strip().lower() != JSON_TYPE or charset not in UTF8_NAMES:
        raise UnsupportedMedia(f"Content-Type {content_type!r} is not read here; send {JSON_TYPE}")
