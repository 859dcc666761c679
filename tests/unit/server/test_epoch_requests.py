from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from lake_core.errors import InvalidInput
from server.epochs import decode_request

SNAPSHOT_ID = "550e8400-e29b-41d4-a716-446655440000"


def _decode(**body: Any) -> Any:
    return decode_request(msgspec.json.encode(body))


def test_that_snapshots_are_named_by_id() -> None:
    asked = _decode(space_name="a", snapshot_ids=[SNAPSHOT_ID], name="n", note="why")
    assert asked.snapshot_ids == [UUID(SNAPSHOT_ID)]
    assert (asked.spaces(), asked.name, asked.note) == (["a"], "n", "why")


def test_that_snapshots_are_named_by_spaces_and_time() -> None:
    asked = _decode(space_name="a", space_names=["b", "a"], **{"from": "2025-12-30T00:00:00Z"})
    assert asked.spaces() == ["a", "b"]
    assert asked.start == datetime(2025, 12, 30, tzinfo=UTC)
    assert asked.end is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"space_name": "a"},
        {"from": "2025-12-30T00:00:00Z"},
        {"space_name": "a", "snapshot_ids": [SNAPSHOT_ID], "from": "2025-12-30T00:00:00Z"},
        {"snapshot_ids": ["not-a-uuid"]},
        {"space_name": 3, "snapshot_ids": []},
    ],
)
def test_that_a_request_that_names_neither_or_both_is_invalid(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        _decode(**body)


def test_that_what_is_not_json_is_invalid() -> None:
    with pytest.raises(InvalidInput):
        decode_request(b"\xff{")
