"""An export as JSON lines: one object a line, for any reader.

Owns how one such file is written and read back; which samples go into it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lake_core.curate.samples import Link, Seen, Subject
from lake_core.errors import ExportFailed
from lake_core.export.pool import TextPool
from lake_core.export.shards import DATA, ROWS_PER_FILE, Column, numbered


class JsonlShard:
    """One file of lines."""

    def __init__(self, path: Path) -> None:
        self._texts = TextPool()
        self._file = path.open("wb", buffering=1 << 20)

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add a line for each sample."""
        self._file.writelines(self._texts.lines(seen, subjects))

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add a line for each connection."""
        self._file.writelines(self._texts.lines(seen, links))

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()


class JsonlFormat:
    """JSON lines, UTF-8, in the field order of the manifest's columns."""

    name = "jsonl"
    suffix = "jsonl"
    rows_per_file = ROWS_PER_FILE

    def file_name(self, split: str, index: int, count: int) -> str:
        """As datasets are named on the hubs."""
        return numbered(split, index, count, self.suffix)

    def open(self, path: Path, folder: str) -> JsonlShard:
        """Begin a file."""
        return JsonlShard(path)

    def columns(self, folder: str) -> list[Column]:
        """The fields of a line."""
        return row_columns(folder)

    def read_back(self, path: Path, folder: str) -> int:
        """Decode every line by its schema."""
        decoders = [msgspec.json.Decoder(kind) for kind in row_kinds(folder)]
        rows = 0
        with path.open("rb") as file:
            for line in file:
                try:
                    for decoder in decoders:
                        decoder.decode(line)
                except msgspec.DecodeError as error:
                    raise ExportFailed(f"{path.name}: line {rows + 1}: {error}") from None
                rows += 1
        return rows


def row_kinds(folder: str) -> tuple[type[Struct], type[Struct]]:
    """The two structures whose fields, one after the other, are a row of a folder's files."""
    return (Subject, Seen) if folder == DATA else (Link, Seen)


def row_columns(folder: str) -> list[Column]:
    """The fields of a row with their JSON types."""
    schemas = [msgspec.json.schema(kind)["$defs"][kind.__name__] for kind in row_kinds(folder)]
    fields = [field for schema in schemas for field in schema["properties"].items()]
    return [Column(name, _type_name(schema)) for name, schema in fields]


def _type_name(schema: dict[str, object]) -> str:
    """A field's JSON type; what is kept as raw JSON is an object."""
    if "anyOf" in schema:
        return "string or null"
    return str(schema.get("type", "object"))
