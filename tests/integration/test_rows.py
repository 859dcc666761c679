"""Rows that go into the log by a statement of their own, by COPY, and by both in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lake_core.lake import Lake
from lake_core.scene.change import Change, ChangeKind
from lake_core.store.database import Connection
from lake_core.store.few_rows import MOST
from lake_core.store.log import WriteTransaction

_AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
_COUNT = st.sampled_from([1, 2, MOST - 1, MOST, MOST + 1])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(st.tuples(_COUNT, st.sampled_from([None, 0.25]), st.sampled_from([1, 9000]))),
    asks_between=st.booleans(),
)
def test_that_rows_are_stored_alike_whichever_way_they_go(
    lake: Lake,
    database_url: str,
    parts: Sequence[tuple[int, float | None, int]],
    asks_between: bool,
) -> None:
    """A part is so many rows, the sender's clock, and how long each patch is."""
    sent: list[tuple[object, ...]] = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM lake_changes")
        with WriteTransaction(connection) as transaction:
            for number, (count, clock, length) in enumerate(parts):
                at, patch = _AT + timedelta(seconds=number), b'"' + b"x" * length + b'"'
                changes = [
                    Change(ChangeKind.ENTITY_GONE, f"gone é {row}", 7, b"")
                    if row % 3 == 2
                    else Change(ChangeKind.ENTITY_PATCH, f"key {row}", 13, patch)
                    for row in range(count)
                ]
                transaction.append(5, len(sent) + 1, at, changes, clock)
                sent += [
                    (5, len(sent) + 1 + row, at, clock, kind, flux, key, patch.decode() or None)
                    for row, (kind, key, flux, patch) in enumerate(changes)
                ]
                if asks_between:
                    transaction.for_queries().execute("SELECT 1")
            assert _stored(database_url) == []  # nothing is durable before all of it is
        assert _stored(database_url) == sent


def test_that_a_row_refused_among_a_few_takes_the_others_with_it(
    lake: Lake, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            _append(connection, 1, 2, 1)
        _append(connection, 1)  # the connection is as good as new
    assert [row[1] for row in _stored(database_url)] == [1]


def test_that_a_few_rows_find_a_line_that_was_cut(lake: Lake, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        _append(connection, 1)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            _append(connection, 2)
    assert [row[1] for row in _stored(database_url)] == [1]


def _append(connection: Connection, *seqs: int) -> None:
    with WriteTransaction(connection) as transaction:
        for seq in seqs:
            transaction.append(5, seq, _AT, [Change(ChangeKind.ENTITY_GONE, "a", 0, b"")])


def _stored(database_url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(
            "SELECT space_id, seq, recorded_at, client_time, kind, flux, key, patch::text "
            "FROM lake_changes WHERE space_id = 5 ORDER BY seq"
        ).fetchall()
