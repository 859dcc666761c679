"""Differences of two states: complete, exact, and told by state."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene.change import canonical
from lake_core.scene.diff import SceneDiff, Still, diff_scenes
from lake_core.scene.hierarchy import HIERARCHY
from lake_core.scene.model import ConnectionKey, ParameterUpdate
from lake_core.scene.state import Scene
from tests.unit.lake_core.scene.operations import OPERATIONS, edge, entity, run

OPERATION_LISTS = st.lists(OPERATIONS, max_size=30)


def apply_json(state: dict[str, Any], told: dict[str, Any]) -> None:
    """Make of one state the other, from nothing but the JSON of the difference."""
    entities, connections = state["entities"], state["connections"]
    for document in told["removed"]:
        assert entities.pop(document["id"]) == document
    for document in told["added"]:
        assert entities.setdefault(document["id"], document) is document
    for entity_id, change in told["changed"].items():
        parameters = change.pop("parameters", {})
        _apply(entities[entity_id], change)
        _apply(entities[entity_id]["parameters"], parameters)
    for entity_id, parent in told["reparented"].items():
        assert state["parents"][entity_id] == parent["before"]
        state["parents"][entity_id] = parent["after"]
    for document in told["connections_removed"]:
        assert connections.pop(_key(document)) == document
    for document in told["connections_added"]:
        assert connections.setdefault(_key(document), document) is document
    for change in told["connections_changed"]:
        assert connections[_key(change["after"])] == change["before"]
        connections[_key(change["after"])] = change["after"]


def _apply(document: dict[str, Any], change: dict[str, Any]) -> None:
    for name, values in change.items():
        if "before" in values:
            assert canonical(values["before"]) == canonical(document.pop(name))
        assert name not in document
        if "after" in values:
            document[name] = values["after"]


def _key(document: dict[str, Any]) -> ConnectionKey:
    return ConnectionKey(*(document[n] for n in ("source_id", "target_id", "connection_type")))


def state_of(scene: Scene) -> dict[str, Any]:
    decode = msgspec.json.decode
    parents = scene.hierarchy().parent_map
    return {
        "entities": {d["id"]: d for d in map(decode, scene.documents())},
        "connections": {key: decode(d) for key, d in scene.connections.items()},
        "parents": {entity_id: parents.get(entity_id) for entity_id in scene.slot_of},
    }


def difference(before: Scene, after: Scene) -> SceneDiff:
    return diff_scenes(Still.of(before), Still.of(after))


@settings(max_examples=300, deadline=None)
@given(OPERATION_LISTS, OPERATION_LISTS)
def test_that_a_difference_turns_one_state_into_the_other(
    first: list[Any], second: list[Any]
) -> None:
    scene = Scene("s")
    for operation in first:
        run(scene, operation)
    state, still = state_of(scene), Still.of(scene)
    for operation in second:
        run(scene, operation)
    told = diff_scenes(still, Still.of(scene))
    apply_json(state, msgspec.json.decode(msgspec.json.encode(told)))
    expected = state_of(scene)
    for entity_id in expected["entities"].keys() - still.entities.keys():
        state["parents"][entity_id] = expected["parents"][entity_id]
    state["parents"] = {key: state["parents"][key] for key in expected["entities"]}
    assert canonical(state["entities"]) == canonical(expected["entities"])
    assert state["connections"] == expected["connections"]
    assert state["parents"] == expected["parents"]
    assert (told.from_seq, told.to_seq) == (still.seq, scene.seq)


@settings(max_examples=200, deadline=None)
@given(OPERATION_LISTS)
def test_that_equal_states_do_not_differ_whatever_led_to_them(operations: list[Any]) -> None:
    scene, again = Scene("s"), Scene("s")
    for operation in operations:
        run(scene, operation)
        run(again, operation)
        run(again, ("parameter", "a", "energy", 7))
    if "a" in scene.slot_of:  # the detour is taken back
        document = msgspec.json.decode(scene.arrays.documents[scene.slot_of["a"]])
        again.update_entity(entity("a", parameters=document["parameters"]))
    told = difference(again, scene)
    assert (told.is_empty, scene.state_hash == again.state_hash) == (True, True)


def test_that_changes_are_told_by_field_parent_and_flux_position() -> None:
    before, after = Scene("s"), Scene("s")
    for scene in (before, after):
        for entity_id in "abc":
            scene.update_entity(entity(entity_id, parameters={"one": 1, "gone": None}))
        scene.update_connection(edge("a", "c"))
    after.update_entity(entity("b", position=[3.0, 0.0, 0.0], parameters={"one": 1.0, "new": []}))
    after.update_connection(edge("b", "c"))
    after.update_entity(entity("d"))
    after.delete_entity("a")
    told = msgspec.json.decode(msgspec.json.encode(difference(before, after)))
    assert told["changed"] == {
        "b": {
            "position": {"before": [0.0, 0.0, 0.0], "after": [3.0, 0.0, 0.0]},
            "parameters": {
                "one": {"before": 1, "after": 1.0},
                "gone": {"before": None},
                "new": {"after": []},
            },
        }
    }
    assert told["flux_changed"] == {"b": {"before": 0, "after": 3}}
    assert told["reparented"] == {"c": {"before": "a", "after": "b"}}
    assert [document["id"] for document in told["added"]] == ["d"]
    assert [document["id"] for document in told["removed"]] == ["a"]
    assert told["connections_added"][0]["source_id"] == "b"
    assert told["connections_removed"][0]["source_id"] == "a"


def test_that_a_connection_with_other_contents_is_told_with_both() -> None:
    before, after = Scene("s"), Scene("s")
    before.update_connection(edge("a", "b"))
    stronger = edge("a", "b", HIERARCHY)
    stronger.strength = 2.0
    after.update_connection(edge("a", "b"))
    after.update_connection(stronger)
    (change,) = difference(before, after).connections_changed
    strengths = [msgspec.json.decode(raw)["strength"] for raw in (change.before, change.after)]
    assert strengths == [1.0, 2.0]


def test_that_a_value_set_and_set_back_is_no_difference() -> None:
    scene = Scene("s")
    scene.update_entity(entity("a", parameters={"energy": 1}))
    still = Still.of(scene)
    for value in (2, 1):
        scene.set_parameter(ParameterUpdate(entity_id="a", parameter_name="energy", value=value))
    assert diff_scenes(still, Still.of(scene)).is_empty
