"""An export as Parquet: columns, zstd, row groups of some 64,000 samples.

Owns how one such file is written and read back; what its columns are is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from lake_core.curate.sample import Link, Seen, Subject
from lake_core.errors import ExportFailed
from lake_core.export.columns import (
    CONNECTION_SCHEMA,
    SAMPLE_SCHEMA,
    link_rows,
    sample_rows,
    seen_in,
)
from lake_core.export.pool import RowPool
from lake_core.export.shards import DATA, ROWS_PER_BLOCK, ROWS_PER_FILE, Column, numbered

ROWS_PER_GROUP: Final = 65_536
BYTES_PER_GROUP: Final = 24 << 20  # large entities make smaller groups, so memory stays flat


class ParquetShard:
    """One file; batches gather until they make a row group.

    A group is compressed in a thread of its own while the next one gathers; there is never more
    than one under way.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._gathered: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._samples, self._links = RowPool(sample_rows), RowPool(link_rows)
        self._thread = ThreadPoolExecutor(1, "parquet")
        self._under_way: Future[None] | None = None
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add samples of one snapshot."""
        self._gather(seen, self._samples.rows(subjects))

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add connections of one snapshot."""
        self._gather(seen, self._links.rows(links))

    def close(self) -> None:
        """Write what is left and the footer."""
        try:
            self._write_group()
            self._finish_group()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def _gather(self, seen: Seen, rows: pa.RecordBatch) -> None:
        batch = seen_in(seen, rows, self._schema)
        self._gathered.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= ROWS_PER_GROUP or self._bytes >= BYTES_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        self._finish_group()
        gathered, self._gathered = self._gathered, []
        self._rows = self._bytes = 0
        if gathered:
            table = pa.Table.from_batches(gathered, self._schema)
            self._under_way = self._thread.submit(
                self._writer.write_table, table, row_group_size=table.num_rows
            )

    def _finish_group(self) -> None:
        """Wait for the group under way; raises what went wrong with it."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()
            pa.default_memory_pool().release_unused()


class ParquetFormat:
    """Parquet as pyarrow writes it."""

    name = "parquet"
    suffix = "parquet"
    rows_per_file = ROWS_PER_FILE

    def file_name(self, split: str, index: int, count: int) -> str:
        """As datasets are named on the hubs."""
        return numbered(split, index, count, self.suffix)

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
        except (pa.ArrowException, OSError) as error:
            raise ExportFailed(f"{path.name} cannot be read back: {error}") from error


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    for batch in file.iter_batches(batch_size=ROWS_PER_BLOCK, use_threads=False):
        batch.validate()
        yield batch


def _schema(folder: str) -> pa.Schema:
    return SAMPLE_SCHEMA if folder == DATA else CONNECTION_SCHEMA
