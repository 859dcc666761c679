"""What has to be asked of the server that writes a space, where that is another process."""

from __future__ import annotations

import time
import uuid
from collections import deque
from contextlib import closing
from datetime import UTC, datetime
from threading import Lock
from typing import Final
from urllib.parse import quote

import msgspec

from lake_core.client.wire import Refused, Unavailable, Wire
from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.lake import Lake
from lake_core.upkeep.runs import OVERDUE, ServerRun, share_running
from studio.models.served import Figures, ServedBy, figures_of

_PATIENCE_S: Final = 30.0
_LOOK_PATIENCE_S: Final = 3.0
_RATE_S: Final = 5.0
"""Seconds over which its rate is measured, as a lake measures its own."""


def take_snapshot(url: str, token: str | None, space_name: str) -> None:
    """Have the server at `url` take a snapshot. Blocks; raises LakeError."""
    with closing(Wire(url, token, _PATIENCE_S)) as wire:
        path = f"/eustress/ingest/snapshot/{quote(space_name, safe='')}"
        try:
            wire.post(path, b"", str(uuid.uuid4()))
        except (Unavailable, Refused) as error:
            raise LakeError(f"the server at {url} took no snapshot: {error}") from error


def serves(url: str, token: str | None, lake: Lake) -> bool:
    """Whether what listens at `url` is a server of this very lake, wherever its data lies.

    It is where both know of the same run that goes on. Blocks, for a few seconds at most.
    """
    since = datetime.now(UTC) - OVERDUE
    try:
        ours = lake.runs(since)
        with closing(Wire(url, token, _LOOK_PATIENCE_S)) as wire:
            theirs = wire.send("GET", runs_path(since))
        return share_running(msgspec.json.decode(theirs, type=list[ServerRun]), ours)
    except (LakeError, Unavailable, Refused, msgspec.MsgspecError):
        return False


def runs_path(since: datetime) -> str:
    """Where a server tells of the runs that were there since."""
    return f"/eustress/runs?since={quote(since.isoformat())}"


class Sender:
    """Sends batches to the server at `url` as an engine does, one after another."""

    def __init__(self, url: str, token: str | None) -> None:
        self._wire = Wire(url, token, _PATIENCE_S)
        self._turn = Lock()

    def send(self, body: bytes) -> None:
        """Have one stored. Blocks; raises DatabaseUnavailable where it may be sent again."""
        with self._turn:
            try:
                self._wire.post("/eustress/ingest/batch", body, str(uuid.uuid4()))
            except Unavailable as error:
                raise DatabaseUnavailable(str(error)) from error

    def close(self) -> None:
        """Give up what is under way, and the connection. Blocks until it has."""
        self._wire.interrupt()
        with self._turn:
            self._wire.close()


class FigureReader:
    """Reads a server's figures time and again, from any thread; calls wait for one another."""

    def __init__(self, url: str, token: str | None, database: str) -> None:
        self._url, self._database = url, database
        self._wire = Wire(url, token, _LOOK_PATIENCE_S)
        self._turn = Lock()
        self._past: deque[tuple[float, Figures]] = deque()

    def read(self) -> ServedBy:
        """How the server does now. Blocks, for three seconds at most."""
        with self._turn:
            try:
                figures = figures_of(self._wire.send("GET", "/metrics").decode())
            except (Unavailable, Refused, UnicodeDecodeError):
                self._past.clear()
                return ServedBy(self._url, self._database)
            return self._rated(time.monotonic(), figures)

    def close(self) -> None:
        """Give the connection up."""
        with self._turn:
            self._wire.close()

    def _rated(self, now: float, figures: Figures) -> ServedBy:
        """With changes a second over the last seconds; a server that began anew has none yet."""
        if self._past and figures.stored < self._past[-1][1].stored:
            self._past.clear()
        self._past.append((now, figures))
        while len(self._past) > 2 and self._past[1][0] <= now - _RATE_S:
            self._past.popleft()
        then, before = self._past[0]
        seconds = max(now - then, 1e-9)
        rates = {
            name: (stored - before.spaces.get(name, 0)) / seconds
            for name, stored in figures.spaces.items()
        }
        rate = (figures.stored - before.stored) / seconds
        return ServedBy(self._url, self._database, figures, rate, rates)
