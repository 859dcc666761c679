"""The life of an entity: what it tells, change by change, adds up to what the entity is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene.change import ChangeKind, canonical
from lake_core.scene.life import EntityRow, tell_life
from lake_core.scene.replay import Row
from tests.unit.lake_core.scene.operations import OPERATIONS, log_of

DAWN = datetime(2026, 1, 1, tzinfo=UTC)


def rows_of(rows: list[Row], entity_id: str) -> list[EntityRow]:
    return [
        (seq, DAWN + timedelta(seconds=seq), kind, flux, patch)
        for seq, kind, key, flux, patch in rows
        if key == entity_id and kind <= ChangeKind.ENTITY_GONE
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=40))
def test_that_a_life_adds_up_to_what_the_entity_is(operations: list[Any]) -> None:
    scene, rows = log_of(operations)
    for entity_id in "abcdefg":
        document: dict[str, Any] = {}
        flux = None
        for moment in tell_life(rows_of(rows, entity_id)):
            told = msgspec.json.decode(msgspec.json.encode(moment))
            if moment.kind == "deleted":
                document = {}
            else:
                document.setdefault("parameters", {})
                parameters = told["changed"].pop("parameters", {})
                _apply(document["parameters"], parameters)
                _apply(document, told["changed"])
            flux = moment.flux_position, moment.flux_rule
            assert (moment.flux_position is None) == (moment.kind == "deleted")
        slot = scene.slot_of.get(entity_id)
        if slot is None:
            assert document == {}
        else:
            assert canonical(document) == scene.arrays.documents[slot]
            assert flux == scene.flux(slot)


def _apply(document: dict[str, Any], change: dict[str, Any]) -> None:
    for name, values in change.items():
        if "before" in values:
            assert canonical(document.pop(name)) == canonical(values["before"])
        assert name not in document
        if "after" in values:
            document[name] = values["after"]


def test_that_a_life_whose_beginning_is_gone_is_told_from_where_it_is_known() -> None:
    patch = b'{"parameters":{"energy":2},"set":{"position":[3.0,0.0,0.0]}}'
    (moment,) = tell_life([(7, DAWN, ChangeKind.ENTITY_PATCH, 23, patch)])
    assert (moment.kind, moment.flux_position, moment.flux_rule) == ("changed", 3, "position")
    told = msgspec.json.decode(msgspec.json.encode(moment.changed))
    assert told == {
        "position": {"after": [3.0, 0.0, 0.0]},
        "parameters": {"energy": {"after": 2}},
    }
