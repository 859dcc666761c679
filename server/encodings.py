"""Undoes `Content-Encoding`: gzip, deflate and zstd, never beyond a limit.

Pure: bytes in, bytes out. A whole body is for a worker thread, since it may unfold to the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

from lake_core.errors import InvalidInput, TooLarge
from server.errors import UnsupportedMedia

SLICE_BYTES: Final = 1 << 20


def _zstd() -> Any:
    """The zstd module of the standard library (3.14) or its backport; None where it is missing."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


ZSTD: Final = _zstd()

DAMAGED: Final[tuple[type[Exception], ...]] = (
    (zlib.error, ZSTD.ZstdError) if ZSTD else (zlib.error,)
)
"""What the decompressors raise for bytes that are not theirs."""

SUPPORTED: Final = ("gzip", "deflate", *(("zstd",) if ZSTD else ()))


def check_encoding(encoding: str) -> None:
    """Raise UnsupportedMedia for an encoding that `decompress` does not know."""
    if encoding not in SUPPORTED:
        raise UnsupportedMedia(
            f"Content-Encoding {encoding!r} is not read here; send {', '.join(SUPPORTED)} or none"
        )


def decompress(encoding: str, data: bytes, limit: int) -> bytes:
    """The decoded body. TooLarge above `limit` bytes, InvalidInput where it is damaged."""
    unfolding = Unfolding(encoding)
    parts: list[bytes] = []
    total = 0
    for part in unfolding.feed(data):
        total += len(part)
        if total > limit:
            raise TooLarge(f"the body unfolds to more than the limit of {limit} bytes")
        parts.append(part)
    unfolding.end()
    return b"".join(parts)


class Unfolding:
    """Undoes an encoding piece by piece, as the pieces come; several gzip members or zstd frames
    may follow each other.
    """

    def __init__(self, encoding: str) -> None:
        check_encoding(encoding)
        self._encoding = encoding
        self._member: Any = None
        self._begun = b""  # too little to see what kind of deflate it is

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next piece unfolds to, in slices of at most SLICE_BYTES.

        Raises InvalidInput where it is damaged.
        """
        data, self._begun = self._begun + data, b""
        try:
            while data:
                if self._member is None and self._encoding == "deflate" and len(data) < 2:
                    self._begun = data
                    return
                self._member = self._member or _maker(self._encoding, data)()
                yield from self._slices(data)
                if not self._member.eof:
                    return
                data, self._member = self._member.unused_data, None
        except DAMAGED as error:
            raise InvalidInput(f"the body is not valid {self._encoding}: {error}") from None

    def end(self) -> None:
        """Nothing more comes; raises InvalidInput where something is missing."""
        if self._member is not None or self._begun:
            raise InvalidInput(f"the {self._encoding} body breaks off")

    def _slices(self, data: bytes) -> Iterator[bytes]:
        while not self._member.eof:
            part = self._member.decompress(data, SLICE_BYTES)
            data = _unread(self._member)
            if part:
                yield part
            elif not data:
                return


def _unread(member: Any) -> bytes:
    """Input not yet consumed: zlib hands it back, zstd keeps it inside."""
    return getattr(member, "unconsumed_tail", b"")


def _maker(encoding: str, data: bytes) -> Callable[[], Any]:
    check_encoding(encoding)
    if encoding == "zstd":
        return lambda: ZSTD.ZstdDecompressor()
    if encoding == "gzip":
        return lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)
    # "deflate" is zlib's format by RFC 9110, but some clients send it without zlib's header.
    wrapped = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
    return lambda: zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
