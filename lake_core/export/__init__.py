"""Epochs as directories that trainers load: Parquet, JSON lines and WebDataset.

This layer reads the lake and writes files; it must not know who asked, and touches no database.
"""

from __future__ import annotations

from lake_core.export.estimate import estimate_sizes
from lake_core.export.options import FORMATS, ExportOptions, ExportReport, parse_split
from lake_core.export.run import export_epoch
from lake_core.export.target import TargetCheck, check_target, make_parent, named_target

__all__ = [
    "FORMATS",
    "ExportOptions",
    "ExportReport",
    "TargetCheck",
    "check_target",
    "estimate_sizes",
    "export_epoch",
    "make_parent",
    "named_target",
    "parse_split",
]
