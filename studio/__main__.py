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
from collections.abc import Sequence
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
    try:
        settings = load_settings(vars(arguments), os.environ)
        logs.set_up(settings.log_level, as_json=settings.log_json)
        _run(settings, Options(arguments.screenshot, arguments.exit_after))
    except LakeError as error:
        logs.tell_end("lake-studio", error)
        return EXIT_FAILED
    return 0


def _run(settings: Settings, options: Options) -> None:
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
        following: Settings | None = settings
        while following is not None and not ended.is_set():
            stopping.clear()
            following = loop.run_until_complete(run_studio(following, options, stopping))


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
