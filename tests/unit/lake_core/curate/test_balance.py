"""The balance of a choice: samples by flux, class and depth, and how many states repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from lake_core.curate.balance import Balance, BalanceBuilder
from lake_core.scene.model import (
    ConnectionKey,
    ConnectionUpdate,
    EntityUpdate,
    SnapshotSummary,
)
from lake_core.scene.state import Scene


def summary_of(scene: Scene, minute: int) -> SnapshotSummary:
    return SnapshotSummary(
        id=uuid4(),
        space_name=scene.space_name,
        timestamp=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute),
        seq=scene.seq,
        trigger="manual",
        pinned=False,
        metadata=scene.metadata(),
    )


def part(entity_id: str, flux: int, **fields: Any) -> EntityUpdate:
    return EntityUpdate(id=entity_id, parameters={"digital_root_flux": flux}, **fields)


def test_that_samples_are_counted_by_what_they_are_in_each_snapshot() -> None:
    scene, builder = Scene("s"), BalanceBuilder()
    scene.update_entity(part("a", 3, class_type="Model"))
    builder.add(summary_of(scene, 0), scene)
    scene.update_entity(part("b", 9, class_type="Part"))
    scene.update_entity(part("c", 9, class_type="Part"))
    for child in "bc":
        scene.update_connection(
            ConnectionUpdate(source_id="a", target_id=child, connection_type="hierarchy")
        )
    builder.add(summary_of(scene, 1), scene)
    builder.add(summary_of(scene, 2), scene)
    balance = builder.balance()
    assert balance.by_flux == [0, 0, 0, 3, 0, 0, 0, 0, 0, 4]
    assert list(balance.by_class.items()) == [("Part", 4), ("Model", 3)]
    assert balance.by_depth == [3, 4]
    assert (balance.distinct_states, balance.repeats) == (2, 1)


def test_that_the_same_state_of_another_space_is_no_repeat() -> None:
    builder = BalanceBuilder()
    for name in ("s", "t"):
        scene = Scene(name)
        scene.update_entity(part("a", 3))
        builder.add(summary_of(scene, 0), scene)
    assert builder.balance().repeats == 0


def test_that_repeats_are_named_and_so_is_what_hardly_differs_from_the_last_that_does() -> None:
    scene, builder = Scene("s"), BalanceBuilder()
    for at in range(200):
        scene.update_entity(part(f"e{at}", 1))
    told = []
    for drifted in (0, 1, 2, 3):  # each differs from the one before by half a hundredth
        if drifted:
            scene.update_entity(part(f"e{drifted}", 2))
        told.append(summary_of(scene, drifted))
        builder.add(told[-1], scene)
    told.append(summary_of(scene, 9))
    builder.add(told[-1], scene)
    balance = builder.balance()
    assert balance.repeated == [told[4].id]
    assert balance.near == [told[1].id, told[3].id]


def test_that_a_connection_that_goes_is_a_difference() -> None:
    scene, builder = Scene("s"), BalanceBuilder()
    for name in "ab":
        scene.update_entity(part(name, 1))
    edge = ConnectionUpdate(source_id="a", target_id="b", connection_type="hierarchy")
    scene.update_connection(edge)
    builder.add(summary_of(scene, 0), scene)
    scene.delete_connection(ConnectionKey("a", "b", "hierarchy"))
    builder.add(summary_of(scene, 1), scene)
    balance = builder.balance()
    assert (balance.repeated, balance.near) == ([], [])


@pytest.mark.parametrize(
    ("by_flux", "evenness"),
    [([5] * 10, 1.0), ([0, 7, 7, 0, 0, 0, 0, 0, 0, 0], 1.0), ([0, 9] + [0] * 8, 0.0)],
)
def test_that_evenness_is_one_where_all_that_occur_are_as_many(
    by_flux: list[int], evenness: float
) -> None:
    balance = Balance(by_flux=by_flux, by_class={}, by_depth=[], distinct_states=0, repeats=0)
    assert balance.evenness() == pytest.approx(evenness)


def test_that_one_that_prevails_is_less_even() -> None:
    balance = Balance(
        by_flux=[0, 99, 1, 0, 0, 0, 0, 0, 0, 0],
        by_class={},
        by_depth=[],
        distinct_states=0,
        repeats=0,
    )
    assert 0.0 < balance.evenness() < 0.2


def test_that_what_was_taken_by_hand_or_marked_outlasts_what_is_like_it() -> None:
    scene, builder = Scene("s"), BalanceBuilder()
    for number in range(300):
        scene.update_entity(part(f"e{number}", 3))
    told = []
    for minute, (trigger, moves) in enumerate(
        [("threshold", 1), ("manual", 1), ("threshold", 1), ("threshold", 0), ("manual", 100)]
    ):
        for number in range(moves):
            scene.update_entity(part(f"e{number}", 3, position=[minute + 1.0, 0.0, 0.0]))
        summary = summary_of(scene, minute)
        summary.trigger = trigger
        told.append(summary)
        builder.add(summary, scene)
    balance = builder.balance()
    assert balance.near == [told[0].id, told[2].id]
    assert balance.repeated == [told[3].id]
