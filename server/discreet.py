"""How the other side's faults are logged: on one line, at the right level, without what was sent.

aiohttp logs what is not HTTP, and a client that leaves before its answer, as errors of ours with
traceback, the offending line included, which may hold the sender's token.
"""

from __future__ import annotations

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

LOGGER: Final = logging.getLogger("server.http")


class Discreet(logging.Filter):
    """Turns the record of another's fault into one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be told."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            level, message = logging.INFO, "what came from %s is not HTTP"
        elif isinstance(error, ConnectionError):
            level, message = logging.DEBUG, "%s left before its answer"
        else:
            return True
        record.levelno, record.levelname = level, logging.getLevelName(level)
        record.msg, record.exc_info = message, None
        return LOGGER.isEnabledFor(level)


LOGGER.addFilter(Discreet())
