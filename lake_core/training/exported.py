"""Samples from an export: any of the three formats, as its manifest lists the files.

Owns the reading of finished exports for training; it opens no database. The formats themselves
are the export's, this side relies on no more than their documented layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Raw, Struct

from lake_core.curate.beam import BeamTensor, CoherenceMetrics
from lake_core.errors import InvalidInput, NotFound
from lake_core.training.sample import TrainingSample
from lake_core.training.share import RUN, WHOLE, Dealer, Share

_BLOCK: Final = 512


class _File(Struct):
    path: str
    folder: str
    split: str
    rows: int
    bytes: int


class _Manifest(Struct):
    format: str
    content_hash: str
    files: list[_File]


_uuid: Final = lru_cache(1024)(UUID)  # neighbours are of one snapshot
_decode_line: Final = msgspec.json.Decoder(TrainingSample).decode
_Chunk = pa.RecordBatch | list[bytes]


class ExportedEpoch:
    """One split of an export, read file by file; memory stays flat.

    Raises NotFound where there is no export, or no such split, and InvalidInput where a file is
    not as long as the manifest says.
    """

    def __init__(self, directory: Path, split: str = "train") -> None:
        self._directory = directory
        manifest = _read_manifest(directory)
        data = [file for file in manifest.files if file.folder == "data"]
        self._files = [file for file in data if file.split == split]
        if not self._files:
            splits = ", ".join(dict.fromkeys(file.split for file in data))
            raise NotFound(f"{directory} has no split {split!r}, but {splits}")
        for file in self._files:
            _check_length(directory, file)
        self.format = manifest.format
        self.content_hash = manifest.content_hash

    def __len__(self) -> int:
        return sum(file.rows for file in self._files)

    def samples(self, share: Share = WHOLE, skip: int = 0) -> Iterator[TrainingSample]:
        """The samples of a share in the order of the files, but for its first `skip`."""
        dealer = Dealer(share, skip)
        read, make = _READERS[self.format]
        for file in self._files:
            for chunk in read(self._directory / file.path):
                for wanted in dealer.deal(len(chunk)):
                    yield from make(chunk[wanted])


def _read_manifest(directory: Path) -> _Manifest:
    try:
        return msgspec.json.decode((directory / "manifest.json").read_bytes(), type=_Manifest)
    except FileNotFoundError:
        raise NotFound(f"{directory} holds no export: it has no manifest.json") from None
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{directory}/manifest.json is not an export's: {error}") from None


def _check_length(directory: Path, file: _File) -> None:
    path = directory / file.path
    if not path.is_file():
        raise NotFound(f"{path} is missing from the export")
    if path.stat().st_size != file.bytes:
        raise InvalidInput(f"{path} is not as long as the manifest says: export the epoch anew")


def _parquet_batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=16 * RUN)


def _lines(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        while lines := list(islice(file, RUN)):
            yield lines


def _members(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb", buffering=1 << 20) as file:
        members = _member_texts(file)
        while texts := list(islice(members, RUN)):
            yield texts


def _member_texts(file: Any) -> Iterator[bytes]:
    while any(block := file.read(_BLOCK)):
        size = int(block[124:135], 8)  # as ustar has it; the export checked all when it was made
        yield file.read(size)
        file.read(-size % _BLOCK)


def _of_rows(batch: pa.RecordBatch) -> Iterator[TrainingSample]:
    for row in batch.to_pylist():
        row["beam_tensor"] = msgspec.convert(row["beam_tensor"], BeamTensor)
        row["coherence"] = CoherenceMetrics(**row["coherence"])
        for name in ("position", "rotation", "scale"):
            row[name] = tuple(row[name])
        for name in ("parameters", "entity"):
            row[name] = Raw(row[name].encode())
        row["snapshot_id"] = _uuid(row["snapshot_id"])
        yield TrainingSample(**row)


def _of_lines(lines: Sequence[bytes]) -> Iterator[TrainingSample]:
    return map(_decode_line, lines)


_READERS: Final[
    dict[str, tuple[Callable[[Path], Iterator[Any]], Callable[[Any], Iterator[TrainingSample]]]]
] = {
    "parquet": (_parquet_batches, _of_rows),
    "jsonl": (_lines, _of_lines),
    "webdataset": (_members, _of_lines),
}
