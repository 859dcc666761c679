"""Epochs as directories that trainers load: Parquet, JSON lines and WebDataset.

This layer reads the lake and writes files; it must not know who asked, and touches no database.
"""

from __future__ import annotations

from lake_core.export.estimate import estimate_sizes
from lake_core.export.options import FORMATS, ExportOptions, ExportReport, parse_split
from lake_core.export.run import export_epoch

__all__ = [
    "FORMATS",
    "ExportOptions",
    "ExportReport",
    "estimate_sizes",
    "export_epoch",
    "parse_split",
]
