"""`lake-studio`: the desktop application with the ingestion server inside.

Owns the process: arguments, the Qt application and its loop, signals, exit codes.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import qasync
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from lake_core import logs
from lake_core.errors import LakeError
from lake_core.settings import Settings, add_arguments, load_settings
from studio import theme
from studio.app import Options, run_studio
from studio.lakes import Visit
from studio.starting import settled
from studio.window import TITLE

EXIT_FAILED: Final = 1
NOISE: Final = ("propagateSizeHints", "This plugin does not support")
_log = logging.getLogger("qt")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the window is closed, SIGTERM or SIGINT; 0 then, 1 for a fault at the start."""
    parser = argparse.ArgumentParser(
        prog="lake-studio", description="Keep scenes, look at them live, train on their history."
    )
    add_arguments(parser)
    parser.add_argument("--screenshot", type=Path, help="write the window as PNG when it is full")
    parser.add_argument("--exit-after", type=float, metavar="SECONDS", help="end by itself")
    arguments = parser.parse_args(argv)
    options = Options(arguments.screenshot, arguments.exit_after)
    settings: Settings | None = None
    try:
        settings = load_settings(vars(arguments), os.environ)
    except LakeError as error:
        logs.tell_end("lake-studio", error)
        if not _can_ask(options):
            return EXIT_FAILED
    try:
        return _run(settings, vars(arguments), options)
    except LakeError as error:
        logs.tell_end("lake-studio", error)
        return EXIT_FAILED


def _can_ask(options: Options) -> bool:
    """Whether a window may be what a fault is told in: no terminal, and no script that waits."""
    is_scripted = options.screenshot is not None or options.exit_after is not None
    return not is_scripted and not (sys.stderr and sys.stderr.isatty())


def _run(settings: Settings | None, flags: Mapping[str, object], options: Options) -> int:
    """Run with these settings, or with those a person is asked for; the exit code."""
    qInstallMessageHandler(_log_qt)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("lake-studio")
    app.setApplicationDisplayName(TITLE)
    app.setQuitOnLastWindowClosed(False)
    theme.install(app)
    with qasync.QEventLoop(app) as loop:
        asyncio.set_event_loop(loop)
        stopping, ended = asyncio.Event(), asyncio.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(ended.set)
            loop.call_soon_threadsafe(stopping.set)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        settings = settings or loop.run_until_complete(settled(flags, os.environ, stopping))
        if settings is None:
            return EXIT_FAILED
        logs.set_up(settings.log_level, as_json=settings.log_json)
        following: Visit | None = Visit(settings)
        while following is not None and not ended.is_set():
            stopping.clear()
            following = loop.run_until_complete(run_studio(following, options, stopping))
    return 0


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Qt's own words go where ours go; what says nothing to anyone stays below."""
    level = {
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }.get(kind, logging.DEBUG)
    _log.log(logging.DEBUG if any(noise in message for noise in NOISE) else level, message)


if __name__ == "__main__":
    sys.exit(main())
