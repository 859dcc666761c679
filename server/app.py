"""Puts the server together: routes, the one middleware, the port.

Everything a request passes is named here; what each part does is in its own module. The
server runs on whichever loop it is started on and leaves signals to the program.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from lake_core import address
from lake_core.errors import LakeError, PortInUse, SettingsError
from lake_core.lake import Lake
from lake_core.logs import Seldom
from server import archive, discreet, docs, ingest, metrics, runs, state
from server.answers import Worker
from server.epochs import Epochs
from server.errors import fault_of, problem, problem_of, problem_of_http
from server.gate import LakeGate
from server.guard import Guard
from server.limits import BodyReader
from server.live import Feeds
from server.metrics import RequestCounts
from server.past import Past
from server.query import Queries
from server.sessions import Sessions
from server.snapshots import Snapshots
from server.stream import Streams
from server.upkeep import Upkeep

GATE: Final = web.AppKey("gate", LakeGate)
READER_THREADS: Final = 4
SHUTDOWN_SECONDS: Final = 5.0
LINGERING_SECONDS: Final = 10.0
READ_BUFFER_BYTES: Final = 1 << 18
NOTEWORTHY: Final = frozenset({401, 403, 408, 413, 429, 503})
"""Refusals that the settings may be at fault for, or someone who should not be there."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts requests at `url` until it is stopped."""

    url: str
    port: int
    _runner: web.AppRunner
    _data_dir: Path

    async def stop(self) -> None:
        """Stop accepting, answer what has begun (for five seconds at most), close the rest.

        Lets go of the lake, too: aiohttp remembers every application that answered a request.
        """
        await asyncio.to_thread(address.withdraw, self._data_dir, self.url)
        await self._runner.cleanup()
        self._runner.app[GATE].close()


def build_application(lake: Lake | LakeGate, host: str | None = None) -> web.Application:
    """The application over `lake`; `host` is what it is bound to (the settings' by default).

    Serve it with `auto_decompress=False`, as `start_server` does: the limits count decompressed
    bytes, so the application undoes encodings itself.
    """
    gate = lake if isinstance(lake, LakeGate) else LakeGate(lake.settings, lake)
    settings = gate.settings
    executor = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="lake-server-reader")
    worker = Worker(executor, settings.read_timeout)
    bodies = BodyReader(
        settings.max_body_bytes, settings.queue_bytes, settings.read_timeout, executor
    )
    guard = Guard(settings.token, host or settings.host)

    counts = RequestCounts()
    application = web.Application(middlewares=[_middleware(guard, counts)])
    application[GATE] = gate
    application.add_routes(ingest.routes(gate, bodies))
    streams = Streams(gate)
    application.add_routes(streams.routes())
    application.on_shutdown.append(streams.close)
    sessions = Sessions(gate)
    application.add_routes(sessions.routes())
    application.on_shutdown.append(sessions.close)
    feeds = Feeds(gate, worker)
    application.add_routes(feeds.routes())
    application.on_shutdown.append(feeds.close)
    application.add_routes(Queries(gate, worker).routes())
    application.add_routes(Snapshots(gate, worker, bodies).routes())
    application.add_routes(Past(gate, worker).routes())
    application.add_routes(Upkeep(gate, worker, bodies).routes())
    application.add_routes(archive.routes(gate, worker))
    application.add_routes(runs.routes(gate, worker))
    application.add_routes(Epochs(gate, worker, bodies).routes())
    application.add_routes(state.routes(gate, worker))
    application.add_routes(metrics.routes(gate, worker, counts, bodies))
    application.add_routes(docs.routes())
    application.cleanup_ctx.append(_closing(executor))
    return application


async def start_server(lake: Lake | LakeGate, host: str, port: int) -> RunningServer:
    """Listen on `host` and `port` (0: any free one).

    Raises PortInUse, or SettingsError where the host is not one of this machine's.
    """
    application = build_application(lake, host)
    settings = application[GATE].settings
    runner = web.AppRunner(
        application,
        access_log=None,
        logger=discreet.LOGGER,
        auto_decompress=False,
        read_bufsize=READ_BUFFER_BYTES,
        # Until then the first request must be there, and each one after the last.
        keepalive_timeout=settings.idle_timeout,
        # How long what comes of a body that no one reads is waited for, after the answer.
        lingering_time=min(settings.read_timeout, LINGERING_SECONDS),
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise _listening_failed(host, port, error) from error
    bound = runner.addresses[0][1]
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{bound}"
    await asyncio.to_thread(address.leave, settings.data_dir, url)  # a disk may be slow
    return RunningServer(url, bound, runner, settings.data_dir)


def _listening_failed(host: str, port: int, error: OSError) -> LakeError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(host, port)
    return SettingsError(f"cannot listen on {host}, port {port}: {error.strerror or error}")


def _middleware(guard: Guard, counts: RequestCounts) -> Middleware:
    """Lets in or not, tells every error as a problem, counts; one middleware, since each costs."""

    seldom = Seldom()

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            guard.check(request)
            return await handler(request)
        except LakeError as error:
            _tell_refusal(seldom, request, error)
            return problem_of(error)
        except web.HTTPException as error:
            return problem_of_http(error)
        except ConnectionError:
            raise
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            return problem(500, "about:blank", "Internal error", "a bug; the server's log has more")

    @web.middleware
    async def admit_and_answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await answer(request, handler)
        counts.add(request, response.status)
        return response

    return admit_and_answer


def _tell_refusal(seldom: Seldom, request: web.Request, error: LakeError) -> None:
    """Log what someone who looks after the server may want to act on, and not each time."""
    fault = fault_of(error)
    if fault.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s failed: %s", request.method, request.path, error)
    if fault.status not in NOTEWORTHY or (held_back := seldom.turn(fault.name)) is None:
        return
    also = f" ({held_back} more like it since)" if held_back else ""
    _log.warning(
        "%s %s from %s: %s%s", request.method, request.path, request.remote, fault.title, also
    )


def _closing(
    executor: ThreadPoolExecutor,
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def close_readers(application: web.Application) -> AsyncIterator[None]:
        yield
        with suppress(RuntimeError):
            executor.shutdown(wait=False, cancel_futures=True)

    return close_readers
