"""An export as Parquet: columns, zstd, row groups of some 64,000 samples.

Owns the Arrow schema of a sample and how one file is written and read back. Objects without a
fixed shape (`parameters`, `entity`, `connection`) travel as JSON texts, for a column has one type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lake_core.curate.beam import DIGITS
from lake_core.errors import ExportFailed
from lake_core.export.samples import Link, Seen, Subject
from lake_core.export.shards import DATA, ROWS_PER_BLOCK, Column

ROWS_PER_GROUP: Final = 65_536
BYTES_PER_GROUP: Final = 32 << 20  # large entities make smaller groups, so memory stays flat

_BEAM: Final = pa.struct(
    [
        ("digits", pa.list_(pa.float32())),
        ("ethos", pa.float64()),
        ("logos", pa.float64()),
        ("pathos", pa.float64()),
        ("confidence", pa.float64()),
        ("word", pa.string()),
        ("position", pa.int32()),
    ]
)
_COHERENCE: Final = pa.struct(
    [
        ("sacred_frequency", pa.float64()),
        ("digital_root_coherence", pa.float64()),
        ("vortex_cycle_coherence", pa.float64()),
        ("overall_coherence", pa.float64()),
        ("is_degrading", pa.bool_()),
        ("degradation_severity", pa.float64()),
    ]
)
_SEEN: Final = [
    ("space_name", pa.string()),
    ("snapshot_id", pa.string()),
    ("timestamp", pa.timestamp("us", tz="UTC")),
]
SAMPLE_SCHEMA: Final = pa.schema(
    [
        ("text", pa.string()),
        ("prompt", pa.string()),
        ("response", pa.string()),
        ("flux_position", pa.int32()),
        ("flux_rule", pa.string()),
        ("weight", pa.float64()),
        ("beam_tensor", _BEAM),
        ("coherence", _COHERENCE),
        ("position", pa.list_(pa.float64())),
        ("entity_id", pa.string()),
        ("depth", pa.int32()),
        ("parent_id", pa.string()),
        ("name", pa.string()),
        ("class_type", pa.string()),
        ("rotation", pa.list_(pa.float64())),
        ("scale", pa.list_(pa.float64())),
        ("tags", pa.list_(pa.string())),
        ("parameters", pa.string()),
        ("entity", pa.string()),
        *_SEEN,
    ]
)
CONNECTION_SCHEMA: Final = pa.schema(
    [
        ("source_id", pa.string()),
        ("target_id", pa.string()),
        ("connection_type", pa.string()),
        ("strength", pa.float64()),
        ("label", pa.string()),
        ("connection", pa.string()),
        *_SEEN,
    ]
)
_PLAIN: Final = (
    "text",
    "prompt",
    "response",
    "flux_position",
    "flux_rule",
    "weight",
    "entity_id",
    "depth",
    "parent_id",
    "name",
    "class_type",
    "tags",
)
_DIGITS: Final = np.array(DIGITS, np.float32)


class ParquetShard:
    """One file; batches gather until they make a row group."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._gathered: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add samples of one snapshot."""
        columns = _sample_columns(subjects) | _seen_columns(seen, len(subjects))
        self._gather(columns)

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add connections of one snapshot."""
        self._gather(_link_columns(links) | _seen_columns(seen, len(links)))

    def close(self) -> None:
        """Write what is left and the footer."""
        try:
            self._write_group()
        finally:
            self._writer.close()

    def _gather(self, columns: dict[str, pa.Array]) -> None:
        batch = pa.RecordBatch.from_arrays(
            [columns[name] for name in self._schema.names], schema=self._schema
        )
        self._gathered.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= ROWS_PER_GROUP or self._bytes >= BYTES_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._rows = self._bytes = 0
        if gathered:
            table = pa.Table.from_batches(gathered, self._schema)
            self._writer.write_table(table, row_group_size=table.num_rows)


class ParquetFormat:
    """Parquet as pyarrow writes it."""

    name = "parquet"
    suffix = "parquet"

    def open(self, path: Path, folder: str) -> ParquetShard:
        """Begin a file."""
        return ParquetShard(path, _schema(folder))

    def columns(self, folder: str) -> list[Column]:
        """The columns and their Arrow types."""
        return [Column(field.name, str(field.type)) for field in _schema(folder)]

    def read_back(self, path: Path, folder: str) -> int:
        """Decode every row group; its checks of pages and types are pyarrow's."""
        try:
            with pq.ParquetFile(path) as file:
                if not file.schema_arrow.equals(_schema(folder)):
                    raise ExportFailed(f"{path.name} has other columns on reading back")
                return sum(batch.num_rows for batch in _batches(file))
        except pa.ArrowException as error:
            raise ExportFailed(f"{path.name} cannot be read back: {error}") from error


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    for batch in file.iter_batches(batch_size=ROWS_PER_BLOCK):
        batch.validate()
        yield batch


def _schema(folder: str) -> pa.Schema:
    return SAMPLE_SCHEMA if folder == DATA else CONNECTION_SCHEMA


def _sample_columns(subjects: Sequence[Subject]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(s, name) for s in subjects], SAMPLE_SCHEMA.field(name).type)
        for name in _PLAIN
    }
    columns["position"] = _vectors([s.position for s in subjects], 3)
    columns["rotation"] = _vectors([s.rotation for s in subjects], 4)
    columns["scale"] = _vectors([s.scale for s in subjects], 3)
    columns["parameters"] = _texts([bytes(s.parameters) for s in subjects])
    columns["entity"] = _texts([bytes(s.entity) for s in subjects])
    columns["beam_tensor"] = _struct(
        _BEAM, [s.beam_tensor for s in subjects], {"digits": _digits(subjects)}
    )
    columns["coherence"] = _struct(_COHERENCE, [s.coherence for s in subjects], {})
    return columns


def _link_columns(links: Sequence[Link]) -> dict[str, pa.Array]:
    names = [name for name in CONNECTION_SCHEMA.names[: -len(_SEEN)] if name != "connection"]
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(link, name) for link in links], CONNECTION_SCHEMA.field(name).type)
        for name in names
    }
    return columns | {"connection": _texts([bytes(link.connection) for link in links])}


def _seen_columns(seen: Seen, count: int) -> dict[str, pa.Array]:
    values: tuple[Any, ...] = (seen.space_name, str(seen.snapshot_id), seen.timestamp)
    return {
        name: pa.repeat(pa.scalar(value, kind), count)
        for (name, kind), value in zip(_SEEN, values, strict=True)
    }


def _struct(kind: pa.StructType, rows: Sequence[Any], known: dict[str, pa.Array]) -> pa.Array:
    fields = list(kind)
    arrays = [
        known[field.name]
        if field.name in known
        else pa.array([getattr(row, field.name) for row in rows], field.type)
        for field in fields
    ]
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _digits(subjects: Sequence[Subject]) -> pa.Array:
    return _vectors(_DIGITS[[s.flux_position for s in subjects]], 9)


def _vectors(rows: Any, width: int) -> pa.Array:
    """Rows [n, width] as a list column, without a Python object a number."""
    values = np.asarray(rows)
    if values.dtype != np.float32:
        values = values.astype(np.float64)
    offsets = np.arange(0, (len(values) + 1) * width, width, dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, pa.array(values.reshape(-1)))


def _texts(documents: Sequence[bytes]) -> pa.Array:
    return pa.array(documents, pa.binary()).cast(pa.string())
