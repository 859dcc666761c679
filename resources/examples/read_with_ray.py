"""Read a Parquet export with Ray Data: samples and their weights by flux position.

    pip install "ray[data]"
    lake export EPOCH out --format parquet
    python read_with_ray.py out

Ray reads the files side by side, on one machine or many, and hands them out as blocks: what a
trainer would map, shuffle and feed from here. It takes no more than the documented columns.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray
import ray.data

COLUMNS = ["flux_position", "weight"]


def totals(batch: pa.Table) -> pa.Table:
    """Samples and weights of one block, by flux position."""
    counted = batch.group_by("flux_position").aggregate([("weight", "count"), ("weight", "sum")])
    return counted.rename_columns(["flux_position", "samples", "weight"])


def read(directory: Path, split: str) -> ray.data.Dataset:
    """The samples of a split; splits are told apart by the names of their files."""
    files = sorted(map(str, directory.glob(f"data/{split}-*.parquet")))
    if not files:
        raise SystemExit(f"{directory} holds no Parquet files of the split {split!r}")
    return ray.data.read_parquet(files, columns=COLUMNS)


def main() -> None:
    """Print a line for each flux position that occurs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--split", default="train")
    arguments = parser.parse_args()
    samples = read(arguments.directory, arguments.split)
    rows: list[dict[str, Any]] = (
        samples.map_batches(totals, batch_format="pyarrow")
        .groupby("flux_position")
        .sum(["samples", "weight"])
        .sort("flux_position")
        .take_all()
    )
    for row in rows:
        samples_here, weight = int(row["sum(samples)"]), row["sum(weight)"]
        print(f"flux {row['flux_position']}: {samples_here} samples, weight {weight:.1f}")


if __name__ == "__main__":
    main()
