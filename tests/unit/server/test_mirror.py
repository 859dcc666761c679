"""Whoever takes the pages of a state and every message since has the scene as it is."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lake_core.scene.model import EntityUpdate
from lake_core.scene.state import Scene
from server.mirror import MESSAGE_BYTES, REMOVED_PER_MESSAGE, Mirror
from tests.unit.lake_core.scene.operations import OPERATIONS, edge, entity, run

MOST = 1.05 * MESSAGE_BYTES  # the last entity may reach beyond


class Seen:
    """A viewer's own picture of a space."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}

    def take(self, message: bytes) -> bool:
        told = msgspec.json.decode(message)
        assert told["type"] in ("state", "changes")
        for entity_id in told.get("removed", []):
            self.entities.pop(entity_id, None)
        self.entities |= {one["id"]: one for one in told["entities"]}
        more: bool = told["more"]
        return more


def moved(scene: Scene) -> Any:
    """What a poll brings: the slots touched since the last."""
    scene.settle()
    slots, scene.touched = scene.touched, set()
    return scene.delta(slots)


def whole(scene: Scene) -> Mirror:
    mirror = Mirror(scene.delta())
    scene.touched.clear()
    return mirror


def as_it_is(scene: Scene) -> dict[str, dict[str, Any]]:
    tree = scene.hierarchy()
    found = {}
    for slot, document in zip(scene.live_slots().tolist(), scene.documents(), strict=True):
        one = msgspec.json.decode(document)
        found[one["id"]] = one | {
            "space_name": "s",
            "flux_position": scene.flux(slot)[0],
            "depth": tree.depth_map[one["id"]],
            "parent_id": tree.parent_map.get(one["id"]),
        }
    return found


@given(st.lists(OPERATIONS, max_size=20), st.lists(st.lists(OPERATIONS, max_size=6), max_size=5))
def test_that_a_viewer_who_comes_at_any_time_sees_the_scene(
    earlier: list[Any], later: list[list[Any]]
) -> None:
    scene = Scene("s")
    for operation in earlier:
        run(scene, operation)
    mirror = whole(scene)
    viewers: list[Seen] = []
    for batch in later:
        viewers.append(Seen())
        viewers[-1].take(mirror.page(0)[0])
        for operation in batch:
            run(scene, operation)
        for message in mirror.take(moved(scene)):
            for viewer in viewers:
                viewer.take(message)
    assert [viewer.entities for viewer in viewers] == [as_it_is(scene)] * len(viewers)


def test_that_changes_between_the_pages_of_a_state_are_not_missed() -> None:
    scene = Scene("s")
    for number in range(5000):
        scene.update_entity(entity(f"e{number}", name="x" * 100))
    mirror = whole(scene)
    seen, waiting, pages = Seen(), [], 0
    cursor: int | None = 0
    while cursor is not None:
        message, cursor = mirror.page(cursor)
        assert len(message) < MOST
        assert seen.take(message) is (cursor is not None)
        scene.update_entity(entity(f"e{pages}", name="early"))
        scene.update_entity(entity(f"e{4999 - pages}", name="late"))
        scene.delete_entity(f"e{2000 + pages}")
        scene.update_connection(edge("e0", f"e{3000 + pages}"))
        waiting += mirror.take(moved(scene))
        pages += 1
    for message in waiting:
        seen.take(message)
    assert pages > 4
    assert seen.entities == as_it_is(scene)


def test_that_a_message_is_bounded_whatever_changes() -> None:
    scene = Scene("s")
    count = REMOVED_PER_MESSAGE + 5
    for number in range(count):
        scene.update_entity(entity(f"e{number}", name="x" * 300))
    mirror, seen = whole(Scene("s")), Seen()
    messages = mirror.take(moved(scene))
    assert max(map(len, messages)) < MOST
    assert [seen.take(message) for message in messages] == [True] * (len(messages) - 1) + [False]
    assert seen.entities == as_it_is(scene)
    for number in range(count):
        scene.delete_entity(f"e{number}")
    gone = mirror.take(moved(scene))
    assert [seen.take(message) for message in gone] == [True, False]
    assert seen.entities == {}


def test_that_an_entity_larger_than_a_message_is_told_alone() -> None:
    scene = Scene("s")
    for entity_id in "abc":
        update = EntityUpdate(id=entity_id, parameters={"text": "x" * 2 * MESSAGE_BYTES})
        scene.update_entity(update)
    mirror, seen = whole(scene), Seen()
    cursor: int | None = 0
    sizes = []
    while cursor is not None:
        message, cursor = mirror.page(cursor)
        seen.take(message)
        sizes.append(len(message) // MESSAGE_BYTES)
    assert sizes == [2, 2, 2]
    assert seen.entities == as_it_is(scene)


def test_that_an_empty_space_is_told_as_one() -> None:
    message, cursor = whole(Scene("s")).page(0)
    assert cursor is None
    told = {"type": "state", "space_name": "s", "seq": 0, "more": False, "entities": []}
    assert msgspec.json.decode(message) == told
