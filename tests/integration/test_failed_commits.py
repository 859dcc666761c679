"""Commits that PostgreSQL refuses: only what is at fault fails, and the lake goes on."""

from __future__ import annotations

import os

import msgspec
import psycopg

from lake_core.lake import Lake
from tests.integration.outages import is_back, move, wait_for


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


def test_that_one_row_goes_in_after_a_rollback_as_before(lake: Lake) -> None:
    """The driver, once it has prepared anything, drops all that is prepared with a rollback."""
    for step in range(8):
        move(lake, step, key=f"k{step}")
    body = msgspec.json.encode({"space_name": "s", "entity": {"id": "k"}})
    refused = lake.ingest("entity", body, idempotency_key=os.urandom(5000).hex()).exception(20)
    assert isinstance(refused, psycopg.errors.ProgramLimitExceeded)
    assert move(lake, 8).seq == 9
    assert move(lake, 9, key="k9").seq == 10
    assert lake.verify("s").faults == []


def test_that_rows_of_which_the_line_forgot_how_to_take_them_come_by_a_new_one(lake: Lake) -> None:
    """Someone who reads on the writer's line rolls back, which it is not told of."""
    assert move(lake, 0).seq == 1

    def roll_back() -> None:
        lake._writer.register.connection().execute("DEALLOCATE ALL")

    lake._writer.ask(roll_back).result(20)
    assert move(lake, 1).accepted == 1
    assert move(lake, 2, key="k").accepted == 1
    wait_for(lambda: is_back(lake) and not lake.health().spooled)
    assert lake.verify("s").changes == 3
    assert lake.verify("s").faults == []
