from __future__ import annotations

import gzip
import zlib

import pytest
from backports import zstd

from lake_core.errors import InvalidInput, TooLarge
from server.encodings import SLICE_BYTES, Unfolding, decompress
from server.errors import UnsupportedMedia

BODY = b'{"space_name": "quantum_mechanics"}' * 100
LIMIT = 10 * SLICE_BYTES

RAW_DEFLATE = zlib.compressobj(wbits=-15)
ENCODED = [
    ("gzip", gzip.compress(BODY)),
    ("deflate", zlib.compress(BODY)),
    ("deflate", RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush()),
    ("zstd", zstd.compress(BODY)),
    ("gzip", gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:])),
    ("zstd", zstd.compress(BODY[:1000]) + zstd.compress(BODY[1000:])),
]


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
def test_that_each_encoding_is_undone(encoding: str, data: bytes) -> None:
    assert decompress(encoding, data, LIMIT) == BODY


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
def test_that_a_body_cut_short_is_invalid(encoding: str, data: bytes) -> None:
    with pytest.raises(InvalidInput):
        decompress(encoding, data[:-3], LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_that_a_body_in_no_encoding_is_invalid(encoding: str) -> None:
    with pytest.raises(InvalidInput, match=encoding):
        decompress(encoding, b"{}" * 50, LIMIT)


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress, zstd.compress])
def test_that_the_limit_counts_decompressed_bytes(encode) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    encoding = {"gzip": "gzip", "zlib": "deflate"}.get(encode.__module__, "zstd")
    data = encode(bytes(3 * SLICE_BYTES))
    assert len(decompress(encoding, data, 3 * SLICE_BYTES)) == 3 * SLICE_BYTES
    with pytest.raises(TooLarge, match=str(3 * SLICE_BYTES - 1)):
        decompress(encoding, data, 3 * SLICE_BYTES - 1)


def test_that_a_small_body_that_unfolds_without_end_is_cut_at_the_limit() -> None:
    bomb = zstd.compress(bytes(300 * SLICE_BYTES))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        decompress("zstd", bomb, SLICE_BYTES)


@pytest.mark.parametrize("encoding", ["br", "compress", "gzip, gzip", "x"])
def test_that_another_encoding_is_named_with_those_that_are_read(encoding: str) -> None:
    with pytest.raises(UnsupportedMedia, match="gzip, deflate, zstd"):
        decompress(encoding, BODY, LIMIT)


def test_that_an_empty_body_stays_empty() -> None:
    assert decompress("gzip", b"", LIMIT) == b""


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_that_an_encoding_is_undone_piece_by_piece(encoding: str, data: bytes, size: int) -> None:
    unfolding = Unfolding(encoding)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(part for piece in pieces for part in unfolding.feed(piece)) == BODY
    unfolding.end()


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress, zstd.compress])
def test_that_a_piece_that_unfolds_without_end_comes_in_slices(encode) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    encoding = {"gzip": "gzip", "zlib": "deflate"}.get(encode.__module__, "zstd")
    unfolding = Unfolding(encoding)
    sizes = [len(part) for part in unfolding.feed(encode(bytes(5 * SLICE_BYTES)))]
    assert sum(sizes) == 5 * SLICE_BYTES
    assert max(sizes) <= SLICE_BYTES
