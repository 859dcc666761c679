"""An archive's files: rows of the log, the keyframe they begin at and the snapshots, as Parquet.

Owns the layout (`manifest.json`, `keyframe-00000.parquet`, `changes-…`, `snapshots-…`), written to
a Place and read back with each checksum compared. Knows nothing of databases.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from lake_core.archive.place import Place, readable, told
from lake_core.errors import InvalidInput, LakeError, NotFound
from lake_core.store.archive import KeyframePart, LogRow, StoredSnapshot

FORMAT: Final = "eustress-lake-archive/1"
MANIFEST: Final = "manifest.json"
OURS: Final = re.compile(r"manifest\.json(\.partial)?|(changes|keyframe|snapshots)-\d{5,}\.parquet")
"""Names of an archive's files, by which what a killed process left can be told."""
Kind = Literal["keyframe", "changes", "snapshots"]

_ROWS_PER_FILE: Final = 250_000
_BYTES_PER_FILE: Final = 64 << 20
"""Before compression. A file is read whole, so that its checksum is that of what is used."""
_ROWS_AT_ONCE: Final = 10_000
_TIME: Final = pa.timestamp("us", "UTC")
_SCHEMAS: Final[dict[Kind, pa.Schema]] = {
    "keyframe": pa.schema(
        [("kind", pa.int16()), ("fluxes", pa.list_(pa.int16())), ("documents", pa.string())]
    ),
    "changes": pa.schema(
        [
            ("seq", pa.int64()),
            ("recorded_at", _TIME),
            ("client_time", pa.float64()),
            ("kind", pa.int16()),
            ("flux", pa.int16()),
            ("key", pa.string()),
            ("patch", pa.string()),
        ]
    ),
    "snapshots": pa.schema(
        [
            ("id", pa.string()),
            ("seq", pa.int64()),
            ("recorded_at", _TIME),
            ("trigger", pa.string()),
            ("metadata", pa.string()),
            ("pinned", pa.bool_()),
            ("tags", pa.list_(pa.string())),
            ("note", pa.string()),
            ("rating", pa.int16()),
            ("deleted_at", _TIME),
            ("expired", pa.bool_()),
            ("created_at", _TIME),
        ]
    ),
}


class ArchiveFile(Struct, frozen=True, kw_only=True):
    """One file as the manifest lists it."""

    path: str
    kind: Kind
    rows: int
    bytes: int
    sha256: str


class ArchiveManifest(Struct, frozen=True, kw_only=True):
    """What an archive holds: changes after `from_seq` up to `to_seq`, snapshots before `to_seq`.

    The state hashes are those of the states at both ends; at the first, where it is not the very
    beginning, there is a keyframe.
    """

    format: str = FORMAT
    id: UUID
    space_name: str
    created_at: datetime
    from_seq: int
    to_seq: int
    from_at: datetime
    to_at: datetime
    from_state_hash: str
    to_state_hash: str
    changes: int
    snapshot_ids: list[UUID]
    files: list[ArchiveFile]

    @property
    def bytes(self) -> int:
        """What its files take up together."""
        return sum(file.bytes for file in self.files)


class ArchiveWriter:
    """Writes the files of one archive to a place; what it wrote is in `files` after `finish`."""

    def __init__(self, place: Place) -> None:
        self._series: dict[Kind, _Series] = {}
        self._place = place
        self.files: list[ArchiveFile] = []

    def keyframe(self, parts: Iterable[KeyframePart]) -> None:
        """Add parts of the keyframe, in order."""
        for part in parts:
            self._of("keyframe").add([part], len(part[2]))

    def changes(self, rows: Sequence[LogRow]) -> None:
        """Add rows of the log, in order."""
        self._of("changes").add(rows, sum(len(row[5]) + len(row[6] or "") for row in rows))

    def snapshots(self, snapshots: Sequence[StoredSnapshot]) -> None:
        """Add snapshots, by place."""
        for start in range(0, len(snapshots), _ROWS_AT_ONCE):
            rows = [
                (str(each.id), *msgspec.structs.astuple(each)[1:])
                for each in snapshots[start : start + _ROWS_AT_ONCE]
            ]
            self._of("snapshots").add(rows, sum(len(row[4]) for row in rows))

    def finish(self) -> None:
        """End the last files."""
        for series in self._series.values():
            series.end()

    def abandon(self) -> None:
        """Let go of what is open, after a failure."""
        for series in self._series.values():
            series.abandon()

    def _of(self, kind: Kind) -> _Series:
        if kind not in self._series:
            self._series[kind] = _Series(self._place, kind, self.files)
        return self._series[kind]


class _Series:
    """The files of one kind, of which the last may be open."""

    def __init__(self, place: Place, kind: Kind, files: list[ArchiveFile]) -> None:
        self._place, self._kind, self._files = place, kind, files
        self._count = self._rows = self._bytes = 0
        self._open = ExitStack()
        self._sink: _Hashing | None = None
        self._writer: Any = None

    def add(self, rows: Sequence[tuple[Any, ...]], size: int) -> None:
        if self._writer is None:
            self._begin()
        schema = _SCHEMAS[self._kind]
        columns = zip(schema, zip(*rows, strict=True), strict=True)
        arrays = [pa.array(column, field.type) for field, column in columns]
        with told(self._place.where):
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
        self._rows += len(rows)
        self._bytes += size
        if self._rows >= _ROWS_PER_FILE or self._bytes >= _BYTES_PER_FILE:
            self.end()

    def end(self) -> None:
        if self._sink is None:
            return
        sink, self._sink, self._writer = self._sink, None, None
        self._open.close()
        self._files.append(
            ArchiveFile(
                path=self._name(),
                kind=self._kind,
                rows=self._rows,
                bytes=sink.size,
                sha256=sink.digest.hexdigest(),
            )
        )
        self._count += 1
        self._rows = self._bytes = 0

    def abandon(self) -> None:
        self._sink = self._writer = None
        self._open.close()

    def _begin(self) -> None:
        self._sink = _Hashing(self._open.enter_context(self._place.writing(self._name())))
        with told(self._place.where):
            writer = pq.ParquetWriter(self._sink, _SCHEMAS[self._kind], compression="zstd")
            self._writer = self._open.enter_context(writer)

    def _name(self) -> str:
        return f"{self._kind}-{self._count:05d}.parquet"


class _Hashing:
    """A file to write to that knows its checksum."""

    closed = False

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.size += len(data)
        self._stream.write(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """There is nothing to flush: the stream is closed by its place."""


# -- reading


def find_manifest(place: Place) -> ArchiveManifest | None:
    """What an archive says it holds; None where there is none. Raises InvalidInput, LakeError."""
    try:
        text = place.read(MANIFEST).to_pybytes()
    except NotFound:
        return None
    try:
        manifest = msgspec.json.decode(text, type=ArchiveManifest)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"{place.where} is no archive of a lake: {error}") from None
    if manifest.format != FORMAT:
        raise InvalidInput(f"{place.where} is of format {manifest.format!r}, not {FORMAT!r}")
    return manifest


def read_manifest(place: Place) -> ArchiveManifest:
    """What an archive says it holds; raises InvalidInput where there is none."""
    manifest = find_manifest(place)
    if manifest is None:
        raise InvalidInput(f"{place.where} is no archive of a lake: it has no {MANIFEST}")
    return manifest


def read_keyframe(place: Place, manifest: ArchiveManifest) -> list[KeyframePart]:
    """The parts of the keyframe; none where the stretch begins with nothing."""
    return [row for rows in _rows(place, manifest, "keyframe") for row in rows]


def read_snapshots(place: Place, manifest: ArchiveManifest) -> list[StoredSnapshot]:
    """The snapshots, by place."""
    return [
        StoredSnapshot(UUID(row[0]), *map(_in_utc, row[1:]))
        for rows in _rows(place, manifest, "snapshots")
        for row in rows
    ]


def read_changes(place: Place, manifest: ArchiveManifest) -> Iterator[list[LogRow]]:
    """The rows of the log, in order, many at once."""
    return _rows(place, manifest, "changes")


def _rows(place: Place, manifest: ArchiveManifest, kind: Kind) -> Iterator[list[Any]]:
    """Rows of the files of a kind; each file is compared with its checksum before it is used."""
    for file in manifest.files:
        if file.kind != kind:
            continue
        buffer = place.read(file.path)
        if hashlib.sha256(buffer).hexdigest() != file.sha256:
            raise LakeError(f"{place.where}/{file.path} is damaged: its checksum is another")
        try:
            with pq.ParquetFile(readable(buffer)) as opened:
                for batch in opened.iter_batches(_ROWS_AT_ONCE):
                    columns = [column.to_pylist() for column in batch.columns]
                    yield list(zip(*columns, strict=True))
        except (pa.ArrowException, OSError) as error:
            raise LakeError(f"{place.where}/{file.path} cannot be read: {error}") from error


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
