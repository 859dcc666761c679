"""How our programs log: one line an event on stderr, for people or, as JSON, for machines.

Owns the shape of lines and where they go. What is worth a line each module says for itself; no
line ever holds a token.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

PLAIN: Final = "%(asctime)s %(levelname)s %(message)s"
_log = logging.getLogger(__name__)


def set_up(level: str, *, as_json: bool) -> None:
    """Log from `level` on, as `--log-level` and `--log-json` say; and bugs that nothing handles."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if as_json else PlainLine(PLAIN))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_thread_end


def tell_end(program: str, error: Exception) -> None:
    """Say on one line of stderr why a program cannot go on."""
    reason = " ".join(str(error).split())
    if any(isinstance(one.formatter, JsonLine) for one in logging.getLogger().handlers):
        logging.getLogger(program).critical(reason)
    else:
        print(f"{program}: {reason}", file=sys.stderr, flush=True)


class JsonLine(logging.Formatter):
    """A record as a JSON object: time (UTC), level, logger, message; exception if it has one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)


class PlainLine(logging.Formatter):
    """A record as a line to read; what a client sent cannot begin a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line, without the traceback that may follow it."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


class Seldom:
    """Lets one event of a kind through in a while, and tells how many it held back."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._due_from: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def turn(self, kind: str) -> int | None:
        """How many of this kind were held back before this one; None to hold it back as well."""
        now = time.monotonic()
        if now < self._due_from.get(kind, 0.0):
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return None
        self._due_from[kind] = now + self._seconds
        return self._held_back.pop(kind, 0)


def _log_unhandled(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    _log.critical("a bug that nothing handled", exc_info=(kind, error, traceback))


def _log_thread_end(ended: threading.ExceptHookArgs) -> None:
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | Literal[True] = True
    if ended.exc_value is not None:
        exc_info = (ended.exc_type, ended.exc_value, ended.exc_traceback)
    name = ended.thread.name if ended.thread else "?"
    _log.error("thread %s ended by a bug", name, exc_info=exc_info)
