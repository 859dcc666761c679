"""The server's spool: read on behind a number, and freed of any of its entries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lake_core.store.spool import Spool, SpoolEntry


def entry(body: bytes) -> SpoolEntry:
    return SpoolEntry(
        endpoint="entity",
        body=body,
        key=None,
        body_hash=b"",
        trigger="manual",
        recorded_at=datetime(2026, 1, 31, tzinfo=UTC),
        snapshot_id=None,
        answer="{}",
    )


def test_that_some_are_removed_and_the_others_stay_in_order(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path, 1 << 20)
    spool.append([entry(b"%d" % number) for number in range(9)])
    found = spool.first(100)
    spool.remove([found[at] for at in (0, 1, 2, 4, 7, 8)])
    assert [one.body for one in spool.first(100)] == [b"3", b"5", b"6"]
    assert [one.body for one in spool.first(1, found[3].number)] == [b"5"]
    assert spool.count == 3
    spool.close()
    again = Spool.open(tmp_path, 1 << 20)
    assert again.count == 3
    again.remove(again.first(100))
    assert (again.count, again.first(100)) == (0, [])
    again.close()


def test_that_a_slice_ends_at_its_bytes_and_holds_one_at_least(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path, 1 << 20)
    spool.append([entry(b"x" * 100) for _ in range(5)])
    assert len(spool.first(100, most_bytes=250)) == 3
    assert len(spool.first(100, most_bytes=1)) == 1
    spool.close()
