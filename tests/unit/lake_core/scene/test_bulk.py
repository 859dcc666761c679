"""Many updates at once against the same updates one by one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, structs

from lake_core.scene import bulk
from lake_core.scene.bulk import update_entities
from lake_core.scene.model import EntityUpdate, ExtendedEntityUpdate
from lake_core.scene.state import Scene
from tests.unit.lake_core.scene.operations import (
    IDS,
    NUMBERS,
    OPERATIONS,
    PARAMETERS,
    POSITIONS,
    run,
    told,
)

TEXTS = st.sampled_from(["", "a", '"', ',"position":[', '"],"tags":["', "\\", "é"])
TRICKY_NAMES = st.sampled_from(["apose", "pose", "quality", "rotund", "zone"])  # among the fields
EXTRAS = st.dictionaries(
    TRICKY_NAMES,
    st.one_of(NUMBERS, TEXTS, st.just({"position": [1.0], "rotation": [2.0], "tags": []})),
    max_size=2,
)


@st.composite
def updates(draw: st.DrawFn) -> EntityUpdate:
    """Any update of an entity: some or all of its fields, and perhaps others beside."""
    complete = draw(st.booleans())

    def field(values: st.SearchStrategy[Any]) -> Any:
        return draw(values if complete else values | st.just(UNSET))

    numbers = NUMBERS.map(float)
    update = EntityUpdate(
        id=draw(IDS | st.integers(0, 3)),
        name=field(TEXTS),
        class_type=field(TEXTS),
        position=field(POSITIONS),
        rotation=field(st.lists(numbers, min_size=4, max_size=4)),
        scale=field(st.just([1.0, 1.0, 1.0]) | POSITIONS),
        tags=field(st.lists(TEXTS, max_size=2)),
        parameters=field(PARAMETERS),
    )
    extra = draw(st.one_of(st.just({}), st.just({}), EXTRAS))
    return ExtendedEntityUpdate(**structs.asdict(update), extra=extra) if extra else update


def copied(sent: list[EntityUpdate]) -> list[EntityUpdate]:
    return [type(update)(**structs.asdict(update)) for update in sent]


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=20), st.lists(st.lists(updates(), max_size=12), max_size=4))
def test_that_updates_at_once_do_what_they_do_one_by_one(
    before: list[Any], batches: list[list[EntityUpdate]]
) -> None:
    together, apart = Scene("s"), Scene("s")
    for operation in before:
        run(together, operation)
        run(apart, operation)
    for batch in batches:
        with patch.object(bulk, "_FEW", 1):
            changed = update_entities(together, copied(batch))
        assert changed == sum(map(apart.update_entity, batch))
        assert told(together) == told(apart)
        assert together.take_changes() == apart.take_changes()
        assert together.touched == apart.touched
        assert together.document_bytes == apart.document_bytes
        live = together.live_slots()
        for arrays in (together.arrays, apart.arrays):
            assert [arrays.ids[slot] for slot in live] == list(together.slot_of)
        assert together.arrays.orders[live].tolist() == apart.arrays.orders[live].tolist()
        assert [together.arrays.names[s] for s in live] == [apart.arrays.names[s] for s in live]
        assert len(together.warnings) == len(apart.warnings)


@settings(max_examples=200, deadline=None)
@given(st.lists(updates(), max_size=20))
def test_that_an_update_makes_the_document_its_fields_say(sent: list[EntityUpdate]) -> None:
    """Texts exchanged in place are those of the same entity decoded, changed and encoded."""
    quick, plain = Scene("s"), Scene("s")
    for update in copied(sent):
        quick.update_entity(update)
    for update in sent:
        plain.plain = [False] * len(plain.plain)  # nothing is exchanged in place
        plain.update_entity(update)
    assert told(quick) == told(plain)
    assert quick.take_changes() == plain.take_changes()
