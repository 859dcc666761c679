"""Epochs made of epochs: which snapshots they hold, and how two compare."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from lake_core.curate.derive import compare, extended, merged, subset
from lake_core.errors import InvalidInput
from lake_core.scene.model import EpochStats, TrainingEpoch

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def _epoch(*snapshots: UUID, content: str = "", sacred: float = 0.0) -> TrainingEpoch:
    return TrainingEpoch(
        id=uuid4(),
        space_name="lab",
        snapshot_ids=list(snapshots),
        start_time=NOON,
        end_time=NOON,
        sample_count=10 * len(snapshots),
        stats=EpochStats(
            total_entities=10,
            total_connections=0,
            unique_types=1,
            avg_hierarchy_depth=0.0,
            sacred_frequency=sacred,
            spatial_coverage=0.0,
        ),
        content_hash=content,
    )


def test_that_a_merged_epoch_holds_each_snapshot_once() -> None:
    assert merged([_epoch(A, B), _epoch(B, C)]) == [A, B, C]
    with pytest.raises(InvalidInput):
        merged([])


def test_that_an_extended_epoch_holds_what_is_more_after_its_own() -> None:
    assert extended(_epoch(A, B), [B, C]) == [A, B, C]
    with pytest.raises(InvalidInput, match="already"):
        extended(_epoch(A, B), [B])


def test_that_a_subset_keeps_the_epochs_order_and_holds_nothing_else() -> None:
    assert subset(_epoch(A, B, C), [C, A]) == [A, C]
    with pytest.raises(InvalidInput, match=str(C)):
        subset(_epoch(A, B), [C])


def test_that_a_comparison_tells_snapshots_and_figures_apart() -> None:
    first, second = _epoch(A, B, content="x"), _epoch(B, C, A, content="y", sacred=0.5)
    found = compare(first, second)
    assert (found.in_both, found.only_in_first, found.only_in_second) == ([A, B], [], [C])
    assert found.figures == {
        "snapshots": (2, 3),
        "sample_count": (20, 30),
        "sacred_frequency": (0.0, 0.5),
    }
    assert not found.same_content


def test_that_other_snapshots_of_equal_states_are_the_same_content() -> None:
    found = compare(_epoch(A, content="x"), _epoch(B, content="x"))
    assert found.same_content
    assert found.figures == {}
