"""Samples and connections as Arrow columns.

Owns the Arrow schema of both and how objects become columns. Objects without a fixed shape
(`parameters`, `entity`, `connection`) travel as JSON texts, for a column has one type. It must not
know files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lake_core.curate.beam import DIGITS
from lake_core.curate.sample import Link, Seen, Subject

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


def sample_rows(subjects: Sequence[Subject]) -> pa.RecordBatch:
    """Samples but for the snapshot they were seen in."""
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
    return _batch(columns, SAMPLE_SCHEMA)


def link_rows(links: Sequence[Link]) -> pa.RecordBatch:
    """Connections but for the snapshot they were seen in."""
    names = [name for name in CONNECTION_SCHEMA.names[: -len(_SEEN)] if name != "connection"]
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(link, name) for link in links], CONNECTION_SCHEMA.field(name).type)
        for name in names
    }
    columns["connection"] = _texts([bytes(link.connection) for link in links])
    return _batch(columns, CONNECTION_SCHEMA)


def seen_in(seen: Seen, rows: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """`rows` with the columns that say in which snapshot they were seen: whole by `schema`."""
    values: tuple[Any, ...] = (seen.space_name, str(seen.snapshot_id), seen.timestamp)
    columns = [
        pa.repeat(pa.scalar(value, kind), rows.num_rows)
        for (_, kind), value in zip(_SEEN, values, strict=True)
    ]
    return pa.RecordBatch.from_arrays([*rows.columns, *columns], schema=schema)


def _batch(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    fields = list(schema)[: -len(_SEEN)]
    return pa.RecordBatch.from_arrays(
        [columns[field.name] for field in fields], schema=pa.schema(fields)
    )


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
