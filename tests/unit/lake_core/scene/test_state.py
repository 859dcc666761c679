"""A Scene against a plain dictionary: whatever is done to both, they tell the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.errors import NotFound
from lake_core.scene.change import STATE_HASH_MODULUS, canonical, state_term
from lake_core.scene.flux import flux_position
from lake_core.scene.hierarchy import HIERARCHY, HierarchyTree
from lake_core.scene.model import ConnectionKey, ParameterUpdate
from lake_core.scene.state import Scene
from tests.plain import Plain
from tests.unit.lake_core.scene.operations import OPERATIONS, edge, entity, run, told


@settings(max_examples=300, deadline=None)
@given(st.lists(OPERATIONS, max_size=40))
def test_that_a_scene_tells_the_same_as_plain_dictionaries(operations: list[Any]) -> None:
    scene, plain = Scene("s"), Plain()
    for operation in operations:
        run(scene, operation)
        plain.run(operation)
        documents = {
            document["id"]: document for document in map(msgspec.json.decode, scene.documents())
        }
        assert list(documents) == list(plain.entities)
        for entity_id, expected in plain.entities.items():
            kept = {name: documents[entity_id][name] for name in ("position", "parameters")}
            assert canonical(kept) == canonical(expected)
        assert list(scene.connections) == list(plain.connections)
        ids = [SimpleNamespace(id=entity_id) for entity_id in plain.entities]
        assert scene.hierarchy() == HierarchyTree.build(ids, plain.connections)


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=40))
def test_that_replaying_the_rows_makes_the_same_scene(operations: list[Any]) -> None:
    scene, replayed = Scene("s"), Scene("s")
    for operation in operations:
        changed = run(scene, operation)
        rows = scene.take_changes()
        assert bool(rows) == changed
        for row in rows:
            replayed.replay(replayed.seq + 1, *row)
    assert told(replayed) == told(scene)


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=40))
def test_that_figures_kept_change_by_change_equal_figures_measured_anew(
    operations: list[Any],
) -> None:
    scene = Scene("s")
    for operation in operations:
        run(scene, operation)
    metadata = scene.metadata()
    documents = [msgspec.json.decode(document) for document in scene.documents()]
    flux = [flux_position(d["position"], d["parameters"])[0] for d in documents]
    assert metadata.entity_count == len(documents)
    assert metadata.hierarchy_depth == scene.hierarchy().max_depth()
    assert metadata.sacred_entity_count == sum(f in (3, 6, 9) for f in flux)
    assert metadata.avg_flux_position == pytest.approx(np.mean(flux) if flux else 0.0)
    if documents:
        positions = np.array([d["position"] for d in documents])
        assert metadata.spatial_bounds == (
            tuple(positions.min(axis=0).tolist()),
            tuple(positions.max(axis=0).tolist()),
        )
    terms = [state_term(d) for d in [*scene.documents(), *scene.connections.values()]]
    assert metadata.state_hash == f"{sum(terms) % STATE_HASH_MODULUS:032x}"
    tree = scene.hierarchy()
    scene.settle()
    assert {i: int(scene.arrays.depths[s]) for i, s in scene.slot_of.items()} == tree.depth_map


def test_that_equal_states_have_equal_hashes_whatever_the_path() -> None:
    straight, winding = Scene("s"), Scene("s")
    for entity_id in "ab":
        straight.update_entity(entity(entity_id, position=[1.0, 2.0, 3.0]))
    for entity_id in "cba":
        winding.update_entity(entity(entity_id, position=[9.0, 9.0, 9.0]))
        winding.update_entity(entity(entity_id, position=[1.0, 2.0, 3.0]))
    winding.delete_entity("c")
    assert winding.state_hash == straight.state_hash != 0


def test_that_an_update_keeps_what_it_does_not_name() -> None:
    scene = Scene("s")
    scene.update_entity(entity("a", name="A", tags=["x"], parameters={"energy": 1.0}))
    scene.update_entity(entity("a", position=[1.0, 0.0, 0.0]))
    document = msgspec.json.decode(next(scene.documents()))
    assert (document["name"], document["tags"]) == ("A", ["x"])
    assert document["parameters"] == {"energy": 1.0}
    assert document["position"] == [1.0, 0.0, 0.0]


def test_that_a_repeat_changes_nothing() -> None:
    scene = Scene("s")
    for expected in (True, False):
        assert scene.update_entity(entity("a", position=[1.0, 2.0, 3.0])) is expected
    assert scene.update_entity(entity("a", position=[1.0, 2.0, 3.0], name="a")) is False
    assert scene.seq == 1


def test_that_a_number_changed_in_type_is_a_change_since_flux_rules_tell_them_apart() -> None:
    scene = Scene("s")
    scene.update_entity(entity("a", position=[4.0, 0.0, 0.0], parameters={"digital_root_flux": 3}))
    assert scene.flux(scene.slot_of["a"]) == (3, "digital_root_flux")
    assert scene.update_entity(entity("a", parameters={"digital_root_flux": 3.0})) is True
    assert scene.flux(scene.slot_of["a"]) == (4, "position")


def test_that_a_patch_holds_only_what_differs() -> None:
    scene = Scene("s")
    scene.update_entity(entity("a", parameters={"energy": 1.0, "note": "long" * 500}))
    scene.take_changes()
    scene.set_parameter(ParameterUpdate(entity_id="a", parameter_name="energy", value=2.0))
    (change,) = scene.take_changes()
    assert change.patch == b'{"parameters":{"energy":2.0}}'


def test_that_a_loop_is_stored_and_warned_of_once_and_the_tree_stays_whole() -> None:
    scene = Scene("s")
    for entity_id in "abc":
        scene.update_entity(entity(entity_id))
    for parent, child in ("ab", "bc", "ca"):
        scene.update_connection(edge(parent, child))
    assert len(scene.warnings) == 1
    assert scene.connection_count == 3
    assert scene.hierarchy().depth_map == {"a": 0, "b": 1, "c": 2}
    scene.delete_connection(ConnectionKey("a", "b", HIERARCHY))
    assert scene.hierarchy().depth_map == {"b": 0, "c": 1, "a": 2}


def test_that_a_child_is_a_root_until_its_parent_arrives() -> None:
    scene = Scene("s")
    scene.update_entity(entity("child"))
    scene.update_connection(edge("parent", "child"))
    assert scene.hierarchy().roots == ["child"]
    scene.update_entity(entity("parent"))
    assert scene.hierarchy().parent_map == {"child": "parent"}


def test_that_a_chain_of_twenty_thousand_is_measured_quickly_and_rightly() -> None:
    scene, length = Scene("s"), 20_000
    for index in range(length):
        scene.update_entity(entity(str(index)))
        if index:
            scene.update_connection(edge(str(index - 1), str(index)))
    assert scene.metadata().hierarchy_depth == length - 1
    scene.delete_connection(ConnectionKey("0", "1", HIERARCHY))
    assert scene.metadata().hierarchy_depth == length - 2


def test_that_a_parameter_of_an_unknown_entity_is_refused() -> None:
    with pytest.raises(NotFound, match="ghost"):
        Scene("s").set_parameter(
            ParameterUpdate(entity_id="ghost", parameter_name="energy", value=1)
        )


def test_that_a_tree_tells_its_depth_and_who_is_at_each() -> None:
    scene = Scene("s")
    for entity_id in "abcd":
        scene.update_entity(entity(entity_id))
    for parent, child in ("ab", "ac", "cd"):
        scene.update_connection(edge(parent, child))
    tree = scene.hierarchy()
    assert tree.max_depth() == 2
    assert [tree.entities_at_depth(depth) for depth in range(4)] == [["a"], ["b", "c"], ["d"], []]
