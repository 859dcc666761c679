"""An export as JSON lines: one object a line, for any reader.

Owns how one such file is written and read back; which samples go into it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from lake_core.curate.sample import Link, Seen, Subject
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
        decode = msgspec.json.Decoder(row_kind(folder)).decode
        rows = 0
        with path.open("rb") as file:
            for line in file:
                try:
                    decode(line)
                except msgspec.DecodeError as error:
                    raise ExportFailed(f"{path.name}: line {rows + 1}: {error}") from None
                rows += 1
        return rows


def row_kind(folder: str) -> type[Struct]:
    """A row of a folder's files: the fields of what was seen, then those of where."""
    return _SAMPLE if folder == DATA else _LINK


def row_columns(folder: str) -> list[Column]:
    """The fields of a row with their JSON types."""
    kind = row_kind(folder)
    properties = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return [Column(name, _type_name(schema)) for name, schema in properties.items()]


def _joined(name: str, *kinds: type[Struct]) -> type[Struct]:
    fields = [(field.name, field.type) for kind in kinds for field in structs.fields(kind)]
    return msgspec.defstruct(name, fields, kw_only=True)


_SAMPLE: Final = _joined("Sample", Subject, Seen)
_LINK: Final = _joined("Connection", Link, Seen)


def _type_name(schema: dict[str, object]) -> str:
    """A field's JSON type; what is kept as raw JSON is an object."""
    if "anyOf" in schema:
        return "string or null"
    return str(schema.get("type", "object"))
