"""Bookmarks, moments of changes, sizes and soundness, on the real PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from lake_core.errors import NotFound, TooLarge
from lake_core.lake import Lake
from lake_core.settings import Settings


def send(lake: Lake, *entity_ids: str, space: str = "lab") -> datetime:
    body = {"space_name": space, "entities": [{"id": one} for one in entity_ids]}
    lake.ingest("batch", json.dumps(body).encode()).result(10)
    return datetime.now(UTC)


def test_that_bookmarks_are_kept_in_order_and_taken_away(lake: Lake) -> None:
    at = send(lake, "a")
    later = lake.add_bookmark("lab", at, "the door opens")
    earlier = lake.add_bookmark("lab", at - timedelta(seconds=5))
    assert lake.bookmarks("lab") == [earlier, later]
    lake.delete_bookmark(later.id)
    assert lake.bookmarks("lab") == [earlier]
    back = lake.add_bookmark("lab", later.at, later.note, bookmark_id=later.id)
    assert back == later
    assert lake.bookmarks("lab") == [earlier, later]


def test_that_a_bookmark_needs_a_space_and_a_note_of_some_length(lake: Lake) -> None:
    now = send(lake, "a")
    with pytest.raises(NotFound):
        lake.add_bookmark("nowhere", now)
    with pytest.raises(NotFound):
        lake.delete_bookmark(uuid4())
    with pytest.raises(TooLarge):
        lake.add_bookmark("lab", now, "x" * 100_000)
    assert lake.bookmarks("lab") == []


def test_that_one_steps_from_change_to_change(lake: Lake) -> None:
    moments = [send(lake, *ids) for ids in (("a", "b"), ("c",), ("d", "e", "f"))]
    told = lake.change_moments("lab", 0, 6)
    assert [count for _, count in told] == [2, 1, 3]
    first, second, third = (at for at, _ in told)
    assert lake.change_near("lab", moments[0], forward=True) == second
    assert lake.change_near("lab", second, forward=True) == third
    assert lake.change_near("lab", third, forward=True) is None
    assert lake.change_near("lab", second, forward=False) == first
    assert lake.change_near("lab", first, forward=False) is None
    assert lake.change_moments("lab", 2, 3) == [(second, 1)]


def last_changes(lake: Lake) -> set[datetime | None]:
    """When the space changed last, as all say who tell it."""
    (space,), (last,) = lake.spaces(), lake.last_snapshots()
    return {space.last_change, last.changed_at, lake.extent("lab").last_at}


def test_that_neither_a_snapshot_nor_a_repeat_is_a_change(settings: Settings) -> None:
    for _ in range(2):  # the second time as one who finds the space there
        lake = Lake.open(settings)
        send(lake, "a")
        ((changed_at, _),) = lake.change_moments("lab", 0, 1)
        assert last_changes(lake) == {changed_at}
        lake.create_snapshot("lab").result(10)
        send(lake, "a")
        assert last_changes(lake) == {changed_at}
        lake.close()  # which leaves the figures right
        lake = Lake.open(settings, ingesting=False)
        assert last_changes(lake) == {changed_at}
        lake.close()


def test_that_a_change_never_comes_before_the_snapshot_before_it(
    settings: Settings, database_url: str
) -> None:
    lake = Lake.open(settings)
    send(lake, "a")
    lake.create_snapshot("lab").result(10)
    lake.close()
    with psycopg.connect(database_url) as connection:  # the clock was set back since
        connection.execute("UPDATE lake_snapshots SET recorded_at = recorded_at + interval '1 h'")
    lake = Lake.open(settings)
    send(lake, "b")
    (snapshot,), ((changed_at, _),) = lake.snapshots("lab"), lake.change_moments("lab", 1, 2)
    assert snapshot.timestamp < changed_at
    lake.close()


def test_that_tables_are_told_by_size(lake: Lake) -> None:
    send(lake, *(f"e{at}" for at in range(200)))
    sizes = lake.table_sizes()
    assert {"lake_changes", "lake_snapshots", "eustress_epochs"} <= {one.name for one in sizes}
    assert [one.size_bytes for one in sizes] == sorted(
        (one.size_bytes for one in sizes), reverse=True
    )


def test_that_long_pauses_between_snapshots_are_counted(lake: Lake) -> None:
    for entity_id in "ab":
        send(lake, entity_id)
        lake.create_snapshot("lab").result(10)
    send(lake, "a", space="other")
    pauses = {one.space_name: one for one in lake.silences(0.0)}
    assert pauses["lab"].pauses == 1
    assert pauses["lab"].longest > 0.0
    assert pauses["other"].pauses == 0
    assert all(one.pauses == 0 for one in lake.silences(60.0))


def test_that_soundness_is_the_same_live_and_read(lake: Lake) -> None:
    body = {
        "space_name": "lab",
        "entities": [{"id": "a"}, {"id": "b"}, {"id": "c", "name": "b"}],
        "connections": [
            {"source_id": "a", "target_id": "b", "connection_type": "hierarchy"},
            {"source_id": "b", "target_id": "a", "connection_type": "hierarchy"},
            {"source_id": "x", "target_id": "c", "connection_type": "hierarchy"},
        ],
    }
    lake.ingest("batch", json.dumps(body).encode()).result(10)
    live = lake.soundness("lab")
    assert (live.loops, live.orphans) == (1, 1)
    other = Lake.open(lake.settings, ingesting=False)
    try:
        assert other.soundness("lab") == live
    finally:
        other.close()
    with pytest.raises(NotFound):
        lake.soundness("nowhere")
