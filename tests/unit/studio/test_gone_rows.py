"""What a comparison found removed, as rows among those of the scene, against a plain walk."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lake_core.scene.arrays import SceneArrays
from lake_core.scene.diff import Still
from lake_core.scene.query import parse_query
from lake_core.scene.state import Scene
from studio.models.comparison import compare
from studio.models.gone import Gone
from studio.models.gone_rows import GoneRows, gone
from studio.models.tree_rows import ALL_FLUX, TreeRows
from tests.unit.lake_core.scene.operations import edge, entity
from tests.unit.studio.test_tree_rows import FORESTS, scene

Told = list[tuple[str, int]]


class Both:
    """A scene in which some have died, and the rows of those and of the others."""

    def __init__(self, parents: list[int], dead: set[int]) -> None:
        self.arrays, self.parents = scene(parents), parents
        self.dead = {slot for slot in dead if slot < len(parents)}
        self.arrays.alive[list(self.dead)] = False
        self.live, self.gone = TreeRows(self.arrays), GoneRows()
        ids = [f"e{slot}" for slot in sorted(self.dead)]
        mine = {slot: rank for rank, slot in enumerate(sorted(self.dead))}
        arrays = SceneArrays(max(len(ids), 1))
        for rank, slot in enumerate(sorted(self.dead)):
            arrays.ids[rank], arrays.names[rank] = ids[rank], f"Name {slot}"
            arrays.alive[rank], arrays.orders[rank] = True, rank
            arrays.parents[rank] = mine.get(parents[slot], -1)
            arrays.flux[rank] = slot % 10
        homes = {slot: f"e{parents[slot]}" for slot in self.dead if parents[slot] >= 0}
        known = sorted(set(homes.values()))
        home_of = np.full(arrays.capacity, -1, np.int32)
        for slot, home in homes.items():
            home_of[mine[slot]] = known.index(home)
        slot_of = {one: rank for rank, one in enumerate(ids)}
        self.gone.use(Gone(arrays, slot_of, known, home_of), self.present)

    def present(self) -> dict[str, int]:
        return {f"e{slot}": slot for slot in np.flatnonzero(self.arrays.alive).tolist()}

    def revive(self, slot: int) -> None:
        self.dead.discard(slot)
        self.arrays.alive[slot] = True
        self.live.follow(np.array([slot], np.int32))
        self.gone.follow([f"e{slot}"])

    def shown(self) -> Told:
        nodes = self.gone.among(self.live).tolist()
        found = self.gone.rows_of(self.live, np.array(nodes, np.int32)).tolist()
        assert found == list(range(len(nodes)))
        assert [self.gone.row_of(self.live, node) for node in nodes] == found
        return [
            (f"e{node}", self.live.level_of(node))
            if node >= 0
            else (self.gone.rows.arrays.ids[gone(node)], self.gone.level_of(gone(node)))
            for node in nodes
        ]

    def walked(self, is_open: dict[int, bool], included: set[int], *, by_default: bool) -> Told:
        """The same by recursion: what is gone comes first under what it was in."""
        children: dict[int, list[int]] = {}
        for slot in sorted(included, key=lambda one: (one not in self.dead, one)):
            parent = self.parents[slot]
            is_lost = parent in self.dead and slot not in self.dead  # its parent is no more
            children.setdefault(-1 if is_lost else parent, []).append(slot)

        def visit(parent: int, level: int) -> Told:
            found = []
            for slot in children.get(parent, []):
                found.append((f"e{slot}", level))
                default = by_default or (level < 1 and slot not in self.dead)
                if is_open.get(slot, default):
                    found += visit(slot, level + 1)
            return found

        return visit(-1, 0)

    def open(self, slot: int, is_open: bool) -> None:
        if slot in self.dead:
            self.gone.rows.set_open([self.gone.slot_of[f"e{slot}"]], is_open)
        else:
            self.live.set_open([slot], is_open)


DEAD = st.sets(st.integers(0, 39))
DEEDS = st.lists(st.tuples(st.integers(0, 39), st.booleans()))


@given(FORESTS, DEAD, DEEDS, DEAD)
@settings(deadline=None)
def test_that_rows_of_both_equal_a_recursive_walk(
    parents: list[int], dead: set[int], deeds: list[tuple[int, bool]], revived: set[int]
) -> None:
    both, is_open = Both(parents, dead), {}
    for slot, wanted in deeds:
        if slot < len(parents):
            both.open(slot, wanted)
            is_open[slot] = wanted
    everyone = set(range(len(parents)))
    assert both.shown() == both.walked(is_open, everyone, by_default=False)
    for slot in revived & both.dead:
        both.revive(slot)
        is_open.pop(slot, None)  # as one that is new
        assert both.shown() == both.walked(is_open, everyone, by_default=False)


@given(FORESTS, DEAD, st.integers(0, 39))
@settings(deadline=None)
def test_that_a_search_finds_what_is_gone_and_leaves_the_way_to_it_in_view(
    parents: list[int], dead: set[int], sought: int
) -> None:
    both = Both(parents, dead)
    for rows in (both.live, both.gone.rows):
        rows.set_filter(parse_query(f"name:{sought}"), ALL_FLUX)
    included = {slot for slot in range(len(parents)) if str(sought) in str(slot)}
    for slot in list(included):
        while (above := parents[slot]) >= 0 and not (above in both.dead and slot not in both.dead):
            included.add(above)
            slot = above
    assert both.shown() == both.walked({}, included, by_default=True)


@given(FORESTS, DEAD, st.integers(0, 39))
@settings(deadline=None)
def test_that_what_is_gone_is_revealed_and_names_its_parent(
    parents: list[int], dead: set[int], sought: int
) -> None:
    both = Both(parents, dead | {sought})
    if sought >= len(parents):
        return
    slot = both.gone.slot_of[f"e{sought}"]
    both.gone.reveal(both.live, slot)
    shown = both.shown()
    assert f"e{sought}" in dict(shown)
    above = both.gone.parent_of(slot)
    if parents[sought] < 0:
        assert above == -1
    else:
        row = both.gone.row_of(both.live, above)
        assert shown[row][0] == f"e{parents[sought]}"


def test_that_removed_entities_are_told_as_they_were() -> None:
    scene = Scene("s")
    scene.update_entity(entity("world"))
    told_of = {"name": "House", "class_type": "Model", "position": [1, 2, 3]}
    scene.update_entity(entity("house", **told_of))
    scene.update_entity(entity("door", parameters={"energy": 3}))
    scene.update_connection(edge("world", "house"))
    scene.update_connection(edge("house", "door"))
    scene.settle()
    before = Still.of(scene)
    flux = dict(zip(before.entities, before.fluxes, strict=True))
    scene.delete_entity("house")
    scene.delete_entity("door")
    scene.settle()
    gone = compare(before, Still.of(scene)).gone
    told = gone.arrays
    assert told.ids[:2] == ["house", "door"]
    assert (told.names[0], told.class_types[0]) == ("House", "Model")
    assert told.positions[0].tolist() == [1, 2, 3]
    assert told.parents[:2].tolist() == [-1, 0]
    assert told.depths[:2].tolist() == [1, 2]
    assert told.flux[:2].tolist() == [flux["house"], flux["door"]]
    house, door = gone.entity("house"), gone.entity("door")
    assert house is not None
    assert door is not None
    assert (house.parent_id, house.children, house.depth) == ("world", ["door"], 1)
    assert {(one["source_id"], one["target_id"]) for one in house.connections} == {
        ("world", "house"),
        ("house", "door"),
    }
    assert (door.document["parameters"], door.flux_position) == ({"energy": 3}, flux["door"])
    assert gone.entity("world") is None
