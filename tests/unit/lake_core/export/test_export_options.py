"""Options of an export, and how snapshots are dealt to splits."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.export.options import ExportOptions, deal, parse_split
from lake_core.scene.model import SnapshotSummary
from lake_core.scene.state import Scene

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _summaries(count: int) -> list[SnapshotSummary]:
    return [
        SnapshotSummary(
            id=uuid.uuid4(),
            space_name="a",
            timestamp=NOON + timedelta(seconds=number),
            seq=number,
            trigger="manual",
            pinned=False,
            metadata=Scene("a").metadata(),
        )
        for number in range(count)
    ]


def test_that_a_split_is_read_in_its_order() -> None:
    assert list(parse_split("test=0.25, train=0.75").items()) == [("test", 0.25), ("train", 0.75)]


@pytest.mark.parametrize(
    "text", ["", "train", "train=x", "train=0.5", "a b=1", "a=1.5,b=-0.5", "a=0.5,a=0.5", "a=nan"]
)
def test_that_a_split_that_is_no_whole_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_split(text)


@pytest.mark.parametrize(
    "bad", [{"weight_sacred": float("nan")}, {"weight_sacred": -1.0}, {"max_depth": -1}]
)
def test_that_options_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        ExportOptions(**bad)  # type: ignore[arg-type]


def test_that_splits_are_blocks_of_time_in_their_order() -> None:
    summaries = _summaries(10)
    dealt = deal(list(reversed(summaries)), {"train": 0.9, "test": 0.1})
    assert [dealt[summary.id] for summary in summaries] == ["train"] * 9 + ["test"]


def test_that_too_few_snapshots_cannot_be_split() -> None:
    with pytest.raises(InvalidInput, match="1 snapshot cannot be split into 2"):
        deal(_summaries(1), {"train": 0.9, "test": 0.1})


@given(st.integers(3, 60), st.integers(1, 98), st.integers(1, 98))
def test_that_every_split_has_a_snapshot_and_every_snapshot_a_split(
    count: int, first: int, second: int
) -> None:
    total = first + second + 1
    shares = {"a": first / total, "b": second / total, "c": 1 / total}
    summaries = _summaries(count)
    dealt = [deal(summaries, shares)[summary.id] for summary in summaries]
    assert sorted(set(dealt)) == ["a", "b", "c"]
    assert dealt == sorted(dealt)
