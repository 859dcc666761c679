"""Pools: rows in the order asked for, however often, and memory that stays flat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from lake_core.export import pool
from lake_core.export.pool import RowPool, TextPool


class Item(Struct):
    """Something that becomes a row."""

    number: int


class Seen(Struct):
    """What is added to a row."""

    where: str


def _convert(items: Sequence[Item]) -> pa.RecordBatch:
    return pa.record_batch({"number": pa.array([item.number for item in items], pa.int64())})


@given(st.lists(st.lists(st.integers(0, 30), min_size=1), max_size=12))
def test_that_rows_come_as_they_are_asked_for(asked: list[list[int]]) -> None:
    items = [Item(number) for number in range(31)]
    rows = RowPool(_convert)
    for numbers in asked:
        assert rows.rows([items[n] for n in numbers])["number"].to_pylist() == numbers


@given(st.lists(st.lists(st.integers(0, 30), min_size=1), max_size=12))
def test_that_lines_come_as_they_are_asked_for(asked: list[list[int]]) -> None:
    items = [Item(number) for number in range(31)]
    texts = TextPool()
    for turn, numbers in enumerate(asked):
        lines = texts.lines(Seen(str(turn)), [items[n] for n in numbers])
        expected = [{"number": n, "where": str(turn)} for n in numbers]
        assert [msgspec.json.decode(line) for line in lines] == expected


def test_that_each_item_is_converted_once() -> None:
    converted: list[Item] = []

    def convert(items: Sequence[Item]) -> pa.RecordBatch:
        converted.extend(items)
        return _convert(items)

    rows, items = RowPool(convert), [Item(1), Item(2)]
    for _ in range(3):
        rows.rows([*items, *items])
    assert converted == items


def test_that_a_full_pool_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_BYTES", 800)
    rows, texts = RowPool(_convert), TextPool()
    for turn in range(50):
        items = [Item(number) for number in range(100 * turn, 100 * turn + 100)]
        assert rows.rows(items)["number"].to_pylist() == [item.number for item in items]
        assert len(list(texts.lines(Seen("x"), items))) == 100
    assert len(rows._items) <= 200
    assert len(texts._texts) <= 200
