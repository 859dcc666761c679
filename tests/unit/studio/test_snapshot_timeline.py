"""The snapshots as arrays: order, growth, ranges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from lake_core.scene.model import SnapshotMetadata, SnapshotSummary
from studio.models.snapshots import MANUAL, SnapshotTimeline

START = datetime(2026, 1, 1, tzinfo=UTC)


def snapshot(second: float, trigger: str = "threshold", entities: int = 5) -> SnapshotSummary:
    return SnapshotSummary(
        id=uuid4(),
        space_name="lab",
        timestamp=START + timedelta(seconds=second),
        seq=int(second * 10),
        trigger=trigger,
        pinned=False,
        metadata=SnapshotMetadata(
            entity_count=entities,
            connection_count=0,
            hierarchy_depth=0,
            sacred_entity_count=0,
            avg_flux_position=0.0,
            spatial_bounds=((0, 0, 0), (0, 0, 0)),
            quality_score=0.25,
            state_hash="0",
        ),
    )


@given(st.lists(st.integers(0, 10_000), max_size=200))
def test_that_appending_in_any_order_is_as_replacing(seconds: list[int]) -> None:
    summaries = [snapshot(second) for second in seconds]
    timeline = SnapshotTimeline()
    for summary in summaries:
        timeline.append(summary)
    whole = SnapshotTimeline(summaries)
    assert timeline.times.tolist() == whole.times.tolist() == sorted(whole.times.tolist())
    for at, summary in enumerate(timeline.summaries):
        assert timeline.index_of(summary.id) == at
        assert timeline.seqs[at] == summary.seq


def test_that_a_known_snapshot_is_brought_up_to_date_not_doubled() -> None:
    first = snapshot(1)
    timeline = SnapshotTimeline([first])
    first.pinned = True
    timeline.append(first)
    assert len(timeline) == 1
    assert timeline.summaries[0].pinned


def test_that_ranges_hold_both_ends() -> None:
    timeline = SnapshotTimeline(snapshot(second) for second in range(10))
    start, stop = timeline.times[2], timeline.times[5]
    assert timeline.range_between(float(start), float(stop)) == (2, 6)


def test_that_changes_are_counted_from_the_snapshot_before() -> None:
    timeline = SnapshotTimeline([snapshot(3), snapshot(7)])
    assert timeline.changes_since_previous(0) == 30
    assert timeline.changes_since_previous(1) == 40


def test_that_masks_pass_over_unknown_ids() -> None:
    timeline = SnapshotTimeline([snapshot(1), snapshot(2, "manual")])
    mask = timeline.mask_of([timeline.summaries[1].id, UUID(int=0)])
    assert mask.tolist() == [False, True]
    assert timeline.triggers[1] == MANUAL
    assert timeline.ids_at([1, 0]) == tuple(one.id for one in timeline.summaries)


def test_that_an_unknown_trigger_is_still_shown() -> None:
    assert len(SnapshotTimeline([snapshot(1, "restored")])) == 1
