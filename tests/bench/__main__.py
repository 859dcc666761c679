"""`make bench`: every benchmark, one JSON object a line; name some to run only those.

Each module `bench_*.py` here has `run()`, which yields its lines.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def main(chosen: list[str]) -> None:
    """Run the benchmark modules whose names hold one of `chosen`, or all of them."""
    sys.path.insert(0, str(_HERE.parent.parent))
    for file in sorted(_HERE.glob("bench_*.py")):
        if not chosen or any(word in file.stem for word in chosen):
            module = importlib.import_module(f"tests.bench.{file.stem}")
            for line in module.run():
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
