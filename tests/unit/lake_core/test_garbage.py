"""Tests for when garbage is collected, and when not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from lake_core import garbage
from lake_core.garbage import MANY, MOST_UNSEEN, without_collections


class Cycle:
    """Only the collector takes it away."""

    def __init__(self) -> None:
        self._self = self


@pytest.fixture(autouse=True)
def _with_the_collector_on() -> Iterator[None]:
    was_enabled = gc.isenabled()
    garbage.look_at_all()
    gc.enable()
    yield
    if not was_enabled:
        gc.disable()


def make(count: int) -> list[list[int]]:
    """As many objects as a scene may have."""
    with without_collections():
        return [[at] for at in range(count)]


def test_that_a_large_scene_is_not_gone_through_once_it_is_made() -> None:
    gone: list[str] = []
    gc.callbacks.append(lambda phase, _: gone.append(phase))
    try:
        kept = make(10 * MANY)
        young, *_ = gc.get_count()
    finally:
        gc.callbacks.pop()
    assert not gone
    assert young < MANY
    assert len(kept) == 10 * MANY


def test_that_a_small_one_is_left_to_the_collector() -> None:
    cycle = weakref.ref(Cycle())
    kept = make(MANY // 2)
    assert not garbage.is_look_due()
    while cycle() is not None:  # as it comes, with what else is made
        kept.append([0])
    assert len(kept) < MANY


def test_that_what_was_taken_for_old_is_looked_at_now_and_then() -> None:
    cycle = weakref.ref(Cycle())
    for _ in range(MOST_UNSEEN - 1):
        make(2 * MANY)
    assert cycle() is not None
    make(2 * MANY)
    assert cycle() is None
    assert not garbage.is_look_due()


def test_that_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    make(2 * MANY)
    assert not gc.isenabled()


def test_that_the_last_of_several_lets_it_run_again() -> None:
    with without_collections():
        make(1)
        assert not gc.isenabled()
        assert garbage.are_collections_held_off()
    assert gc.isenabled()
    assert not garbage.are_collections_held_off()
