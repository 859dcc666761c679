"""An export as WebDataset: tar files, one `.json` member a sample, for loaders that stream.

Owns how one such file is written and read back. Members carry no time, owner or machine, so that
equal samples make equal bytes; keys are numbers, free of dots, for WebDataset takes what follows
the first dot of a name to be its extension. What a sample holds is decided elsewhere.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lake_core.curate.sample import Link, Seen, Subject
from lake_core.errors import ExportFailed
from lake_core.export.jsonl import row_columns, row_kind
from lake_core.export.pool import TextPool
from lake_core.export.shards import Column

_BLOCK: Final = 512
_RECORD: Final = 10_240  # a tar file is a whole number of these
_SAMPLES_PER_FILE: Final = 50_000  # some 100 MB; loaders deal whole files to their workers


class WebDatasetShard:
    """One tar file; `stem` begins the keys of its samples, so that no two files share one."""

    def __init__(self, path: Path, stem: str) -> None:
        self._stem = stem
        self._file = path.open("wb", buffering=1 << 20)
        self._texts = TextPool()
        self._count = self._bytes = 0

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add a member for each sample."""
        self._write(self._texts.lines(seen, subjects))

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add a member for each connection."""
        self._write(self._texts.lines(seen, links))

    def close(self) -> None:
        """Write the end of the archive and close the file."""
        if not self._file.closed:
            try:
                self._file.write(bytes(2 * _BLOCK + -(self._bytes + 2 * _BLOCK) % _RECORD))
            finally:
                self._file.close()

    def _write(self, texts: Iterable[bytes]) -> None:
        for text in texts:
            name = f"{self._stem}-{self._count:08d}.json".encode()
            member = header(name, len(text)) + text + bytes(-len(text) % _BLOCK)
            self._file.write(member)
            self._count += 1
            self._bytes += len(member)


def header(name: bytes, size: int) -> bytes:
    """The ustar header of a plain file: readable by all, of no owner, at the epoch's zero.

    `tarfile` makes the same, at ten times the cost. The name has at most 100 bytes.
    """
    length = b"%011o\0" % size
    total = _PLAIN_SUM + sum(name) + sum(length)
    return b"".join(
        (name.ljust(100, b"\0"), _OWNER, length, _TIME, b"%06o\0 " % total, _KIND)
    )  # fmt: skip


_OWNER: Final = b"0000644\0" + b"0000000\0" * 2
_TIME: Final = b"00000000000\0"
_KIND: Final = (b"0".ljust(101, b"\0") + b"ustar\x0000").ljust(_BLOCK - 156, b"\0")
_PLAIN_SUM: Final = sum(_OWNER) + sum(_TIME) + sum(b" " * 8) + sum(_KIND)


class WebDatasetFormat:
    """Tar files as `webdataset.WebDataset` streams them."""

    name = "webdataset"
    suffix = "tar"
    rows_per_file = _SAMPLES_PER_FILE

    def file_name(self, split: str, index: int, count: int) -> str:
        """As WebDataset's braces expand: `train-{000000..000041}.tar`."""
        return f"{split}-{index:06d}.tar"

    def open(self, path: Path, folder: str) -> WebDatasetShard:
        """Begin a file."""
        return WebDatasetShard(path, path.stem)

    def columns(self, folder: str) -> list[Column]:
        """The fields of a member's JSON object."""
        return row_columns(folder)

    def read_back(self, path: Path, folder: str) -> int:
        """Read every member, and decode it by its schema."""
        decode = msgspec.json.Decoder(row_kind(folder)).decode
        rows = 0
        try:
            for text in _members(path):
                decode(text)
                rows += 1
        except (tarfile.TarError, msgspec.DecodeError) as error:
            raise ExportFailed(f"{path.name}: member {rows + 1}: {error}") from None
        return rows


def _members(path: Path) -> Iterator[bytes]:
    """The contents of all members, one in memory at a time."""
    with path.open("rb", buffering=1 << 20) as file:
        while any(block := file.read(_BLOCK)):
            text = file.read(_size_in(block))
            yield text
            file.read(-len(text) % _BLOCK)
        if not block:
            raise tarfile.ReadError("the archive has no end")


def _size_in(block: bytes) -> int:
    """The size a header tells; raises TarError where it is not one of ours to the last bit."""
    try:
        size = int(block[124:135], 8)
    except ValueError:
        raise tarfile.ReadError("a header without a size") from None
    if block != header(block[:100].rstrip(b"\0"), size):
        raise tarfile.ReadError("a damaged header")
    return size
