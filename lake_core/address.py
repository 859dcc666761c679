"""Where the server of a data directory is reached, left there for other programs to find.

A note of convenience: whoever reads it still asks whether a server answers there.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

_NAME: Final = "server.url"


def leave(data_dir: Path, url: str) -> None:
    """Note that a server of this data directory is at `url`."""
    with suppress(OSError):  # not worth refusing to serve
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / _NAME).write_text(url, "utf-8")


def find(data_dir: Path) -> str | None:
    """The address that was left last, if any."""
    with suppress(OSError, UnicodeDecodeError):
        return (data_dir / _NAME).read_text("utf-8").strip() or None
    return None


def withdraw(data_dir: Path, url: str) -> None:
    """Take the note back, unless another server has left its own since."""
    if find(data_dir) == url:
        with suppress(OSError):
            (data_dir / _NAME).unlink()
