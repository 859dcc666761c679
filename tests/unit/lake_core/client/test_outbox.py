"""Batches mean what the operations meant one by one: checked against real scenes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lake_core.client.outbox import (
    CONNECTION_DELETE,
    CONNECTIONS,
    DELETED,
    ENTITIES,
    PARAMETERS,
    SCENE,
    Outbox,
    Parcel,
    count_in,
    divided,
    without,
)
from lake_core.errors import LakeError
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


def _apply(scene: Scene, endpoint: str, body: dict[str, Any]) -> str | None:
    """Why it was refused, if it was."""
    decoded = decode(endpoint, json.dumps(body).encode())
    try:
        check_body(scene, decoded)
        apply_body(scene, decoded)
    except LakeError as error:
        return str(error)
    return None


def _body(parcel: Parcel) -> dict[str, Any]:
    if parcel.kind == CONNECTION_DELETE:
        return {"space_name": "s", **parcel.items[0][1]}
    return {"space_name": "s", **parcel.lists()}


def _sent(scene: Scene, endpoint: str, body: dict[str, Any]) -> None:
    """As the client delivers: whole, or without what the refusal points at, or divided."""
    if (refused := _apply(scene, endpoint, body)) is None:
        return
    if (told := without(body, [refused])) is not None:
        _sent(scene, endpoint, told[0])
        return
    for part in divided(body) or ():
        _sent(scene, endpoint, part)


def _one_by_one(given_operations: list[Operation]) -> Scene:
    scene = Scene("s")
    for kind, item in given_operations:
        parcel = Parcel.begun_by(kind)
        parcel.add(kind, dict(item) if isinstance(item, dict) else item, coalesce=False)
        _apply(scene, parcel.endpoint, _body(parcel))
    return scene


def _through_an_outbox(given_operations: list[Operation], *, coalesce: bool) -> Scene:
    outbox, scene = Outbox(5, coalesce=coalesce), Scene("s")
    for kind, item in given_operations:
        outbox.add(kind, dict(item) if isinstance(item, dict) else item)
    while (parcel := outbox.take()) is not None:
        _sent(scene, parcel.endpoint, _body(parcel))
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
    assert parcel.lists()["entities"] == [{"id": "a", "position": [4, 0, 0], "name": "A"}]


def test_that_nothing_is_left_out_without_coalescing() -> None:
    outbox = Outbox(100, coalesce=False)
    for x in range(5):
        outbox.add(ENTITIES, {"id": "a", "position": [x, 0, 0]})
    parcel = outbox.take()
    assert parcel is not None
    assert len(parcel.lists()["entities"]) == 5


def test_that_a_move_joins_a_parameter_that_waits_and_new_parameters_do_not() -> None:
    outbox = Outbox(100, coalesce=True)
    outbox.add(PARAMETERS, {"entity_id": "a", "parameter_name": "p", "value": 1})
    outbox.add(ENTITIES, {"id": "a", "position": [1, 0, 0]})
    outbox.add(ENTITIES, {"id": "a", "parameters": {}})
    first, second = outbox.take(), outbox.take()
    assert first is not None
    assert second is not None
    assert [kind for kind, _ in first.items] == [PARAMETERS, ENTITIES]
    assert second.lists()["entities"] == [{"id": "a", "parameters": {}}]


def test_that_the_parts_of_a_body_hold_all_of_it_in_order() -> None:
    body = {
        "space_name": "s",
        "entities": [{"id": "1"}, {"id": "2"}],
        "connections": [],
        "deleted_entities": ["3"],
    }
    parts = divided(body)
    assert parts is not None
    first, second = parts
    assert first == {"space_name": "s", "entities": [{"id": "1"}], "connections": []}
    assert second["entities"] == [{"id": "2"}]
    assert second["deleted_entities"] == ["3"]
    assert count_in(first) + count_in(second) == count_in(body) == 3


def test_that_what_pointers_lead_to_is_taken_out() -> None:
    body = {
        "space_name": "s",
        "entities": [{"id": "1"}, {"id": "2"}, {"id": "3"}],
        "parameters": [{"entity_id": "4"}],
    }
    found = without(body, ["/entities/1/position/0", "/parameters/0", "/space_name", "/entities/9"])
    assert found is not None
    rest, faulty = found
    assert [entity["id"] for entity in rest["entities"]] == ["1", "3"]
    assert "parameters" not in rest
    assert [count_in(each) for each in faulty] == [1, 1]
    assert faulty[0]["entities"] == [{"id": "2"}]
    assert without(body, ["/space_name"]) is None
    assert without({**body, "replace": True}, ["/entities/0"]) is None
    assert without({"space_name": "s", "entities": [{"id": "1"}]}, ["/entities/0"]) is None


def test_that_a_scene_stands_alone_and_is_never_divided() -> None:
    outbox = Outbox(100, coalesce=True)
    outbox.add(ENTITIES, {"id": "before"})
    outbox.add(SCENE, ([{"id": "a"}, {"id": "b"}], []))
    outbox.add(ENTITIES, {"id": "a"})
    kinds = []
    while (parcel := outbox.take()) is not None:
        kinds.append((parcel.kind, parcel.endpoint, parcel.weight))
    assert kinds == [("batch", "batch", 1), ("scene", "batch", 2), ("batch", "batch", 1)]
    scene = {"space_name": "s", "entities": [{"id": "a"}, {"id": "b"}], "replace": True}
    assert divided(scene) is None
