"""Commits that PostgreSQL refuses: only what is at fault fails, and the lake goes on."""

from __future__ import annotations

import os

import msgspec
import psycopg

from lake_core.lake import Lake
from tests.integration.outages import is_back, move


def test_that_rows_refused_at_the_very_end_leave_the_connection_as_good_as_new(
    lake: Lake, database_url: str
) -> None:
    move(lake, 0)  # tells the space's figures: for a second no commit does
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO lake_changes SELECT space_id, 2, recorded_at, NULL, 2, flux, key, '{}' "
            "FROM lake_changes"
        )
    # So much that rows are on their way before the last is made.
    entities = [{"id": f"e{number}", "name": "x" * 20_000} for number in range(50)]
    body = msgspec.json.encode({"space_name": "s", "entities": entities})
    assert isinstance(lake.ingest("batch", body).exception(20), psycopg.errors.UniqueViolation)
    assert move(lake, 1).seq == 3
    assert lake.verify("s").faults == []


def test_that_a_request_postgresql_has_no_room_for_fails_alone(lake: Lake) -> None:
    body = msgspec.json.encode({"space_name": "s", "entity": {"id": "k"}})
    endless = os.urandom(5000).hex()  # longer than an index takes
    refused = lake.ingest("entity", body, idempotency_key=endless).exception(20)
    assert isinstance(refused, psycopg.errors.ProgramLimitExceeded)
    assert move(lake, 0).seq == 1
    assert is_back(lake)
    assert lake.health().spooled == 0
