"""`lake-server`: the ingestion server without a window.

Owns the life of the process: settings, port, lake, signals, exit codes. It binds the port first,
so that a port in use shows at once and requests can wait while PostgreSQL starts.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

from lake_core import logs
from lake_core.errors import LakeError, PortInUse
from lake_core.lake import Lake
from lake_core.settings import Settings, add_arguments, load_settings
from server.app import RunningServer, start_server
from server.demo import play_demo
from server.gate import LakeGate
from server.state import package_version

EXIT_FAILED: Final = 1
EXIT_PORT_IN_USE: Final = 3

GC_THRESHOLDS: Final = (20_000, 20, 20)
"""Requests leave many objects and few cycles: looking less often is worth a tenth of the rate."""

_log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 then, 3 for a port in use, 1 for another fault at start."""
    parser = argparse.ArgumentParser(
        prog="lake-server", description="Ingest scenes into the lake, without a window."
    )
    add_arguments(parser)
    try:
        settings = load_settings(vars(parser.parse_args(argv)), os.environ)
        logs.set_up(settings.log_level, as_json=settings.log_json)
        asyncio.run(_serve(settings))
    except PortInUse as error:
        return _fail(error, EXIT_PORT_IN_USE)
    except LakeError as error:
        return _fail(error, EXIT_FAILED)
    return 0


def _fail(error: LakeError, code: int) -> int:
    logs.tell_end("lake-server", error)
    return code


async def _serve(settings: Settings) -> None:
    gc.freeze()  # modules and settings stay for good: no need to look at them again
    gc.set_threshold(*GC_THRESHOLDS)
    stopping = _stop_on_signals()
    gate = LakeGate(settings)
    server = await start_server(gate, settings.host, settings.port)
    print(f"listening on {server.url}", flush=True)
    _log.info("version %s listens on %s", package_version(), server.url)
    try:
        lake = await asyncio.to_thread(Lake.open, settings, _log.info)
    except BaseException:
        gate.give_up()
        await server.stop()
        raise
    gate.open(lake)
    lake.begin_run("lake-server", package_version(), server.url)
    await _run(lake, server, stopping)


async def _run(lake: Lake, server: RunningServer, stopping: asyncio.Event) -> None:
    demo = asyncio.create_task(_play(lake)) if lake.settings.demo else None
    try:
        await stopping.wait()
        _log.info("stopping: what was accepted is committed first")
    finally:
        # Order matters: what was accepted must be answered before the lake it waits for closes.
        if demo is not None:
            demo.cancel()
            await asyncio.wait([demo])
        await server.stop()
        await asyncio.to_thread(lake.close)
        _log.info("stopped")


async def _play(lake: Lake) -> None:
    """The demo is a guest: whatever ends it, ingestion goes on."""
    try:
        await play_demo(lake)
    except LakeError as error:
        _log.error("the demo ended: %s", error)
    except Exception:
        _log.exception("the demo ended by a bug")


def _stop_on_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows' loop has no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    return stopping


if __name__ == "__main__":
    sys.exit(main())
