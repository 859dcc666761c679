"""Undoes `Content-Encoding`: gzip, deflate and zstd, never beyond a limit.

Pure: bytes in, bytes out. Meant for a worker thread, since a body may unfold to the limit.
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
    parts: list[bytes] = []
    total = 0
    try:
        for part in _slices(encoding, data):
            total += len(part)
            if total > limit:
                raise TooLarge(f"the body unfolds to more than the limit of {limit} bytes")
            parts.append(part)
    except DAMAGED as error:
        raise InvalidInput(f"the body is not valid {encoding}: {error}") from None
    return b"".join(parts)


def _slices(encoding: str, data: bytes) -> Iterator[bytes]:
    """The decoded body slice by slice; a body may be several gzip members or zstd frames."""
    make = _maker(encoding, data)
    while data:
        member, pending = make(), data
        while not member.eof:
            part = member.decompress(pending, SLICE_BYTES)
            pending = _unread(member)
            if not part and not pending and not member.eof:
                raise InvalidInput(f"the {encoding} body breaks off")
            yield part
        data = member.unused_data


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
