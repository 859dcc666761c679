"""Every endpoint in words. A route that is not described here fails a test, and the other way."""

from __future__ import annotations

from typing import Final

from server.described import archive, curating, ingest, itself, reading, runs, streaming, upkeep
from server.described.words import Endpoint

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *ingest.ENDPOINTS,
    *streaming.ENDPOINTS,
    *reading.ENDPOINTS,
    *curating.ENDPOINTS,
    *upkeep.ENDPOINTS,
    *archive.ENDPOINTS,
    *runs.ENDPOINTS,
    *itself.ENDPOINTS,
)
