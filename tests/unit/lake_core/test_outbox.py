"""Batches mean what the operations meant one by one: checked against real scenes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import LakeError
from lake_core.outbox import (
    CONNECTION_DELETE,
    CONNECTIONS,
    DELETED,
    ENTITIES,
    PARAMETERS,
    Outbox,
    Parcel,
)
from lake_core.scene.apply import apply_body, check_body
from lake_core.scene.decode import decode
from lake_core.scene.state import Scene

Operation = tuple[str, Any]

ids = st.sampled_from(["a", "b", "c"])
entities = st.builds(
    lambda i, fields: (ENTITIES, {"id": i, **fields}),
    ids,
    st.fixed_dictionaries(
        {},
        optional={
            "position": st.sampled_from([[1, 2, 3], [4, 5, 6]]),
            "name": st.sampled_from(["x", "y"]),
            "parameters": st.sampled_from([{}, {"p": 1}, {"q": 2}]),
        },
    ),
)
kinds = st.sampled_from(["hierarchy", "power"])
connections = st.builds(
    lambda s, t, k: (CONNECTIONS, {"source_id": s, "target_id": t, "connection_type": k}),
    ids,
    ids,
    kinds,
)
parameters = st.builds(
    lambda i, n, v: (PARAMETERS, {"entity_id": i, "parameter_name": n, "value": v}),
    ids,
    st.sampled_from(["p", "q"]),
    st.integers(0, 3),
)
deletions = st.builds(lambda i: (DELETED, i), ids)
disconnections = st.builds(lambda c: (CONNECTION_DELETE, c[1]), connections)
operations = st.lists(
    st.one_of(entities, connections, parameters, deletions, disconnections), max_size=30
)


def _apply(scene: Scene, endpoint: str, body: dict[str, Any]) -> bool:
    decoded = decode(endpoint, json.dumps(body).encode())
    try:
        check_body(scene, decoded)
        apply_body(scene, decoded)
    except LakeError:
        return False
    return True


def _sent(scene: Scene, parcel: Parcel) -> None:
    """As the client delivers: whole, or in halves where the whole is refused."""
    if not _apply(scene, parcel.endpoint, parcel.body("s")) and len(parcel.items) > 1:
        for half in parcel.halves():
            _sent(scene, half)


def _one_by_one(given_operations: list[Operation]) -> Scene:
    scene = Scene("s")
    for kind, item in given_operations:
        parcel = Parcel(kind if kind == CONNECTION_DELETE else "batch")
        parcel.add(kind, dict(item) if isinstance(item, dict) else item, coalesce=False)
        _apply(scene, parcel.endpoint, parcel.body("s"))
    return scene


def _through_an_outbox(given_operations: list[Operation], *, coalesce: bool) -> Scene:
    outbox, scene = Outbox(5, coalesce=coalesce), Scene("s")
    for kind, item in given_operations:
        outbox.add(kind, dict(item) if isinstance(item, dict) else item)
    while (parcel := outbox.take()) is not None:
        _sent(scene, parcel)
    assert outbox.waiting == 0
    return scene


def _state(scene: Scene) -> tuple[int, dict[str, str]]:
    return scene.state_hash, scene.hierarchy().parent_map


@given(operations, st.booleans())
def test_that_batches_lead_to_the_state_that_single_operations_lead_to(
    given_operations: list[Operation], coalesce: bool
) -> None:
    # All are there from the start, so that nothing hangs on what a refusal left out.
    begun: list[Operation] = [(ENTITIES, {"id": i, "parameters": {"p": 0}}) for i in "abc"]
    known = begun + [op for op in given_operations if op[0] != DELETED]
    assert _state(_through_an_outbox(known, coalesce=coalesce)) == _state(_one_by_one(known))


@given(operations)
def test_that_deletions_keep_their_place_in_the_order(given_operations: list[Operation]) -> None:
    # A parameter of what is deleted is refused alone, and with it nothing else.
    unparameterised = [op for op in given_operations if op[0] != PARAMETERS]
    sent = _through_an_outbox(unparameterised, coalesce=False)
    assert _state(sent) == _state(_one_by_one(unparameterised))


def test_that_states_that_wait_together_become_one() -> None:
    outbox = Outbox(100, coalesce=True)
    for x in range(5):
        outbox.add(ENTITIES, {"id": "a", "position": [x, 0, 0]})
    outbox.add(ENTITIES, {"id": "a", "name": "A"})
    parcel = outbox.take()
    assert parcel is not None
    assert parcel.weight == 6
    assert parcel.body("s")["entities"] == [{"id": "a", "position": [4, 0, 0], "name": "A"}]


def test_that_nothing_is_left_out_without_coalescing() -> None:
    outbox = Outbox(100, coalesce=False)
    for x in range(5):
        outbox.add(ENTITIES, {"id": "a", "position": [x, 0, 0]})
    parcel = outbox.take()
    assert parcel is not None
    assert len(parcel.body("s")["entities"]) == 5


def test_that_halves_hold_all_items_and_the_whole_weight() -> None:
    outbox = Outbox(100, coalesce=True)
    for number in (0, 1, 2, 2):
        outbox.add(ENTITIES, {"id": str(number)})
    parcel = outbox.take()
    assert parcel is not None
    first, second = parcel.halves()
    assert first.weight + second.weight == 4
    assert len(first.items) + len(second.items) == 3
