"""What is said of a choice of snapshots."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lake_core.curate.choosing import Rules
from lake_core.scene.model import EpochDraft
from studio.models.choice_words import (
    AGAINST,
    RuleResult,
    deepest_together,
    draft_words,
    most_frequent,
    repeat_words,
    stretch_words,
)
from studio.panels.bars import share_words

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_that_every_rule_has_words_for_what_it_leaves_out() -> None:
    assert set(AGAINST) == {field.name for field in fields(Rules)}


def test_that_a_result_says_how_many_pass_and_the_first_reason_first() -> None:
    result = RuleResult(132, 1204, {"min_quality": 72, "apart": 1000})
    assert result.words == "132 of 1,204 snapshots"
    assert result.why == "1,000 too soon after another  ·  72 of lesser quality"


@pytest.mark.parametrize(
    ("repeated", "near", "said"),
    [
        (0, 0, "none repeats another"),
        (1, 0, "1 repeats a state"),
        (2, 1, "2 repeat a state, 1 differs by less than 1 %"),
    ],
)
def test_that_repeats_are_told_in_the_right_number(repeated: int, near: int, said: str) -> None:
    assert repeat_words(repeated, near) == said


def test_that_a_draft_is_told_by_name_size_and_time() -> None:
    draft = EpochDraft(id=uuid4(), snapshot_ids=[uuid4()], name="Walk", updated_at=NOON)
    assert draft_words(draft) == f"Walk, 1 snapshot, {NOON.astimezone():%d %b %H:%M}"


def test_that_one_instant_is_no_stretch() -> None:
    assert " to " not in stretch_words(NOON, NOON)
    assert stretch_words(NOON, NOON + timedelta(seconds=90)).endswith("·  1 min 30 s")


def test_that_what_is_rare_is_put_together_and_nothing_is_lost() -> None:
    counts = {"Part": 50, "": 20, "Model": 5, "Light": 3, "Sound": 1}
    assert most_frequent(counts, 3) == [
        *(("Part", 50), ("(none)", 20), ("Model", 5)),
        ("2 others", 4),
    ]
    assert most_frequent(counts, 4)[-1] == ("Sound", 1)
    assert deepest_together([1, 2, 3, 4], 3) == [("0", 1), ("1", 2), ("2+", 7)]


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (1, "<0.1 %"), (40, "0.4 %"), (995, "10 %"), (10_000, "100 %")]
)
def test_that_a_share_is_told_to_the_digit_that_matters(count: int, said: str) -> None:
    assert share_words(count, 10_000) == said
