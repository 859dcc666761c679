"""Rows replayed in bulk against rows replayed one by one, and every way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene import replay
from lake_core.scene.change import ChangeKind
from lake_core.scene.loading import load_connections, load_entities
from lake_core.scene.replay import replay_rows
from lake_core.scene.state import Scene
from lake_core.scene.step import Step
from tests.unit.lake_core.scene.operations import OPERATIONS, log_of, replayed, told

CUTS = st.lists(st.integers(0, 120), max_size=8)
MANY = st.sampled_from([1, 2, 64])


def runs(count: int, cuts: list[int]) -> list[tuple[int, int]]:
    places = sorted({0, count, *(cut for cut in cuts if cut < count)})
    return list(pairwise(places))


def places_of(scene: Scene) -> dict[str, Any]:
    """Where a scene keeps its entities, and by what order they are shown."""
    return {
        entity_id: (slot, int(scene.arrays.orders[slot]), int(scene.arrays.parents[slot]))
        for entity_id, slot in scene.slot_of.items()
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(OPERATIONS, max_size=60), CUTS, MANY)
def test_that_rows_in_bulk_do_what_they_do_one_by_one(
    operations: list[Any], cuts: list[int], many: int
) -> None:
    live, rows = log_of(operations)
    scene = Scene("s")
    with patch.object(replay, "_MANY", many):
        for start, end in runs(len(rows), cuts):
            assert replay_rows(scene, rows[start:end]) is None
            assert told(scene) == told(replayed(rows[:end]))
    assert told(scene) == told(live)
    assert scene.document_bytes == live.document_bytes
    assert scene.warnings == []


@settings(max_examples=500, deadline=None)
@given(st.lists(OPERATIONS, max_size=60), CUTS, MANY, st.booleans())
def test_that_every_step_leads_back_exactly(
    operations: list[Any], cuts: list[int], many: int, settle: bool
) -> None:
    _, rows = log_of(operations)
    scene = Scene("s")
    steps: list[Step] = []
    stood: list[Any] = []
    with patch.object(replay, "_MANY", many):
        for start, end in runs(len(rows), cuts):
            stood.append((told(scene) if settle else None, places_of(scene)))
            step = replay_rows(scene, rows[start:end], keep=True)
            assert step is not None
            steps.append(step)
        final = told(scene), places_of(scene)
        while steps:
            steps.pop().undo(scene)
            before, places = stood.pop()
            assert places_of(scene) == places
            assert told(scene) == (before or told(replayed(rows[: scene.seq])))
        replay_rows(scene, rows)
    assert (told(scene), places_of(scene)) == final


@settings(max_examples=100, deadline=None)
@given(st.lists(OPERATIONS, max_size=60))
def test_that_what_changed_on_the_way_back_is_touched(operations: list[Any]) -> None:
    _, rows = log_of(operations)
    scene = Scene("s")
    half = len(rows) // 2
    replay_rows(scene, rows[:half])
    step = replay_rows(scene, rows[half:], keep=True)
    if step is None:
        return
    shown = Scene("s").arrays
    shown.apply(scene.delta())
    scene.touched.clear()
    step.undo(scene)
    scene.settle()
    shown.apply(scene.delta(scene.touched))
    live = scene.live_slots()
    assert np.flatnonzero(shown.alive).tolist() == sorted(live.tolist())
    for name in ("positions", "flux", "parents", "depths", "orders"):
        assert getattr(shown, name)[live].tolist() == getattr(scene.arrays, name)[live].tolist()
    assert [shown.documents[slot] for slot in live] == list(scene.documents())


def in_parts(
    documents: Iterable[bytes], fluxes: Sequence[int] = ()
) -> list[tuple[bytes, Sequence[int]]]:
    """Documents as arrays of three, with the fluxes of each."""
    texts = list(documents)
    return [
        (b"[" + b",".join(texts[at : at + 3]) + b"]", fluxes[at : at + 3])
        for at in range(0, len(texts), 3)
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=60))
def test_that_a_whole_scene_is_loaded_from_its_documents(operations: list[Any]) -> None:
    live, _ = log_of(operations)
    slots = live.live_slots()
    fluxes = live.arrays.flux[slots].astype(int) + 10 * live.flux_rules[slots].astype(int)
    scene = Scene("s")
    load_entities(scene, in_parts(live.documents(), fluxes.tolist()))
    load_connections(scene, [part for part, _ in in_parts(live.connections.values())])
    scene.seq = live.seq
    assert told(scene) == told(live)
    assert scene.document_bytes == live.document_bytes


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(
    "kind", [k for k in ChangeKind if k not in (ChangeKind.ENTITY, ChangeKind.CONNECTION)]
)
def test_that_a_row_of_what_is_not_there_is_refused(kind: ChangeKind, keep: bool) -> None:
    key = '["a","b","t"]'
    with pytest.raises(KeyError):
        replay_rows(Scene("s"), [(1, kind, key, 0, b"{}")], keep=keep)
