"""An export as JSON lines: one object a line, for any reader.

Owns how one such file is written and read back; which samples go into it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lake_core.errors import ExportFailed
from lake_core.export.samples import Link, Seen, Subject
from lake_core.export.shards import DATA, Column

_encode: Final = msgspec.json.Encoder().encode


def _line(row: Struct, seen: Struct) -> bytes:
    """Both objects as one; they have no field in common."""
    return _encode(row)[:-1] + b"," + _encode(seen)[1:] + b"\n"


class JsonlShard:
    """One file of lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=1 << 20)

    def write_samples(self, seen: Seen, subjects: Sequence[Subject]) -> None:
        """Add a line for each sample."""
        self._file.writelines(_line(subject, seen) for subject in subjects)

    def write_links(self, seen: Seen, links: Sequence[Link]) -> None:
        """Add a line for each connection."""
        self._file.writelines(_line(link, seen) for link in links)

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()


class JsonlFormat:
    """JSON lines, UTF-8, in the field order of the manifest's columns."""

    name = "jsonl"
    suffix = "jsonl"

    def open(self, path: Path, folder: str) -> JsonlShard:
        """Begin a file."""
        return JsonlShard(path)

    def columns(self, folder: str) -> list[Column]:
        """The fields of a line."""
        kinds = (Subject, Seen) if folder == DATA else (Link, Seen)
        schemas = [msgspec.json.schema(kind)["$defs"][kind.__name__] for kind in kinds]
        fields = [field for schema in schemas for field in schema["properties"].items()]
        return [Column(name, _type_name(name, schema)) for name, schema in fields]

    def read_back(self, path: Path, folder: str) -> int:
        """Decode every line by its schema."""
        kinds = (Subject, Seen) if folder == DATA else (Link, Seen)
        decoders = [msgspec.json.Decoder(kind) for kind in kinds]
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


def _type_name(name: str, schema: dict[str, object]) -> str:
    """A field's JSON type; what is kept as raw JSON is an object."""
    if "anyOf" in schema:
        return "string or null"
    return str(schema.get("type", "object"))
