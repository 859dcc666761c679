"""What tests of outages share: a change to send, and what the log came to hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg

from lake_core.lake import Lake
from lake_core.scene.model import IngestResult


def ingest(lake: Lake, endpoint: str, key: str | None = None, **body: Any) -> IngestResult:
    raw = msgspec.json.encode({"space_name": "s", **body})
    return lake.ingest(endpoint, raw, idempotency_key=key).result(20)


def move(lake: Lake, step: int, **more: Any) -> IngestResult:
    return ingest(lake, "entity", entity={"id": "a", "position": [step, 0, 0]}, **more)


def rows(url: str) -> list[tuple[int, str]]:
    """(seq, position) of every row of the log."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT seq, coalesce(patch->'set'->'position', patch->'position')::text "
            "FROM lake_changes ORDER BY space_id, seq"
        ).fetchall()
    return [(seq, position) for seq, position in found]


def steps(count: int) -> list[tuple[int, str]]:
    return [(step + 1, f"[{step}.0,0.0,0.0]") for step in range(count)]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_back(lake: Lake) -> bool:
    return lake.health().database_ok
