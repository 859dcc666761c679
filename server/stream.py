"""`POST /eustress/ingest/stream`: operations as lines, stored as they come in.

Memory stays flat however long the body is: what is read and not yet committed is bounded, and
while it is at its bound nothing more is read. A stream is no transaction: where a line is refused
the lines before it are stored, and the answer says from which line to go on. Under an
`Idempotency-Key` lines that were stored before are passed over, however far the stream came.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from aiohttp import StreamReader, hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from lake_core.errors import DatabaseUnavailable, InvalidInput, KeyReused, LakeError, TooLarge
from lake_core.lake import Lake
from lake_core.scene.model import IngestResult
from lake_core.scene.operations import MOST_WARNINGS, PartResult, Standing, digest_after
from server.answers import json_response
from server.arrivals import Arrivals
from server.conveyor import Conveyor
from server.encodings import Unfolding
from server.errors import StreamStopped, UnsupportedMedia
from server.gate import LakeGate
from server.ingest import PREFIX, idempotency_key
from server.lines import LineCutter
from server.peers import watch_peer

TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


class StreamAnswer(IngestResult, kw_only=True):
    """The answer to a stream; `lines` counts those that were read, blank ones too."""

    lines: int


class Streams:
    """The handler, and the streams under way."""

    def __init__(self, gate: LakeGate) -> None:
        self._gate = gate
        self._limit = gate.settings.max_line_bytes
        self._arrivals = Arrivals()
        self._under_way: set[StreamReader] = set()

    def routes(self) -> list[web.RouteDef]:
        """The one POST."""
        return [web.post(PREFIX + "/stream", self.ingest)]

    async def close(self, application: web.Application) -> None:
        """Stop reading: what was read is committed, and the senders are told where to go on."""
        for content in self._under_way:
            content.set_exception(_GoingAway())

    async def ingest(self, request: web.Request) -> web.StreamResponse:
        """Store the lines of the body; the answer when all of them are committed."""
        _check_type(request)
        watch_peer(request)
        key = idempotency_key(request)
        pieces = _pieces(request)
        lake = await self._gate.wait()
        session, standing = await self._session(lake, key)
        upload = _Upload(lake, session, standing, self._limit, key or "")
        self._under_way.add(request.content)
        try:
            return json_response(await upload.take_all(pieces))
        finally:
            self._under_way.discard(request.content)
            await upload.close()

    async def _session(self, lake: Lake, key: str | None) -> tuple[str, Standing]:
        if key is None:
            session = f"stream:{uuid.uuid4().hex}"
            return session, await self._arrivals.wait(lake.session(session, is_new=True))
        session = f"key:{key}"
        return session, await self._arrivals.wait(lake.session(session, may_be_new=True))


class _GoingAway(DatabaseUnavailable):
    def __init__(self) -> None:
        super().__init__("the server is going away")


class _Upload:
    """One stream on its way."""

    def __init__(self, lake: Lake, session: str, standing: Standing, limit: int, key: str) -> None:
        self._before, self._key = standing, key
        self._limit = limit
        self._cutter = LineCutter(limit)
        self._read = 0
        self._seen = ""  # the digest of the lines that are passed over
        self._answer = StreamAnswer(message="Stream ingested", lines=0)
        self._stopped: StreamStopped | None = None
        self._done = standing.position
        self._conveyor = Conveyor(lake, session, standing, self._committed, strict=True, key=key)
        self._conveyor.begin()

    async def take_all(self, pieces: AsyncIterator[bytes]) -> StreamAnswer:
        """Read to the end; raises StreamStopped where the stream was given up before."""
        try:
            async for piece in pieces:
                await self._take(self._cutter.feed(piece))
                if self._cutter.is_too_long:
                    raise TooLarge(f"a line is over the limit of {self._limit} bytes")
            await self._take(self._cutter.end())
            self._check_end()
            await (self._conveyor.finish() if self._is_open else self._conveyor.drain())
        except LakeError as error:
            await self._give_up(error)
        if self._stopped is not None:
            raise self._stopped
        return self._told()

    async def close(self) -> None:
        """Let what was read be committed, and stop."""
        with suppress(LakeError):
            await self._conveyor.drain()
        await self._conveyor.stop()

    @property
    def _is_open(self) -> bool:
        return bool(self._key) and not self._before.ended

    async def _take(self, lines: list[bytes]) -> None:
        for line in self._new(lines):
            self._read += 1
            self._conveyor.add(self._read, line)
        await self._conveyor.room()
        if self._stopped is not None:
            raise self._stopped

    def _new(self, lines: list[bytes]) -> list[bytes]:
        """Without those that were stored under the same key before; raises KeyReused."""
        known = self._before.position - self._read
        if known > 0:
            again, lines = lines[:known], lines[known:]
            self._seen = digest_after(self._seen, again)
            self._read += len(again)
            if self._read == self._before.position and self._seen != self._before.digest:
                raise _reused()
        if lines and self._before.ended:
            raise _reused()
        return lines

    def _check_end(self) -> None:
        if self._read < self._before.position:
            raise _reused()

    async def _committed(self, result: PartResult) -> None:
        answer = self._answer
        answer.accepted += result.accepted
        answer.unchanged += result.unchanged
        answer.seq = result.seq
        answer.warnings = (answer.warnings + result.warnings)[:MOST_WARNINGS]
        self._done = result.standing.position
        if result.refused:
            refusal = result.refused[0]
            self._stopped = self._stop(refusal.error(), refusal.number)

    async def _give_up(self, error: LakeError) -> None:
        """Commit what came before the fault, then say where it lies."""
        if isinstance(error, StreamStopped):
            return
        with suppress(LakeError):
            await self._conveyor.drain()
        if isinstance(error, KeyReused):
            raise error
        self._stopped = self._stopped or self._stop(error, self._done + 1)

    def _stop(self, error: LakeError, line: int) -> StreamStopped:
        told = self._told()
        return StreamStopped(error, line, told.accepted, told.unchanged)

    def _told(self) -> StreamAnswer:
        """What came of the whole stream, earlier tries under its key among it."""
        before, here = self._before, self._answer
        return StreamAnswer(
            message=here.message,
            accepted=before.accepted + here.accepted,
            unchanged=before.unchanged + here.unchanged,
            seq=here.seq or before.seq,
            warnings=(before.warnings + here.warnings)[:MOST_WARNINGS],
            lines=self._read,
        )


def _reused() -> KeyReused:
    return KeyReused("this Idempotency-Key was used with another stream")


def _check_type(request: web.Request) -> None:
    stated = request.headers.get(hdrs.CONTENT_TYPE)
    if stated is not None and request.content_type not in TYPES:
        raise UnsupportedMedia(f"Content-Type {stated!r} is not read here; send {TYPES[0]}")
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia("lines are UTF-8")


def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body as it was before it was encoded; raises UnsupportedMedia at once."""
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if encoding in ("", "identity"):
        return _received(request.content)
    return _unfolded(request.content, Unfolding(encoding))


async def _received(content: StreamReader) -> AsyncIterator[bytes]:
    try:
        while piece := await content.readany():
            yield piece
    except (RequestPayloadError, ConnectionError) as error:
        raise InvalidInput(f"the body broke off: {error}") from None


async def _unfolded(content: StreamReader, unfolding: Unfolding) -> AsyncIterator[bytes]:
    async for piece in _received(content):
        for unfolded in unfolding.feed(piece):
            yield unfolded
    unfolding.end()
