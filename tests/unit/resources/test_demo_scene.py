"""The bundled demo scene: what the brochure says of it holds."""

from __future__ import annotations

import math
from collections import Counter

from resources import demo


def _entities() -> dict[str, demo.Operation]:
    return {op["entity"]["id"]: op["entity"] for op in demo.build() if op["op"] == "entity"}


def _edges() -> dict[str, str]:
    return {
        op["connection"]["target_id"]: op["connection"]["source_id"]
        for op in demo.build()
        if op["op"] == "connection" and op["connection"]["connection_type"] == "hierarchy"
    }


def _depth(entity_id: str, parents: dict[str, str]) -> int:
    return 1 + _depth(parents[entity_id], parents) if entity_id in parents else 0


def test_that_the_demo_scene_is_the_same_on_every_run() -> None:
    assert list(demo.build()) == list(demo.build())
    assert demo.tick(77) == demo.tick(77)


def test_that_some_three_thousand_entities_hang_in_one_tree_five_levels_deep() -> None:
    entities, parents = _entities(), _edges()
    assert 2_500 <= len(entities) <= 3_500
    assert set(entities) - set(parents) == {demo.STATION}
    assert max(_depth(entity_id, parents) for entity_id in entities) == 5


def test_that_every_connection_joins_entities_that_came_before_it() -> None:
    seen: set[str] = set()
    for operation in demo.build():
        if operation["op"] == "entity":
            seen.add(operation["entity"]["id"])
        else:
            ends = operation["connection"]
            assert {ends["source_id"], ends["target_id"]} <= seen


def test_that_the_scene_lies_within_some_sixty_units_of_the_origin() -> None:
    for entity in _entities().values():
        assert math.dist(entity["position"], (0.0, 0.0, 0.0)) < 62.0


def test_that_about_three_hundred_operations_happen_in_a_second() -> None:
    happened = sum(len(demo.tick(n)) for n in range(20 * demo.TICKS_PER_SECOND))
    assert 270 <= happened / 20 <= 330


def test_that_the_scene_moves_changes_spawns_deletes_and_rehangs() -> None:
    kinds = Counter(op["op"] for n in range(400) for op in demo.tick(n))
    assert set(kinds) == {"entity", "connection", "parameter", "delete_entity"}


def test_that_what_happens_only_touches_what_is_there() -> None:
    there = set(_entities())
    for n in range(60 * demo.TICKS_PER_SECOND):
        for op in demo.tick(n):
            match op["op"]:
                case "entity":
                    assert op["entity"]["id"] in there or "name" in op["entity"]
                    there.add(op["entity"]["id"])
                case "connection":
                    assert op["connection"]["target_id"] in there
                case "parameter":
                    assert op["entity_id"] in there
                case _:
                    there.remove(op["entity_id"])
    assert len(there) - len(_entities()) == demo.PODS_ALOFT


def test_that_a_batch_carries_every_operation_once() -> None:
    operations = [op for n in range(13 * demo.TICKS_PER_SECOND) for op in demo.tick(n)]
    body = demo.batch(operations)
    lists = ("entities", "connections", "parameters", "deleted_entities")
    assert sum(len(body[name]) for name in lists) == len(operations)
    assert "replace" not in body
    assert demo.batch(demo.build(), replace=True)["replace"] is True
