"""Opens an export by the very loader people will use, where that is installed.

All rows are read back before, by pyarrow, JSON and tar readers; this is about the directory as a
whole, as a trainer meets it. It runs in a process of its own: those libraries are large, and have
no place in a window or a server. It must not know epochs.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from lake_core.errors import ExportFailed

SECONDS: Final = 180
_LOADERS: Final = {"parquet": "datasets", "webdataset": "webdataset"}
_SCRIPTS: Final = {
    "datasets": """
os.environ["HF_HUB_OFFLINE"] = "1"
from datasets import load_dataset
for split in load_dataset(sys.argv[1], streaming=True).values():
    next(iter(split))["entity_id"]
""",
    "webdataset": """
from webdataset import WebDataset
for path in sorted(Path(sys.argv[1], "data").iterdir()):
    next(iter(WebDataset(str(path), shardshuffle=False).decode()))["json"]["entity_id"]
""",
}
# Left at once, with no clearing up: Arrow's threads, which read ahead, would abort the process.
_WHOLE: Final = """
import os, sys
from pathlib import Path
try:
    exec(sys.argv[2])
except BaseException as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(1)
os._exit(0)
"""


def open_by_loader(directory: Path, fmt: str) -> str:
    """The name of the loader that gave a sample of every split; "" where there is none here.

    Takes a few seconds, as it starts Python anew. Raises ExportFailed where it cannot open it.
    """
    loader = _LOADERS.get(fmt, "")
    if not loader or find_spec(loader) is None:
        return ""
    python = [sys.executable, "-I", "-W", "ignore", "-c", _WHOLE]
    command = [*python, str(directory), _SCRIPTS[loader]]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportFailed(f"{loader} could not be asked to open the export: {error}") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ExportFailed(f"{loader} cannot open the export: {lines[-1]}")
    return loader
