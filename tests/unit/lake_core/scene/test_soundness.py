"""What may be wrong with a scene's structure, counted."""

from __future__ import annotations

from lake_core.scene.soundness import Bones, Soundness, check_bones
from lake_core.scene.state import Scene
from tests.unit.lake_core.scene.operations import edge, entity


def check(scene: Scene) -> Soundness:
    return check_bones(Bones.of(scene))


def test_that_a_sound_scene_has_nothing_to_tell() -> None:
    scene = Scene("lab")
    for entity_id in "abc":
        scene.update_entity(entity(entity_id))
    scene.update_connection(edge("a", "b"))
    found = check(scene)
    assert (found.loops, found.orphans, found.same_names) == (0, 0, 0)
    assert found.seq == scene.seq


def test_that_loops_and_orphans_are_counted() -> None:
    scene = Scene("lab")
    for entity_id in "abcd":
        scene.update_entity(entity(entity_id))
    scene.update_connection(edge("a", "b"))
    scene.update_connection(edge("b", "a"))
    scene.update_connection(edge("gone", "c"))
    scene.update_connection(edge("gone", "not-there-either"))
    found = check(scene)
    assert (found.loops, found.orphans) == (1, 1)


def test_that_same_names_count_among_siblings_only() -> None:
    scene = Scene("lab")
    for entity_id in ("room", "hall", "l1", "l2", "l3"):
        name = "Lamp" if entity_id.startswith("l") else entity_id
        scene.update_entity(entity(entity_id, name=name))
    for parent, child in (("room", "l1"), ("room", "l2"), ("hall", "l3")):
        scene.update_connection(edge(parent, child))
    assert check(scene).same_names == 2
