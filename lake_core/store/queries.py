"""All SQL by name, read once from `sql/*.sql`. Knows nothing of what the statements do."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final, LiteralString, cast

_HEAD = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _read() -> dict[str, LiteralString]:
    folder = resources.files("lake_core.store") / "sql"
    texts = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".sql"))
    parts = [part for text in texts for part in _HEAD.split(text)[1:]]
    assert len(set(parts[::2])) == len(parts[::2]), "two statements have one name"
    assert len(set(parts[::2])) == len(parts) // 2, "two statements have one name"
    # Our own files are as trustworthy as literals, which is what psycopg asks of a query.
    return {
        name: cast("LiteralString", body.strip())
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


SQL: Final = _read()
"""Statement by name, as the files have it; migrations apart."""
