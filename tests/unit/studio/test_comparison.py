"""What differs between two moments, as rows a person reads."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lake_core.scene.diff import Still
from lake_core.scene.state import Scene
from studio.models.comparison import Comparison, Difference, Kind, chosen, compare
from studio.models.diff_marks import DiffMarks
from studio.models.value_words import difference_words
from tests.unit.lake_core.scene.operations import OPERATIONS, edge, entity, run

ALL = frozenset(Kind)


def told(comparison: Comparison) -> dict[str, Difference]:
    return {one.entity_id: one for one in comparison.differences}


def two_states() -> Comparison:
    """A door opens under another roof, a cat comes, a dog goes, a lamp only warms up."""
    scene = Scene("lab")
    for entity_id in ("house", "barn"):
        scene.update_entity(entity(entity_id, name=entity_id.title(), class_type="Model"))
    scene.update_entity(entity("door", name="Door", class_type="Part", position=[0, 0, 0]))
    scene.update_entity(entity("dog", class_type="Pet", position=[1, 2, 3]))
    scene.update_entity(entity("lamp", class_type="Light", parameters={"heat": 1}))
    scene.update_connection(edge("house", "door"))
    before = Still.of(scene)
    scene.update_entity(entity("door", position=[3, 4, 0]))
    scene.update_connection(edge("barn", "door"))
    scene.update_entity(entity("cat", class_type="Pet"))
    scene.delete_entity("dog")
    scene.update_entity(entity("lamp", parameters={"heat": 2}))
    scene.update_connection(edge("lamp", "house", "lights"))
    scene.settle()
    return compare(before, Still.of(scene))


def test_that_each_entity_is_told_once_with_all_that_became_of_it() -> None:
    comparison = two_states()
    kinds = {one.entity_id: one.kinds for one in comparison.differences if "→" not in one.name}
    assert kinds == {
        "cat": (Kind.ADDED,),
        "dog": (Kind.REMOVED,),
        "door": (Kind.REPARENTED, Kind.MOVED, Kind.CHANGED),
        "lamp": (Kind.CHANGED,),
    }
    assert comparison.by_kind[Kind.CONNECTED] == 1
    assert comparison.by_class["Pet"] == {Kind.ADDED: 1, Kind.REMOVED: 1}


def test_that_fields_are_given_before_and_after() -> None:
    fields = {one.name: (one.before, one.after) for one in told(two_states())["door"].fields}
    assert fields["parent"] == ("House", "Barn")
    assert fields["position"] == ([0.0, 0.0, 0.0], [3.0, 4.0, 0.0])
    assert "flux" in fields


def test_that_the_words_say_how_far_it_went() -> None:
    scene = Scene("lab")
    scene.update_entity(entity("a", position=[0, 0, 0], parameters={"digital_root_flux": 3}))
    before = Still.of(scene)
    scene.update_entity(entity("a", position=[0, 3, 4]))
    (one,) = compare(before, Still.of(scene)).differences
    assert difference_words(one) == "position by 5 units"


def test_that_the_list_is_filtered_by_kind_and_words() -> None:
    differences = two_states().differences
    assert [one.entity_id for one in chosen(differences, ALL, "pet do")] == ["dog"]
    moved = chosen(differences, frozenset({Kind.MOVED}), "")
    assert [one.entity_id for one in moved] == ["door"]
    assert [one.entity_id for one in chosen(differences, ALL, "HEAT")] == ["lamp"]


def test_that_marks_tell_ghosts_and_ways() -> None:
    marks = DiffMarks()
    marks.show(two_states())
    assert marks.gone.slot_of == {"dog": 0}
    assert marks.gone.arrays.positions[0].tolist() == [1.0, 2.0, 3.0]
    assert marks.moves == {"door": ((0.0, 0.0, 0.0), (3.0, 4.0, 0.0))}
    assert marks.kinds["door"] is Kind.REPARENTED
    assert marks.added == ["cat"]
    marks.clear()
    assert (marks.kinds, marks.gone.slot_of, marks.moves) == ({}, {}, {})


@given(st.lists(OPERATIONS, max_size=20), st.lists(OPERATIONS, max_size=20))
def test_that_whatever_differs_is_told_and_nothing_else(first: list[Any], then: list[Any]) -> None:
    scene = Scene("lab")
    for operation in first:
        run(scene, operation)
    scene.settle()
    before = Still.of(scene)
    for operation in then:
        run(scene, operation)
    scene.settle()
    after = Still.of(scene)
    found = [one for one in compare(before, after).differences if Kind.CONNECTED not in one.kinds]
    assert len({one.entity_id for one in found}) == len(found)
    places = [
        dict(
            zip(
                still.entities,
                zip(still.entities.values(), still.parents, strict=True),
                strict=True,
            )
        )
        for still in (before, after)
    ]
    other = {key for key in places[0] | places[1] if places[0].get(key) != places[1].get(key)}
    assert {one.entity_id for one in found} == other
