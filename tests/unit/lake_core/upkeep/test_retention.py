"""Which snapshots go: never what is held, and the same ones however often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.upkeep.retention import (
    Candidate,
    Retention,
    Thinning,
    check_retention,
    decide,
    span,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
A_YEAR = Retention(
    newest=10,
    younger=DAY,
    thin=(Thinning(every=HOUR, until=7 * DAY), Thinning(every=DAY, until=365 * DAY)),
)


def candidate(number: int, age: float, trigger: str = "threshold", *held: str) -> Candidate:
    return Candidate(
        id=UUID(int=number),
        seq=number,
        timestamp=NOW - timedelta(seconds=age),
        trigger=trigger,
        held=held,
    )


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Some snapshots of up to two years; the older has the smaller number."""
    ages = sorted(draw(st.lists(st.integers(0, int(700 * DAY)), max_size=40)), reverse=True)
    triggers = st.sampled_from(["manual", "threshold", "batch", "schedule"])
    held = st.sampled_from([(), (), (), ("pinned",), ("in epoch ‘a’", "tagged")])
    return [
        candidate(number, age, draw(triggers), *draw(held)) for number, age in enumerate(ages, 1)
    ]


@st.composite
def policies(draw: st.DrawFn) -> Retention:
    """Policies whose stretches divide one another, as people write them."""
    younger = draw(st.sampled_from([0.0, HOUR, DAY]))
    steps = [Thinning(every=HOUR, until=7 * DAY), Thinning(every=DAY, until=365 * DAY)]
    return Retention(
        newest=draw(st.integers(1, 5)),
        younger=younger,
        thin=tuple(steps[: draw(st.integers(0, 2))]),
    )


def kept(decisions: Sequence[object]) -> list[Candidate]:
    return [each.snapshot for each in decisions if not each.goes]  # type: ignore[attr-defined]


@given(candidates(), policies())
def test_that_nothing_held_or_taken_by_hand_goes_and_the_newest_stays(
    found: list[Candidate], policy: Retention
) -> None:
    decisions = decide(found, policy, NOW)
    assert [each.snapshot for each in decisions] == found
    for each in decisions:
        if each.goes:
            assert not each.snapshot.held
            assert each.snapshot.trigger != "manual"
    automatic = [each for each in found if each.trigger != "manual"]
    assert set(automatic[-policy.newest :]) <= set(kept(decisions))


@given(candidates(), policies())
def test_that_what_was_kept_is_kept_when_asked_again(
    found: list[Candidate], policy: Retention
) -> None:
    once = kept(decide(found, policy, NOW))
    assert kept(decide(once, policy, NOW)) == once


@given(candidates(), policies(), st.lists(st.integers(1, int(90 * DAY)), max_size=4))
def test_that_thinning_often_leaves_what_thinning_once_leaves(
    found: list[Candidate], policy: Retention, pauses: list[int]
) -> None:
    """Nothing that a later look would have kept was let go by an earlier one.

    Without `newest`, which looks at how many there are rather than at when they were.
    """
    moments = [NOW + timedelta(seconds=sum(pauses[:n])) for n in range(len(pauses) + 1)]
    policy = Retention(newest=1, younger=policy.younger, thin=policy.thin)
    left = found
    for moment in moments:
        left = kept(decide(left, policy, moment))
    assert left == kept(decide(found, policy, moments[-1]))


def test_that_a_year_is_thinned_to_hours_and_days() -> None:
    found = [candidate(n, (400 * 24 - n) * 900.0 * 4) for n in range(400 * 24)]  # one an hour
    stay = kept(decide(found, A_YEAR, NOW))
    ages = [(NOW - each.timestamp).total_seconds() / DAY for each in stay]
    assert sum(age < 7 for age in ages) == 7 * 24 - 1  # the oldest hour of the week has gone
    assert sum(7 <= age < 365 for age in ages) in (358, 359)
    assert max(ages) < 365


def test_that_each_decision_says_why() -> None:
    found = [
        candidate(1, 400 * DAY),
        candidate(2, 400 * DAY - 1, "threshold", "pinned", "in epoch ‘walk’"),
        candidate(3, 300 * DAY, "manual"),
        candidate(4, 10 * DAY),
        candidate(5, 10 * DAY - 1),
        candidate(6, HOUR),
        candidate(7, 1.0),
    ]
    policy = Retention(newest=1, younger=DAY, thin=A_YEAR.thin)
    assert [each.because for each in decide(found, policy, NOW)] == [
        "",
        "pinned, in epoch ‘walk’",
        "taken by hand",
        "the one of its day",
        "",
        "younger than 1 day",
        "newest",
    ]


@pytest.mark.parametrize(
    ("policy", "pointer"),
    [
        (Retention(newest=1, younger=DAY, thin=(Thinning(every=60, until=DAY),)), "/thin/0/until"),
        (
            Retention(
                newest=1, thin=(Thinning(every=60, until=DAY), Thinning(every=90, until=DAY))
            ),
            "/thin/1/until",
        ),
        (
            Retention(
                newest=1, thin=(Thinning(every=60, until=DAY), Thinning(every=30, until=9 * DAY))
            ),
            "/thin/1/every",
        ),
    ],
)
def test_that_a_policy_at_odds_with_itself_is_refused(policy: Retention, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_retention(policy)
    assert refused.value.errors[0].pointer == pointer
    check_retention(A_YEAR)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (300, "5 minutes"),
        (3600, "1 hour"),
        (7 * DAY, "7 days"),
    ],
)
def test_that_lengths_of_time_are_told_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words
