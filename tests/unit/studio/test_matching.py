"""Searching all entities at once against asking a query of each."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.query import Facts, parse_query
from studio.models.documents import Documents
from studio.models.matching import Matcher

WORDS = st.sampled_from(["box", "Box", "Straße", "a", "ab", "b a", "é", "", "boxbox", "xbo"])
ENTITIES = st.fixed_dictionaries(
    {
        "name": WORDS,
        "class_type": WORDS,
        "tags": st.lists(WORDS.filter(bool), max_size=3),
        "parameters": st.dictionaries(
            st.sampled_from(["energy", "state"]),
            st.one_of(st.integers(-3, 9), st.floats(-3, 9), st.booleans(), WORDS),
        ),
        "flux": st.integers(0, 9),
        "depth": st.integers(0, 3),
        "alive": st.booleans(),
    }
)
QUERIES = st.lists(
    st.sampled_from(
        [
            *("box", "a", "strasse", "name:b", "name=box", "class:x", "class=a", "tag:b"),
            *("tag=box", "tag=a", "id:1", "flux:sacred", "flux:1,2", "flux>4", "depth:1"),
            *("depth!=2", "param:energy", "param:energy>3", "param:energy=4", "param:energy!=4"),
            *("param:state=box", "param:state!=box", "param:state=true", '"b a"', "é"),
        ]
    ).flatmap(lambda word: st.sampled_from([word, f"-{word}"])),
    max_size=3,
).map(" ".join)


def arrays_of(entities: list[dict[str, Any]]) -> SceneArrays:
    arrays = SceneArrays(max(len(entities), 1))
    for slot, entity in enumerate(entities):
        put(arrays, slot, entity)
    return arrays


def put(arrays: SceneArrays, slot: int, entity: dict[str, Any]) -> None:
    arrays.ids[slot] = f"e{slot}"
    arrays.names[slot], arrays.class_types[slot] = str(entity["name"]), str(entity["class_type"])
    arrays.flux[slot], arrays.depths[slot] = entity["flux"], entity["depth"]
    arrays.alive[slot] = bool(entity["alive"])
    arrays.documents[slot] = msgspec.json.encode(
        {"tags": entity["tags"], "parameters": entity["parameters"]}
    )


def asked_of_each(arrays: SceneArrays, text: str) -> list[bool]:
    query, documents = parse_query(text), Documents(arrays)
    return [
        bool(arrays.alive[slot])
        and query.holds(
            Facts(
                arrays.names[slot],
                arrays.ids[slot],
                arrays.class_types[slot],
                documents.tags(slot),
                int(arrays.flux[slot]),
                int(arrays.depths[slot]),
                documents.parameters(slot),
            )
        )
        for slot in range(arrays.capacity)
    ]


@given(st.lists(ENTITIES, max_size=12), st.lists(QUERIES, min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_that_all_at_once_answers_as_one_by_one(
    entities: list[dict[str, Any]], texts: list[str]
) -> None:
    arrays = arrays_of(entities)
    matcher = Matcher(arrays)
    for text in texts:
        assert matcher.all_matches(parse_query(text)).tolist() == asked_of_each(arrays, text)


@given(st.lists(ENTITIES, min_size=1, max_size=8), st.lists(ENTITIES, max_size=12), QUERIES)
@settings(deadline=None, max_examples=200)
def test_that_entities_that_changed_are_sought_as_they_are_now(
    before: list[dict[str, Any]], after: list[dict[str, Any]], text: str
) -> None:
    arrays, query = arrays_of(before), parse_query(text)
    matcher = Matcher(arrays)
    matcher.all_matches(query)
    arrays.grow(len(after))
    for slot, entity in enumerate(after):
        put(arrays, slot, entity)
    matcher.touch(np.arange(len(after), dtype=np.int32))
    assert matcher.all_matches(query).tolist() == asked_of_each(arrays, text)


def test_that_a_column_of_numbers_follows_changes() -> None:
    arrays = SceneArrays(3)
    arrays.documents[0] = b'{"parameters":{"mass":2}}'
    arrays.documents[1] = b'{"parameters":{"mass":"heavy","mass2":1}}'
    documents = Documents(arrays)
    assert np.array_equal(documents.numbers("mass"), [2.0, np.nan, np.nan], equal_nan=True)
    arrays.documents[1] = b'{"parameters":{"mass":5.5}}'
    arrays.grow(8)
    documents.touch(np.array([1], np.int32))
    assert np.array_equal(documents.numbers("mass")[:3], [2.0, 5.5, np.nan], equal_nan=True)
    assert len(documents.numbers("mass")) == arrays.capacity


def test_that_the_names_of_numeric_parameters_are_known() -> None:
    arrays = SceneArrays(2)
    arrays.documents[0] = b'{"parameters":{"mass":2,"on":true,"state":"x"}}'
    arrays.documents[1] = b'{"parameters":{"energy":0.5}}'
    arrays.alive[:] = True
    assert Documents(arrays).names() == ["energy", "mass"]


def test_that_numbers_made_ready_before_they_are_sought_follow_what_changes() -> None:
    arrays = SceneArrays(9_000)
    for slot in range(8_000):
        arrays.alive[slot] = True
        arrays.documents[slot] = b'{"parameters":{"energy":%d,"mass":1}}' % (slot % 7)
    documents = Documents(arrays)
    while documents.warm_numbers():
        pass
    for slot in (3, 8_500):
        arrays.alive[slot] = True
        arrays.documents[slot] = b'{"parameters":{"energy":99}}'
    arrays.grow(20_000)
    arrays.documents[19_000], arrays.alive[19_000] = b'{"parameters":{"energy":98}}', True
    documents.touch(np.array([3, 8_500, 19_000], np.int32))
    numbers = documents.numbers("energy")
    assert len(numbers) == arrays.capacity
    assert np.flatnonzero(numbers > 90).tolist() == [3, 8_500, 19_000]
    assert np.array_equal(numbers, Documents(arrays).numbers("energy"), equal_nan=True)
    assert sum(1 for _ in iter(documents.warm_numbers, False)) < 9  # it comes to an end
    assert np.flatnonzero(documents.present("mass")).tolist()[:5] == [0, 1, 2, 4, 5]
