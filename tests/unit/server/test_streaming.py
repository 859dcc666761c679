"""Arrays are streamed from blocking iterators; run over a real socket on a real loop."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
import pytest
from aiohttp import web

from lake_core.errors import NotFound
from server.answers import PIECE_BYTES, Worker
from server.errors import problem_of

T = TypeVar("T")


def _served(items: Callable[[], Iterable[bytes]], client: Callable[[int], T]) -> T:
    """Serve one path that streams `items()`, and run a blocking client against it."""

    async def stream(request: web.Request) -> web.StreamResponse:
        return await Worker(executor, 30.0).stream_array(request, items)

    async def run() -> T:
        runner = web.AppRunner(web.Application(middlewares=[_problems]))
        runner.app.router.add_get("/", stream)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            return await asyncio.to_thread(client, runner.addresses[0][1])
        finally:
            await runner.cleanup()

    with ThreadPoolExecutor(2) as executor:
        return asyncio.run(run())


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotFound as error:
        return problem_of(error)


def _get(port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("sizes", [[], [3], [10] * 1000, [PIECE_BYTES * 3 + 5, 1, PIECE_BYTES]])
def test_that_an_array_arrives_whole(sizes: list[int]) -> None:
    texts = [str(number % 10) * size for number, size in enumerate(sizes)]
    status, body = _served(lambda: (msgspec.json.encode(text) for text in texts), _get)
    assert status == 200
    assert msgspec.json.decode(body) == texts


def test_that_an_error_before_the_first_byte_is_a_problem() -> None:
    def items() -> Iterator[bytes]:
        raise NotFound("no space 'nowhere'")

    status, body = _served(items, _get)
    assert status == 404
    assert b"nowhere" in body


def test_that_an_error_in_mid_stream_cuts_the_connection() -> None:
    def items() -> Iterator[bytes]:
        yield b'"' + b"x" * PIECE_BYTES + b'"'
        raise RuntimeError("the disk is gone")

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        _served(items, _get)


def test_that_the_source_is_closed_when_the_reader_leaves() -> None:
    closed: list[int] = []

    def items() -> Iterator[bytes]:
        sent = 0
        try:
            while True:
                sent += 1
                yield b'"' + b"x" * PIECE_BYTES + b'"'
        finally:
            closed.append(sent)

    def leave(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        connection.getresponse().read(10 * PIECE_BYTES)
        connection.close()

    _served(items, leave)
    assert len(closed) == 1
    assert closed[0] < 200  # it is read no faster than it is sent
