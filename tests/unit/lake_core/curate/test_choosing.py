"""Rules over snapshots: each by itself, all together, and what repeats."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.curate.choosing import (
    Rules,
    changes_logged,
    choose,
    figures,
    judge,
    reasons,
    repeats,
    without_repeats,
)
from lake_core.errors import InvalidInput
from lake_core.scene.model import SnapshotSummary
from lake_core.scene.state import Scene

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _summary(second: float, *, space: str = "lab", seq: int = 0, **figures: Any) -> SnapshotSummary:
    metadata = msgspec.structs.replace(
        Scene(space).metadata(), **{"entity_count": 100, "quality_score": 1.0, **figures}
    )
    return SnapshotSummary(
        id=uuid.uuid4(),
        space_name=space,
        timestamp=NOON + timedelta(seconds=second),
        seq=seq,
        trigger="manual",
        pinned=False,
        metadata=metadata,
    )


def _seconds(chosen: list[SnapshotSummary]) -> list[float]:
    return [(summary.timestamp - NOON).total_seconds() for summary in chosen]


def test_that_without_rules_all_are_chosen_by_space_and_time() -> None:
    summaries = [_summary(2), _summary(1), _summary(3, space="alpha")]
    assert _seconds(choose(summaries, Rules())) == [3, 1, 2]


def test_that_a_snapshot_must_be_good_enough() -> None:
    summaries = [_summary(1, quality_score=0.5), _summary(2, quality_score=0.75)]
    assert _seconds(choose(summaries, Rules(min_quality=0.75))) == [2]


def test_that_enough_must_be_sacred() -> None:
    summaries = [_summary(n, sacred_entity_count=n) for n in (19, 20)]
    assert _seconds(choose(summaries, Rules(min_sacred_share=0.2))) == [20]
    assert choose([_summary(1, entity_count=0)], Rules(min_sacred_share=0.2)) == []


def test_that_time_is_kept_from_the_last_one_chosen() -> None:
    summaries = [_summary(second) for second in (0, 4, 4.9, 5, 9, 12)]
    assert _seconds(choose(summaries, Rules(apart=timedelta(seconds=5)))) == [0, 5, 12]


def test_that_a_flawed_snapshot_does_not_begin_a_wait() -> None:
    summaries = [_summary(0, quality_score=0.0), _summary(1), _summary(6)]
    rules = Rules(min_quality=0.5, apart=timedelta(seconds=5))
    assert _seconds(choose(summaries, rules)) == [1, 6]


def test_that_spaces_do_not_wait_for_each_other() -> None:
    summaries = [_summary(0), _summary(1, space="other")]
    assert len(choose(summaries, Rules(apart=timedelta(seconds=5)))) == 2


def test_that_a_change_must_be_more_than_was_asked_since_the_last_one_chosen() -> None:
    summaries = [_summary(n, seq=seq) for n, seq in enumerate((100, 101, 102, 103))]
    assert _seconds(choose(summaries, Rules(min_change=0.01))) == [0, 2]
    assert _seconds(choose(summaries, Rules(min_change=0.0))) == [0, 1, 2, 3]


def test_that_change_may_be_measured_otherwise() -> None:
    summaries = [_summary(n, seq=n) for n in range(3)]
    assert len(choose(summaries, Rules(min_change=0.5), lambda before, after: 1.0)) == 3
    assert changes_logged(summaries[0], summaries[2]) == 0.02


def test_that_each_state_is_chosen_once_however_often_it_comes_back() -> None:
    summaries = [_summary(n, state_hash=state) for n, state in enumerate("aabab")]
    assert _seconds(choose(summaries, Rules(distinct=True))) == [0, 2]
    assert without_repeats(summaries) == choose(summaries, Rules(distinct=True))
    elsewhere = _summary(9, space="other", state_hash="a")
    assert elsewhere in without_repeats([*summaries, elsewhere])


def test_that_repeats_are_grouped_by_state_and_space() -> None:
    summaries = [_summary(n, state_hash=state) for n, state in enumerate("abacb")]
    groups = repeats([*summaries, _summary(9, space="other", state_hash="a")])
    assert [_seconds(group) for group in groups] == [[0, 2], [1, 4]]


def test_that_only_what_was_rated_high_enough_is_chosen() -> None:
    rated = [msgspec.structs.replace(_summary(n), rating=n or None) for n in range(6)]
    assert _seconds(choose(rated, Rules(min_rating=4))) == [4, 5]


def test_that_a_verdict_says_what_speaks_against_a_snapshot() -> None:
    summaries = [
        _summary(0, quality_score=0.5),
        _summary(1, sacred_entity_count=19),
        _summary(2, sacred_entity_count=50, seq=7),
        _summary(3, sacred_entity_count=50, seq=9),
        _summary(10, sacred_entity_count=50, seq=8),
    ]
    rules = Rules(0.75, 0.2, apart=timedelta(seconds=5), min_change=0.01)
    assert [verdict.against for verdict in judge(summaries, rules)] == [
        "quality 0.5 is below 0.75",
        "sacred share 19 % is below 20 %",
        "",
        "1 s after the last one chosen, less than 5 s",
        "changed by 1 % since, not more than 1 %",
    ]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4), st.sampled_from("abc"))),
    st.integers(0, 20),
    st.booleans(),
)
def test_that_what_is_chosen_holds_to_the_rules_and_is_chosen_again(
    drawn: list[tuple[int, int, str]], gap: int, distinct: bool
) -> None:
    summaries = [_summary(t, quality_score=q / 4, state_hash=state) for t, q, state in drawn]
    rules = Rules(min_quality=0.5, apart=timedelta(seconds=gap), distinct=distinct)
    chosen = choose(summaries, rules)
    times = _seconds(chosen)
    assert all(b - a >= gap for a, b in pairwise(times))
    assert all(summary.metadata.quality_score >= 0.5 for summary in chosen)
    if distinct:
        assert repeats(chosen) == []
    assert choose(chosen, rules) == chosen


def test_that_the_figures_of_a_choice_add_up() -> None:
    summaries = [
        _summary(0, sacred_entity_count=30, connection_count=2),
        _summary(9, sacred_entity_count=10, connection_count=3),
        _summary(100, space="other", entity_count=0),
    ]
    told = figures(summaries)
    assert (told.snapshots, told.spaces, told.samples, told.connections) == (3, 2, 200, 5)
    assert (told.sacred_share, told.distinct_states) == (0.2, 2)
    assert told.covered == timedelta(seconds=9)
    assert figures([]).sacred_share == 0.0


@pytest.mark.parametrize(
    "bad",
    [
        {"min_quality": 1.1},
        {"min_sacred_share": float("nan")},
        {"min_change": -0.1},
        {"apart": timedelta(seconds=-1)},
    ],
)
def test_that_rules_nothing_could_hold_to_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Rules(**bad)


def test_that_like_reasons_are_counted_together() -> None:
    summaries = [
        _summary(second, quality_score=quality)
        for second, quality in ((0, 1.0), (1, 0.2), (2, 0.3), (3, 1.0), (9, 1.0))
    ]
    verdicts = judge(summaries, Rules(min_quality=0.5, apart=timedelta(seconds=5)))
    assert reasons(verdicts) == {"min_quality": 2, "apart": 1}
    assert len(verdicts) - sum(reasons(verdicts).values()) == 2
