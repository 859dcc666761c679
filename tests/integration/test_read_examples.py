"""The examples that read a Parquet export with Ray and Spark: run as a person would."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from lake_core.export import export_epoch
from lake_core.lake import Lake
from resources import demo

EXAMPLES = Path(demo.__file__).parent / "examples"


@pytest.mark.parametrize("needs", ["ray", "pyspark"])
def test_that_the_example_counts_what_the_export_holds(
    lake: Lake, tmp_path: Path, needs: str
) -> None:
    if find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed here; its example needs it")
    lake.ingest("batch", msgspec.json.encode(demo.batch(demo.build(), replace=True))).result(30)
    taken = lake.create_snapshot(demo.SPACE).result(30).snapshot_id
    assert taken is not None
    out = tmp_path / "out"
    export_epoch(lake, lake.create_epoch([taken]).id, out, "parquet")
    script = EXAMPLES / f"read_with_{'ray' if needs == 'ray' else 'spark'}.py"
    done = subprocess.run(
        [sys.executable, str(script), str(out)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = re.findall(r"^flux (\d): (\d+) samples", done.stdout, re.MULTILINE)
    rows = pq.read_table(next((out / "data").iterdir()), columns=["flux_position"])
    assert {int(f): int(n) for f, n in said} == Counter(rows["flux_position"].to_pylist())
