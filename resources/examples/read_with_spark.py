"""Read a Parquet export with Spark: samples and their weights by flux position.

    pip install pyspark            # and a Java runtime
    lake export EPOCH out --format parquet
    python read_with_spark.py out

Spark reads the files side by side, on one machine or a cluster. `connections` is a table of its
own; `parameters` and `entity` are JSON texts, which Spark's `get_json_object` looks into.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def read(spark: SparkSession, directory: Path, split: str) -> DataFrame:
    """The samples of a split; splits are told apart by the names of their files."""
    return spark.read.parquet(f"{directory}/data/{split}-*.parquet")


def main() -> None:
    """Print a line for each flux position that occurs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--split", default="train")
    arguments = parser.parse_args()
    spark = SparkSession.builder.appName("eustress-lake").getOrCreate()
    counted = (
        read(spark, arguments.directory, arguments.split)
        .groupBy("flux_position")
        .agg(f.count("*").alias("samples"), f.sum("weight").alias("weight"))
        .orderBy("flux_position")
    )
    for row in counted.collect():
        print(f"flux {row.flux_position}: {row.samples} samples, weight {row.weight:.1f}")
    spark.stop()


if __name__ == "__main__":
    main()
